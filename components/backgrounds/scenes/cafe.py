"""Coffee shop: a counter under pendant lamps, a window full of evening lights, everything well out of focus."""

from __future__ import annotations

import numpy as np

from components.backgrounds.scenes.bokeh import Lamp, draw_lamps
from components.backgrounds.scenes.brushes import blur, full, glow, shine, smooth, spot, spread
from components.backgrounds.scenes.canvas import Canvas, Light, srgb
from components.backgrounds.scenes.houseplants import draw_plant, draw_pot
from components.backgrounds.scenes.ink import Ink, blend, tint
from components.backgrounds.scenes.noise import fractal

_CUPS = ("efe6d8", "d8c3a5", "7a8f8a", "b5654a", "3d4a45", "e3ddd0", "c08a4a")
_STREET = ("ffb765", "fff0d8", "ff5a4e", "7fc8ff", "ffd27a", "8fe0b0")


def paint(canvas: Canvas) -> Light:
    """Wall, window, shelves, counter, then lamps and their light."""
    side = canvas.side()
    picture = full(canvas, srgb("6a5443"))
    picture *= spread(np.clip(1 + 0.08 * fractal(canvas, 3, octaves=5), 0.6, 1.4).astype(np.float32))
    _wall(canvas, picture, side)
    _shelves(canvas, picture, side)
    _counter(canvas, picture, side)
    _light(canvas, picture, side)
    _window(canvas, picture, -side)
    picture = blur(picture, 0.0072)
    _seats(canvas, picture, -side)
    draw_lamps(canvas, picture, _street(canvas, -side))
    _pendants(canvas, picture, side)
    return picture


def _wall(canvas: Canvas, picture: Light, side: float) -> None:
    """Glazed tiles behind the bar, dark boards elsewhere."""
    ink, rng, fit = Ink(canvas), canvas.rng, canvas.fit
    ink.box(-3, 0.84, 3, 1.1, tint("4a3524"))
    for k in range(40):
        x = -1.2 + k * 0.06
        ink.box(x, 0.50, x + 0.057, 0.86, tint("4d3a2c", float(rng.uniform(-0.15, 0.15))))
    left, right = sorted((side * 0.02, side * 1.3))
    ink.box(left, 0.10, right, 0.72, tint("8f8a80"))
    for row in range(15):
        for k in range(16):
            x = left + (k + 0.5 * (row % 2)) * 0.085
            y, shift = 0.105 + row * 0.041, float(rng.normal(0, 0.07))
            ink.box(x, y, min(x + 0.081, right), y + 0.037, tint("3f5f5a", shift))
            ink.box(x, y, min(x + 0.081, right), y + 0.008, tint("5f8079", shift))
    ink.box(-3, 0.0, 3, 0.075, tint("2b211b"))
    board_left, board_right = sorted((side * 0.34 * fit, side * 0.72 * fit))
    ink.box(board_left - 0.01, 0.10, board_right + 0.01, 0.285, tint("6d4a2f"))
    ink.box(board_left, 0.11, board_right, 0.275, tint("20231f"))
    for row in range(5):
        end = board_right - 0.03 - float(rng.uniform(0, 0.16))
        ink.box(board_left + 0.025, 0.135 + row * 0.027, end, 0.140 + row * 0.027, tint("b8b4a4"))
    ink.lay(picture, 0.002)


def _shelves(canvas: Canvas, picture: Light, side: float) -> None:
    ink, rng = Ink(canvas), canvas.rng
    left, right = sorted((side * 0.16, side * 1.2))
    for y in (0.40, 0.53):
        x = left + 0.02
        while x < right - 0.02:
            kind, wide = float(rng.uniform()), float(rng.uniform(0.016, 0.032))
            tall = float(rng.uniform(0.03, 0.045)) if kind < 0.5 else float(rng.uniform(0.06, 0.10))
            code = _CUPS[int(rng.integers(len(_CUPS)))]
            for cut, shift in ((0.0, -0.30), (0.25, 0.0), (0.55, 0.15)):
                ink.box(x + wide * cut, y - tall, x + wide * (1 - cut * 0.4), y, tint(code, shift))
            if kind > 0.75:
                ink.box(x + wide * 0.35, y - tall - 0.025, x + wide * 0.65, y - tall, tint(code, -0.3))
            x += wide + float(rng.uniform(0.004, 0.02))
        ink.box(left, y, right, y + 0.014, tint("8a5f3a"))
        ink.box(left, y + 0.014, right, y + 0.020, tint("33231a"))
    ink.lay(picture, 0.002)


def _counter(canvas: Canvas, picture: Light, side: float) -> None:
    """The bar with an espresso machine and a glass case of pastries."""
    ink, rng, fit = Ink(canvas), canvas.rng, canvas.fit
    left, right = sorted((side * 0.10, side * 1.4))
    ink.box(left, 0.69, right, 0.95, tint("5b3d27"))
    for k in range(24):
        x = left + k * 0.055
        ink.box(x, 0.715, x + 0.050, 0.95, tint("6f4b30", float(rng.uniform(-0.12, 0.12))))
    ink.box(left - 0.02, 0.675, right, 0.70, tint("b39a80"))
    x = side * 0.62 * fit
    for a, top, b, foot, code, shift in (
        (-0.13, 0.555, 0.13, 0.665, "9aa0a2", -0.15),
        (-0.13, 0.545, 0.13, 0.575, "d5d9da", 0.0),
        (-0.11, 0.595, 0.11, 0.650, "2a2a2b", 0.0),
        (-0.14, 0.655, 0.14, 0.676, "6a6e70", 0.0),
    ):
        ink.box(x + a * fit, top, x + b * fit, foot, tint(code, shift))
    x = side * 0.27 * fit
    ink.box(x - 0.10 * fit, 0.575, x + 0.10 * fit, 0.675, tint("d9c8a8"))
    for k in range(14):
        px, py = x + float(rng.uniform(-0.085, 0.085)) * fit, 0.617 if k % 2 else 0.665
        ink.disc(px, py - 0.010, 0.013, tint(blend("c98a44", "8f5426", float(rng.uniform()))))
    ink.lay(picture, 0.002)


def _light(canvas: Canvas, picture: Light, side: float) -> None:
    day = canvas.mood.hour in ("day", "golden", "dawn")
    light = full(canvas, srgb("ffeedd" if day else "c0a898", 0.42 if day else 0.24))
    for k in range(4):
        x = side * (0.16 + 0.24 * k) * canvas.fit
        shine(light, srgb("ffbe78"), spot(canvas, x, 0.55, 0.13, 0.22) * np.float32(0.80))
    shine(light, srgb("ffb870"), glow(canvas, side * 0.5, 0.30, 0.42, 1.4) * np.float32(0.42))
    window = smooth(1.1, -0.2, np.asarray(np.abs(canvas.xs() + np.float32(side * canvas.edge)), dtype=np.float32))
    shine(light, srgb("dfe8f4" if day else "6a80b4"), window * np.float32(0.75 if day else 0.28))
    picture *= light


def _window(canvas: Canvas, picture: Light, way: float) -> None:
    """The tall window and the street behind it: evening unless the mood says another hour."""
    skies = {
        "day": ("b8d4ea", "e6e6da"),
        "golden": ("e8a070", "ffdca0"),
        "dawn": ("9aa8cc", "f0cdbb"),
        "night": ("0c1328", "2a2c44"),
    }
    top, foot = skies.get(canvas.mood.hour or "", ("26365f", "8a6a78"))
    ink, rng = Ink(canvas), canvas.rng
    left, right = sorted((way * 0.30 * canvas.fit, way * (canvas.edge + 0.1)))
    ink.box(left - 0.02, 0.085, right + 0.02, 0.715, tint("231a15"))
    for k in range(20):
        y = 0.10 + k * 0.03
        ink.box(left, y, right, y + 0.032, tint(blend(top, foot, k / 19)))
    for x in np.linspace(left, right, 9) + rng.normal(0, 0.02, 9):
        tall, wide = float(rng.uniform(0.16, 0.44)), float(rng.uniform(0.03, 0.07))
        a, b = max(left, float(x) - wide), min(right, float(x) + wide)
        ink.box(a, 0.70 - tall, b, 0.70, tint(blend(top, "2a2530", 0.45), float(rng.uniform(-0.15, 0.15))))
    for cut in np.arange(left, right, 0.29):
        ink.box(float(cut) - 0.006, 0.09, float(cut) + 0.006, 0.71, tint("231a15"))
    ink.box(left, 0.30, right, 0.310, tint("231a15"))
    ink.lay(picture, 0.003)


def _street(canvas: Canvas, way: float) -> list[Lamp]:
    rng, lamps = canvas.rng, []
    dim = {"day": 0.12, "golden": 0.45, "dawn": 0.4}.get(canvas.mood.hour or "", 1.0)
    for _ in range(46):
        x = way * (0.34 * canvas.fit + float(rng.uniform(0, 1)) * (canvas.edge - 0.30 * canvas.fit))
        y = 0.66 - abs(float(rng.normal(0, 0.20)))
        colour = srgb(_STREET[int(rng.integers(len(_STREET)))], float(rng.uniform(0.25, 0.85)) * dim)
        lamps.append(Lamp(x, max(y, 0.13), float(rng.uniform(0.014, 0.034)), colour, 0.4))
    return lamps


def _seats(canvas: Canvas, picture: Light, way: float) -> None:
    """A small table and a plant by the window, nearer to the lens."""
    ink, fit = Ink(canvas), canvas.fit
    x = way * 0.62 * fit
    ink.box(x - 0.17 * fit, 0.795, x + 0.17 * fit, 0.815, tint("7d5636"))
    ink.box(x - 0.010, 0.815, x + 0.010, 1.05, tint("1d1714"))
    for k, code in ((-0.06, "efe6d8"), (0.05, "b5654a")):
        ink.box(x + k * fit - 0.016, 0.765, x + k * fit + 0.016, 0.796, tint(code, -0.15))
    root = (way * (canvas.edge - 0.06), 0.88)
    draw_plant(ink, root, 0.34 * fit, canvas.rng, -way, 13)
    draw_pot(ink, root, 0.11 * fit, 0.14, -way, "8a6f5a")
    ink.lay(picture, 0.009, light=full(canvas, srgb("ffdcb8", 0.55)))


def _pendants(canvas: Canvas, picture: Light, side: float) -> None:
    lamps = []
    for k in range(5):
        x, y = side * (0.16 + 0.20 * k) * canvas.fit, 0.215 + 0.012 * (k % 2)
        cord = Ink(canvas)
        cord.box(x - 0.0012, -0.05, x + 0.0012, y - 0.02, tint("1a1512"))
        shade = np.array([[x - 0.012, y - 0.055], [x + 0.012, y - 0.055], [x + 0.050, y], [x - 0.050, y]])
        cord.shape(shade, tint("2a2522"))
        cord.lay(picture, 0.0055, fade=0.95)
        lamps.append(Lamp(x, y + 0.010, 0.026, srgb("ffcf8c", 1.25), 0.2))
        shine(picture, srgb("ffae5c"), glow(canvas, x, y + 0.02, 0.062, 1.4) * np.float32(0.34))
    draw_lamps(canvas, picture, lamps)
