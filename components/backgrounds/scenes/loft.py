"""Brick loft: an old wall in pools of warm light, a string of bulbs, a shelf, plants at the sides."""

from __future__ import annotations

import numpy as np

from components.backgrounds.scenes.bokeh import Lamp, draw_lamps
from components.backgrounds.scenes.bricks import brick_wall
from components.backgrounds.scenes.brushes import blur, full, glow, shine, smooth, spot, spread
from components.backgrounds.scenes.canvas import Canvas, Light, srgb
from components.backgrounds.scenes.houseplants import draw_plant, draw_pot
from components.backgrounds.scenes.ink import Ink, curve, tint

_BOOKS = ("c9b79c", "7f8f96", "b5654a", "e3ddd0", "4f6470", "d0a45c", "3d4a45")


def paint(canvas: Canvas) -> Light:
    """The wall, what stands before it, the light, then the bulbs and the plant close to the lens."""
    side = canvas.side()
    picture = brick_wall(canvas, ("9c5a44", "84483a", "a86a50", "74433a", "b07a60"), "8a7d72", 0.038)
    _shelf(canvas, picture, side)
    _sideboard(canvas, picture, side)
    _light(canvas, picture, side)
    picture = blur(picture, 0.0046)
    _bulbs(canvas, picture)
    _plants(canvas, picture, side)
    return picture


def _shelf(canvas: Canvas, picture: Light, side: float) -> None:
    ink, rng, fit = Ink(canvas), canvas.rng, canvas.fit
    left, right = sorted((side * 0.36 * fit, side * 0.84 * fit))
    for y in (0.36, 0.53):
        ink.box(left, y, right, y + 0.016, tint("7a5232"))
        ink.box(left, y + 0.016, right, y + 0.024, tint("3a2417"))
        for x in (left + 0.03, right - 0.04):
            ink.box(x, y + 0.016, x + 0.008, y + 0.06, tint("211d1b"))
        x = left + 0.02
        while x < right - 0.05:
            if rng.uniform() < 0.24:
                draw_plant(ink, (x + 0.03, y - 0.035), 0.08, rng, -side, 8)
                draw_pot(ink, (x + 0.03, y - 0.035), 0.036, 0.035, -side)
                x += 0.09
                continue
            wide, tall = float(rng.uniform(0.011, 0.022)), float(rng.uniform(0.075, 0.115))
            ink.box(
                x, y - tall, x + wide * 0.93, y, tint(_BOOKS[int(rng.integers(7))], float(rng.uniform(-0.25, 0.05)))
            )
            x += wide + (0.05 if rng.uniform() < 0.12 else 0)
    ink.lay(picture, 0.002)


def _sideboard(canvas: Canvas, picture: Light, side: float) -> None:
    """A low oak sideboard with a lamp, a frame and records, on the other side."""
    ink, fit = Ink(canvas), canvas.fit
    a, b = -side * 0.30 * fit, -side * 0.92 * fit
    left, right = min(a, b), max(a, b)
    ink.box(-3, 0.90, 3, 1.1, tint("5a4130"))
    ink.box(-3, 0.885, 3, 0.902, tint("2c211a"))
    ink.box(left, 0.665, right, 0.88, tint("80583a"))
    ink.box(left - 0.008, 0.650, right + 0.008, 0.668, tint("9c704a"))
    for k in range(1, 4):
        x = left + (right - left) * k / 4
        ink.box(x - 0.0015, 0.675, x + 0.0015, 0.875, tint("4a3120"))
    for x in (left + 0.03, right - 0.04):
        ink.box(x, 0.88, x + 0.010, 0.95, tint("241a14"))
    x = (left + right) / 2 - side * 0.10 * fit
    ink.box(x - 0.115 * fit, 0.36, x + 0.115 * fit, 0.645, tint("1f1c1a"))
    ink.box(x - 0.103 * fit, 0.375, x + 0.103 * fit, 0.632, tint("d9cfbf"))
    ink.disc(x + 0.02, 0.47, 0.055 * fit, tint("c46f45"))
    ink.shape(
        np.array(
            [[x - 0.10 * fit, 0.63], [x - 0.10 * fit, 0.55], [x, 0.52], [x + 0.10 * fit, 0.57], [x + 0.10 * fit, 0.63]]
        ),
        tint("3f5a58"),
    )
    for k in range(12):
        ink.box(
            left + 0.03 + k * 0.009, 0.575 + 0.004 * (k % 3), left + 0.037 + k * 0.009, 0.65, tint(_BOOKS[k % 7], -0.25)
        )
    ink.lay(picture, 0.002)


def _light(canvas: Canvas, picture: Light, side: float) -> None:
    """Pools from lamps above, daylight or evening from one side."""
    hour = canvas.mood.hour
    outside = {"day": ("f4f6ff", 1.0), "dawn": ("ffd8c8", 0.75), "golden": ("ffb86a", 1.0), "night": ("5a78c0", 0.10)}
    code, power = outside.get(hour or "", ("ffd8a8", 0.22))
    light = full(canvas, srgb("cbb0a8", 0.08 if hour == "night" else 0.25))
    across = np.asarray(canvas.xs() * np.float32(side / canvas.edge), dtype=np.float32)
    shine(light, srgb(code, power), smooth(-1.6, 1.2, across))
    for x, gain in ((-0.62, 1.0), (0.0, 0.55), (0.62, 1.0)):
        cone = glow(canvas, x * canvas.fit, 0.16, 0.20, 1.3) + spot(
            canvas, x * canvas.fit, 0.50, 0.19, 0.28
        ) * np.float32(0.45)
        shine(light, srgb("ffc078"), cone * np.float32(gain))
    picture *= light
    picture *= spread(np.asarray(1 - 0.35 * smooth(0.75, 1.05, canvas.ys()) + 0 * canvas.xs(), dtype=np.float32))


def _bulbs(canvas: Canvas, picture: Light) -> None:
    rng, lamps, cord = canvas.rng, [], Ink(canvas)
    sag = float(rng.uniform(0.05, 0.09))
    for span in range(-3, 3):
        a, b = span * 0.46 + 0.23, (span + 1) * 0.46 + 0.23
        path = curve([(a, 0.045), ((a + b) / 2, 0.045 + 2 * sag), (b, 0.045)], 25)
        cord.limb(path, np.full(25, 0.0030), tint("1a1512"))
        for k in (3, 8, 12, 16, 21):
            x, y = float(path[k, 0]), float(path[k, 1]) + 0.022
            lamps.append(Lamp(x, y, 0.0165, srgb("ffc87e", float(rng.uniform(0.85, 1.1))), 0.25))
            shine(picture, srgb("ffa350"), glow(canvas, x, y, 0.032, 1.5) * np.float32(0.20))
    cord.lay(picture, 0.003)
    draw_lamps(canvas, picture, lamps)


def _plants(canvas: Canvas, picture: Light, side: float) -> None:
    ink, edge, fit = Ink(canvas), canvas.edge, canvas.fit
    x = side * (edge - 0.20 * fit)
    draw_plant(ink, (x, 0.84), 0.40 * fit, canvas.rng, -side, 15)
    draw_pot(ink, (x, 0.84), 0.13 * fit, 0.14, -side, "6a655f")
    ink.lay(picture, 0.006, light=full(canvas, srgb("ffe0b8", 0.75)))
    near = Ink(canvas)
    draw_plant(near, (-side * (edge + 0.02), 1.04), 0.46 * fit, canvas.rng, side, 14)
    near.lay(picture, 0.013, light=full(canvas, srgb("ffd8b0", 0.5)))
