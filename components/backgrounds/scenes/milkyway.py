"""Milky Way: the galaxy's band over dark ridges, with mist in the valley and the last light on the horizon."""

from __future__ import annotations

import numpy as np

from components.backgrounds.scenes.brushes import below, blur, cover, shine, smooth, spot, spread
from components.backgrounds.scenes.canvas import Canvas, Light, srgb, vertical
from components.backgrounds.scenes.conifers import draw_conifer
from components.backgrounds.scenes.ink import Ink
from components.backgrounds.scenes.noise import fractal, line
from components.backgrounds.scenes.stars import draw_stars

_HORIZON = 0.74


def paint(canvas: Canvas) -> Light:
    """Sky, band, stars, ridge behind ridge with mist between, then the firs at the sides."""
    side = canvas.side()
    picture = vertical(canvas, [(0, "070b1c"), (0.3, "0d1a38"), (0.52, "1c3358"), (0.66, "4a5578"), (0.76, "8d7480")])
    shine(picture, srgb("e8976a"), spot(canvas, -side * 0.45, _HORIZON, 0.55, 0.075) * np.float32(0.36))
    _band(canvas, picture, side)
    draw_stars(canvas, picture, count=1100, lowest=0.74, gain=1.15)
    _ridges(canvas, picture)
    picture = blur(picture, 0.0010)
    _firs(canvas, picture)
    return picture


def _band(canvas: Canvas, picture: Light, side: float) -> None:
    """The galaxy: a tilted band, bright and warm towards its core, torn by dust."""
    lean = canvas.uniform(0.30, 0.50) * side
    across = (
        canvas.xs()
        - np.float32(side * min(0.30, canvas.edge * 0.35))
        - np.float32(lean * 2.0) * (np.float32(0.55) - canvas.ys())
    )
    wander = fractal(canvas, 1.3, octaves=3)
    across = np.asarray(across + np.float32(0.045) * wander, dtype=np.float32)
    cloud = smooth(-1.6, 1.8, fractal(canvas, 3.2, octaves=6, gain=0.62))
    body = np.exp(-0.5 * (across / np.float32(0.17)) ** 2) * (np.float32(0.35) + np.float32(0.65) * cloud)
    core = np.exp(-0.5 * (across / np.float32(0.07)) ** 2) * smooth(0.10, 0.62, canvas.ys()) * cloud
    lanes = fractal(canvas, 3.0, octaves=6, gain=0.58, ridged=True)
    dust = smooth(0.1, 1.3, lanes) * np.exp(-0.5 * (across / np.float32(0.085)) ** 2)
    low = smooth(_HORIZON, 0.5, canvas.ys())
    keep = np.asarray((1 - np.float32(0.85) * dust) * low, dtype=np.float32)
    shine(picture, srgb("8fa4dc"), np.asarray(body * keep * np.float32(0.44), dtype=np.float32))
    shine(picture, srgb("e6b892"), np.asarray(core * keep * np.float32(0.62), dtype=np.float32))
    shine(picture, srgb("b26aa8"), np.asarray(body * core * np.float32(0.30), dtype=np.float32))
    _powder(canvas, picture, np.asarray(body * keep, dtype=np.float32))


def _powder(canvas: Canvas, picture: Light, where: np.ndarray) -> None:
    """The countless faint stars of the band, each no more than a grain."""
    rng = canvas.child()
    grains = np.zeros(picture.shape[:2], dtype=np.float32)
    places = np.stack([rng.uniform(-1.2, 1.2, 9000), rng.uniform(0, 0.75, 9000)], axis=-1)
    spots = np.floor(canvas.pixels(places)).astype(int)
    inside = (spots[:, 0] >= 0) & (spots[:, 0] < canvas.width) & (spots[:, 1] < canvas.height)
    power = rng.exponential(0.30, 9000) * (canvas.height / 360) ** 2
    np.add.at(grains, (spots[inside, 1], spots[inside, 0]), power[inside].astype(np.float32))
    shine(picture, srgb("e3e6ff"), blur(grains, 0.0010) * where)


def _ridges(canvas: Canvas, picture: Light) -> None:
    layers = ((0.150, 1.5, "3a4a6c"), (0.095, 1.9, "24344f"), (0.040, 1.4, "16233a"))
    for step, (height, cells, code) in enumerate(layers):
        crest = _HORIZON + 0.03 * step - height * (0.55 + 0.45 * line(canvas, cells, 6, 0.45))
        away = np.asarray(canvas.ys() - crest[None, :], dtype=np.float32)
        folds = smooth(-1.5, 1.5, fractal(canvas, 4, 7, octaves=5, gain=0.55, ridged=True))
        body = srgb(code) * (np.float32(0.75) + np.float32(0.5) * spread(folds))
        cover(picture, body.astype(np.float32), below(canvas, crest.astype(np.float32), 0.003))
        drift = smooth(-1.4, 1.6, fractal(canvas, 1.2, 5, octaves=4))
        mist = smooth(0.02, 0.13, away) * (np.float32(0.35) + np.float32(0.65) * drift)
        cover(picture, srgb("5d6788"), mist * np.float32(0.62 - 0.14 * step))


def _firs(canvas: Canvas, picture: Light) -> None:
    fit, edge = canvas.fit, canvas.edge
    rng = canvas.rng
    floor = 0.945 + 0.012 * line(canvas, 1.6, 4) - 0.06 * smooth(0.45, 1.0, np.abs(canvas.xs()[0]) / np.float32(edge))
    for side, tall in ((-1.0, canvas.uniform(0.40, 0.68)), (1.0, canvas.uniform(0.40, 0.68))):
        for k in range(5):
            ink = Ink(canvas)
            x = side * (edge + 0.02 - 0.078 * k * fit + float(rng.uniform(-0.02, 0.02)))
            height = tall * (1 - 0.17 * k) * float(rng.uniform(0.85, 1.1)) * (0.6 + 0.4 * fit)
            draw_conifer(ink, (x, 0.98), height, rng, ("070d18", "2c3a58"), tiers=30, sun=-side * 0.6, spread=0.17)
            ink.lay(picture, 0.0036)
    cover(picture, srgb("080e19"), below(canvas, floor.astype(np.float32), 0.012))
