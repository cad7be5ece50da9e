"""Flower meadow: rolling hills under summer clouds, and flowers up to the lens."""

from __future__ import annotations

import numpy as np

from components.backgrounds.scenes.brushes import below, blur, cover, shine, smooth, spot, spread
from components.backgrounds.scenes.canvas import Canvas, Light, srgb, vertical
from components.backgrounds.scenes.ink import Ink, blend, curve, tint
from components.backgrounds.scenes.noise import fractal, line
from components.backgrounds.scenes.skies import draw_clouds

_HORIZON = 0.52
_FLOWERS = ("e8483a", "f6f0e4", "f4c63d", "7d63c8", "e87fa8")
_TURN = np.linspace(0, 2 * np.pi, 16)[:-1]
_RING = np.stack([np.cos(_TURN), 0.72 * np.sin(_TURN)], axis=-1)
_SHADE, _GRASS, _LIT = "28451f", "5f8a34", "c6cf62"


def paint(canvas: Canvas) -> Light:
    """Sky, hills with woods, the meadow that comes nearer, then stems and blossoms before the lens."""
    sun = canvas.side()
    picture = vertical(canvas, [(0, "3f86c6"), (0.25, "7db4de"), (0.42, "c4dcea"), (0.54, "f6ecd2")])
    shine(picture, srgb("ffe3ac"), spot(canvas, sun * canvas.edge, 0.38, 0.6, 0.2) * np.float32(0.35))
    draw_clouds(canvas, picture, _HORIZON, sun)
    _hills(canvas, picture, sun)
    _meadow(canvas, picture, sun)
    picture = blur(picture, 0.0026)
    _flowers(canvas, picture, sun)
    _near(canvas, picture, sun)
    shine(picture, srgb("ffdf9e"), spot(canvas, sun * canvas.edge * 1.05, 0.34, 0.5, 0.4) * np.float32(0.24))
    return picture


def _hills(canvas: Canvas, picture: Light, sun: float) -> None:
    layers = ((0.13, 1.0, "8fb2c4", "a9c6ce"), (0.105, 1.5, "6f9a8e", "a3bf98"), (0.062, 1.1, "4f7d49", "a3ba60"))
    for step, (height, cells, dark, lit) in enumerate(layers):
        crest = _HORIZON + 0.012 * step - height * (0.6 + 0.55 * line(canvas, cells, 3, 0.42))
        away = np.asarray(canvas.ys() - crest[None, :], dtype=np.float32)
        slope = np.gradient(crest).astype(np.float32) * np.float32(canvas.height)
        sunny = smooth(-0.5, 0.5, np.asarray(-slope * np.float32(sun * 1.6), dtype=np.float32))[None, :]
        folds = fractal(canvas, 2.5 + step, 9, octaves=4, gain=0.6)
        fields = smooth(-1.6, 1.6, np.asarray(folds + 2.2 * (sunny - 0.5), dtype=np.float32))
        body = srgb(dark) + (srgb(lit) - srgb(dark)) * spread(fields)
        woods = smooth(0.35, 0.9, fractal(canvas, 4 + 2 * step, 16 + 6 * step, octaves=5, gain=0.62))
        woods *= smooth(0.0, 0.012, away)
        body *= 1 - spread(woods) * np.float32(0.42 + 0.08 * step)
        cover(picture, body.astype(np.float32), below(canvas, crest.astype(np.float32), 0.004))
        air = smooth(0.05, 0.0, away) * smooth(-0.002, 0.004, away)
        cover(picture, srgb("e6e4d0"), air * np.float32(0.22 - 0.06 * step))


def _meadow(canvas: Canvas, picture: Light, sun: float) -> None:
    depth = np.maximum(canvas.ys()[:, 0] - (_HORIZON - 0.015), 0.012)
    bend = np.asarray(0.75 / depth, dtype=np.float32)
    crest = _HORIZON + 0.055 + 0.012 * line(canvas, 0.9, 2) - np.float32(0.02 * sun) * canvas.xs()[0]
    waves = fractal(canvas, 1.6, 0.9, octaves=4, gain=0.6, bend=bend)
    blades = fractal(canvas, 34, 9, octaves=3, gain=0.75, fine=True)
    light = smooth(-1.6, 1.9, np.asarray(waves + 0.40 * blades + np.float32(0.5 * sun) * canvas.xs(), dtype=np.float32))
    dark, lit = srgb(_SHADE), srgb(_LIT)
    grass = dark + (lit - dark) * spread(light)
    grass = grass * np.float32(0.55) + srgb(_GRASS) * np.float32(0.45)
    cover(picture, grass.astype(np.float32), below(canvas, crest.astype(np.float32), 0.010))


def _flowers(canvas: Canvas, picture: Light, sun: float) -> None:
    """Blossoms in drifts of a kind, row by row towards the lens: dots far away, cups near by."""
    rng = canvas.rng
    for near in np.linspace(0, 1, 7):
        ink = Ink(canvas)
        y = _HORIZON + 0.075 + 0.43 * near**1.5
        size = 0.0022 + 0.0155 * near**1.5
        for _ in range(round(300 - 215 * near)):
            x = float(rng.uniform(-1.15, 1.15))
            drift = np.sin(x * (3.5 - near) + near * 9) + np.sin(x * 8.3 - near * 21)
            code = _FLOWERS[int(abs(drift * 1.7 + rng.normal(0, 0.55) + near * 3)) % len(_FLOWERS)]
            low = y + float(rng.normal(0, 0.022 + 0.03 * near))
            grow = size * float(rng.uniform(0.5, 1.15))
            shift = float(rng.uniform(-0.30, 0.08)) + 0.1 * np.sign(x) * sun
            if near > 0.4:
                stem = curve([(x + grow * 0.6, low + grow * 8), (x - grow * 0.3, low + grow * 4), (x, low)], 8)
                ink.limb(stem, np.full(8, grow * 0.22), tint(blend(_SHADE, _GRASS, float(rng.uniform(0.2, 0.9)))))
            _blossom(ink, x, low, grow, code, shift, rng)
        ink.lay(picture, 0.0014 + 0.0055 * near**2, fade=0.92)


def _blossom(ink: Ink, x: float, y: float, size: float, code: str, shift: float, rng: np.random.Generator) -> None:
    ragged = size * (0.85 + 0.22 * np.sin(_TURN * 5 + rng.uniform(0, 6)))
    ring = _RING * ragged[:, None] + np.array([x, y])
    ink.shape(ring, tint(code, shift - 0.22))
    ink.shape(ring * 0.72 + np.array([x, y - size * 0.16]) * 0.28, tint(code, shift + 0.12))


def _near(canvas: Canvas, picture: Light, sun: float) -> None:
    """Grass and a few large blossoms out of focus, leaning in from the lower corners."""
    rng, edge, fit = canvas.rng, canvas.edge, canvas.fit
    for soft, tall in ((0.007, 0.20), (0.013, 0.32)):
        ink = Ink(canvas)
        for _ in range(80):
            side = float(rng.choice([-1.0, 1.0]))
            aside = float(rng.beta(1.2, 2.2))
            x = side * edge * (1.04 - 0.85 * aside)
            reach = tall * (1.15 - aside) * float(rng.uniform(0.4, 1.1)) * (0.5 + 0.5 * fit)
            tip = (x + float(rng.normal(0, 0.05)), 1.03 - reach)
            blade = curve([(x, 1.05), (x, 1.0 - reach * 0.5), tip], 10)
            code = blend(_SHADE, _LIT, float(np.clip(rng.normal(0.35 + 0.15 * side * sun, 0.2), 0, 0.9)))
            ink.limb(blade, np.linspace(0.010, 0.002, 10), tint(code))
            if rng.uniform() < 0.22:
                kind = _FLOWERS[int(rng.integers(len(_FLOWERS)))]
                _blossom(ink, tip[0], tip[1], 0.020 + 0.014 * float(rng.uniform()), kind, -0.05, rng)
        ink.lay(picture, soft, fade=0.97)
