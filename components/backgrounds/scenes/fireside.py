"""Fireside: a dim living room with a fire in a brick chimney, candles above it and a blue evening at the window."""

from __future__ import annotations

import numpy as np

from components.backgrounds.scenes.bokeh import Lamp, draw_lamps
from components.backgrounds.scenes.bricks import brick_wall
from components.backgrounds.scenes.brushes import blur, cover, full, glow, shine, smooth, spot, spread
from components.backgrounds.scenes.canvas import Canvas, Light, srgb
from components.backgrounds.scenes.houseplants import draw_plant, draw_pot
from components.backgrounds.scenes.ink import Ink, blend, tint
from components.backgrounds.scenes.noise import fractal

_FLOOR = 0.80
_BOOKS = ("7c3f30", "3f5a50", "c2a878", "2f4258", "8d6a3a", "a9553f", "d8cbb0")


def paint(canvas: Canvas) -> Light:
    """The wall, the chimney on one side, window and shelves on the other, then what the fire lights."""
    side, fit = canvas.side(), canvas.fit
    fx = side * 0.52 * fit
    picture = full(canvas, srgb("8a7460"))
    picture *= spread(np.clip(1 + 0.07 * fractal(canvas, 2.5, octaves=5), 0.6, 1.4).astype(np.float32))
    _floor(canvas, picture)
    _window(canvas, picture, -side * 0.56 * fit, fit)
    _shelves(canvas, picture, -side, fit)
    _chimney(canvas, picture, fx, fit)
    _furniture(canvas, picture, side, fit)
    _light(canvas, picture, fx, side)
    picture = blur(picture, 0.0048)
    _flames(canvas, picture, fx, fit)
    draw_lamps(canvas, picture, _lamps(canvas, picture, fx, side, fit))
    return picture


def _floor(canvas: Canvas, picture: Light) -> None:
    ink = Ink(canvas)
    ink.box(-3, _FLOOR, 3, 1.1, tint("6b4529"))
    for k in range(-14, 15):
        ink.shape(
            np.array([[k * 0.11, _FLOOR], [k * 0.11 + 0.004, _FLOOR], [k * 0.22 + 0.008, 1.05], [k * 0.22, 1.05]]),
            tint("472c19"),
        )
    ink.box(-3, _FLOOR - 0.03, 3, _FLOOR + 0.004, tint("4f3d30"))
    ink.lay(picture, 0.002)
    rug = spot(canvas, 0, 1.0, 0.55, 0.075)
    weave = fractal(canvas, 18, 40, octaves=2)
    cover(picture, srgb("8d3a2c"), smooth(0.2, 0.6, rug) * np.asarray(0.75 + 0.1 * weave, dtype=np.float32))


def _window(canvas: Canvas, picture: Light, x: float, fit: float) -> None:
    """Dusk outside, or day if the mood says so, and curtains that keep most of it out."""
    hour = canvas.mood.hour
    top, foot = (
        ("a9cbe6", "eef2ee") if hour == "day" else ("f2b98a", "ffe0b0") if hour == "golden" else ("1d2f58", "5f719c")
    )
    if hour == "dawn":
        top, foot = "8fa0c8", "f0c8b8"
    ink, wide = Ink(canvas), 0.17 * fit
    ink.box(x - wide - 0.015, 0.125, x + wide + 0.015, 0.585, tint("d8cdbb"))
    for k in range(14):
        y = 0.14 + k * 0.43 / 14
        ink.box(x - wide, y, x + wide, y + 0.032, tint(blend(top, foot, k / 13)))
    for _ in range(9):
        px, tall = x + float(canvas.rng.uniform(-1, 1)) * wide, float(canvas.rng.uniform(0.05, 0.15))
        ink.shape(np.array([[px - 0.03, 0.57], [px, 0.57 - tall], [px + 0.03, 0.57]]), tint(blend(foot, "22304a", 0.6)))
    for cut in (-wide / 3, wide / 3):
        ink.box(x + cut - 0.004, 0.13, x + cut + 0.004, 0.58, tint("d8cdbb"))
    ink.box(x - wide, 0.345, x + wide, 0.352, tint("d8cdbb"))
    for way in (-1.0, 1.0):
        for k in range(6):
            a = x + way * (wide - 0.03 + k * 0.022)
            shift = (-0.30, 0.05, -0.12, 0.12, -0.20, 0.0)[k]
            ink.shape(
                np.array([[a, 0.09], [a + way * 0.024, 0.09], [a + way * 0.030, 0.79], [a + way * 0.004, 0.79]]),
                tint("8f5a45", shift),
            )
    ink.lay(picture, 0.003)


def _shelves(canvas: Canvas, picture: Light, side: float, fit: float) -> None:
    ink, rng = Ink(canvas), canvas.rng
    left, right = sorted((side * (0.80 * fit), side * (canvas.edge + 0.06)))
    if right - left < 0.05:
        return
    ink.box(left - 0.012, 0.10, right, _FLOOR, tint("4a2f1d"))
    ink.box(left, 0.11, right, _FLOOR - 0.01, tint("2b1b11"))
    for y in (0.25, 0.39, 0.53, 0.67, 0.79):
        x = left + 0.006
        while x < right:
            wide, tall = float(rng.uniform(0.010, 0.022)), float(rng.uniform(0.07, 0.118))
            if rng.uniform() < 0.86:
                ink.box(
                    x, y - tall, x + wide * 0.94, y, tint(_BOOKS[int(rng.integers(7))], float(rng.uniform(-0.3, 0.1)))
                )
            x += wide
        ink.box(left, y, right, y + 0.010, tint("5d3d26"))
    ink.lay(picture, 0.002)


def _chimney(canvas: Canvas, picture: Light, fx: float, fit: float) -> None:
    wall = brick_wall(canvas, ("8a5a48", "6f463a", "9a6a54", "7c5244"), "5a4a40", 0.036)
    ink, wide = Ink(canvas), 0.27 * fit
    ink.box(fx - wide, -0.05, fx + wide, _FLOOR, (255, 255, 255))
    ink.lay(picture, 0.002, light=wall)
    trim = Ink(canvas)
    trim.box(fx - wide * 0.70, 0.50, fx + wide * 0.70, _FLOOR, tint("37261e"))
    arch = np.linspace(np.pi, 0, 15)
    hearth = np.stack([fx + wide * 0.62 * np.cos(arch), 0.60 - 0.055 * np.sin(arch)], axis=-1)
    trim.shape(
        np.concatenate([hearth, [[fx + wide * 0.62, _FLOOR - 0.02], [fx - wide * 0.62, _FLOOR - 0.02]]]), tint("120a08")
    )
    trim.box(fx - wide * 1.12, 0.435, fx + wide * 1.12, 0.470, tint("6d4a30"))
    trim.box(fx - wide * 1.06, 0.470, fx + wide * 1.06, 0.484, tint("3d281a"))
    trim.box(fx - wide * 1.1, _FLOOR - 0.02, fx + wide * 1.1, _FLOOR + 0.035, tint("56463c"))
    for k in range(5):
        x = fx + (k - 2) * 0.055 * fit
        trim.box(
            x - 0.06 * fit,
            _FLOOR - 0.055 - 0.012 * (k % 2),
            x + 0.06 * fit,
            _FLOOR - 0.028,
            tint("3a2216", 0.25 * (k % 3)),
        )
    trim.box(fx - 0.115 * fit, 0.13, fx + 0.115 * fit, 0.35, tint("6a4c2c"))
    trim.box(fx - 0.100 * fit, 0.145, fx + 0.100 * fit, 0.335, tint("7f8c86"))
    trim.shape(
        np.array(
            [
                [fx - 0.10 * fit, 0.335],
                [fx - 0.10 * fit, 0.27],
                [fx - 0.02, 0.23],
                [fx + 0.10 * fit, 0.29],
                [fx + 0.10 * fit, 0.335],
            ]
        ),
        tint("4d5f52"),
    )
    trim.lay(picture, 0.0022)


def _furniture(canvas: Canvas, picture: Light, side: float, fit: float) -> None:
    ink, x = Ink(canvas), -side * 0.60 * fit
    draw_plant(ink, (side * (0.86 * fit), 0.70), 0.26 * fit, canvas.rng, -side, 12)
    draw_pot(ink, (side * (0.86 * fit), 0.70), 0.085 * fit, 0.10, -side, "6d6257")
    for a, b, top, foot, code in (
        (-0.19, 0.19, 0.56, 0.86, "5d6a5c"),
        (-0.235, -0.15, 0.66, 0.90, "667465"),
        (0.15, 0.235, 0.66, 0.90, "667465"),
        (-0.16, 0.16, 0.72, 0.83, "718070"),
    ):
        for k in range(5):
            s = k / 4 * 0.012
            ink.box(x + a * fit + s, top + s * 0.8, x + b * fit - s, foot, tint(code, -0.12 + 0.05 * k))
    ink.box(x - 0.10 * fit, 0.63, x + 0.05 * fit, 0.735, tint("b5793f"))
    ink.lay(picture, 0.0045)


def _light(canvas: Canvas, picture: Light, fx: float, side: float) -> None:
    """Firelight falls off with distance; a lamp answers it from the other side; the corners stay dark."""
    day = canvas.mood.hour in ("day", "golden", "dawn")
    fire = glow(canvas, fx, 0.68, 0.34, 1.15)
    lamp = glow(canvas, -side * canvas.edge * 0.86, 0.36, 0.30, 1.25)
    base = np.float32(0.36 if day else 0.17)
    light = spread(np.full(picture.shape[:2], base, dtype=np.float32)) * (srgb("fff4e8") if day else srgb("c8b4c0"))
    shine(light, srgb("ff9a4a"), fire * np.float32(1.35))
    shine(light, srgb("ffc680"), lamp * np.float32(0.85))
    window = spot(canvas, -side * 0.56 * canvas.fit, 0.35, 0.14 * canvas.fit, 0.17)
    shine(light, srgb("ffffff"), window * np.float32(1.1 if day else 0.42))
    picture *= light
    hearth = spot(canvas, fx, _FLOOR + 0.07, 0.22, 0.06)
    shine(picture, srgb("ff8a3a"), hearth * np.float32(0.16))


def _flames(canvas: Canvas, picture: Light, fx: float, fit: float) -> None:
    rng = canvas.rng
    for code, gain, soft, count, tall in (
        ("ff5a18", 0.9, 0.013, 15, 0.13),
        ("ff9a38", 1.0, 0.008, 11, 0.10),
        ("ffdf90", 1.0, 0.005, 7, 0.065),
    ):
        ink = Ink(canvas)
        for _ in range(count):
            x = fx + float(rng.normal(0, 0.052)) * fit
            up = tall * float(rng.uniform(0.5, 1.1)) * (1.25 - 5 * abs(x - fx))
            lean, foot = float(rng.normal(0, 0.012)), _FLOOR - 0.045
            tongue = np.array(
                [
                    [x - 0.014, foot],
                    [x - 0.018, foot - up * 0.35],
                    [x + lean, foot - up],
                    [x + 0.016, foot - up * 0.4],
                    [x + 0.014, foot],
                ]
            )
            ink.shape(tongue, (255, 255, 255))
        sheet = np.zeros_like(picture)
        shine(picture, srgb(code), ink.lay(sheet, soft) * np.float32(gain))
    shine(picture, srgb("ff8a3a"), glow(canvas, fx, _FLOOR - 0.09, 0.12, 1.3) * np.float32(0.34))


def _lamps(canvas: Canvas, picture: Light, fx: float, side: float, fit: float) -> list[Lamp]:
    rng, lamps = canvas.rng, []
    for k in range(9):
        x = fx + (k - 4) * 0.062 * fit + float(rng.normal(0, 0.006))
        if abs(k - 4) > 1:
            lamps.append(Lamp(x, 0.418 - 0.012 * float(rng.uniform()), 0.0125, srgb("ffc070", 0.95), 0.2))
            shine(picture, srgb("ffa050"), glow(canvas, x, 0.415, 0.03, 1.5) * np.float32(0.14))
    for k in range(26):
        x = -side * canvas.edge + side * k * 0.035
        lamps.append(
            Lamp(
                x,
                0.065 + 0.022 * float(np.sin(k * 0.9)) + float(rng.normal(0, 0.004)),
                0.010,
                srgb("ffc27a", float(rng.uniform(0.35, 0.8))),
                0.3,
            )
        )
    x = -side * canvas.edge * 0.86
    shine(picture, srgb("ffd9a0"), spot(canvas, x, 0.37, 0.060, 0.058) * np.float32(0.7))
    return lamps
