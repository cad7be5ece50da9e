"""Beach: late-afternoon light over a turquoise bay, framed by palms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from components.backgrounds.scenes.brushes import (
    below,
    blur,
    cover,
    glow,
    shine,
    smooth,
    spot,
    spread,
)
from components.backgrounds.scenes.canvas import Canvas, Light, Mask, srgb, vertical
from components.backgrounds.scenes.ink import Ink
from components.backgrounds.scenes.noise import fractal, line
from components.backgrounds.scenes.palms import Palm, draw_frond, draw_palm

_HORIZON = 0.52


def paint(canvas: Canvas) -> Light:
    """Sky, bay, sand, then the palms on either side of where the person will be."""
    sun = canvas.side()
    picture = _sky(canvas, sun)
    _headland(canvas, picture, -sun)
    shore = _shoreline(canvas, sun)
    _sea(canvas, picture, shore, sun)
    _sand(canvas, picture, shore, sun)
    picture = blur(picture, 0.0022)
    _palms(canvas, picture, sun)
    warm = glow(canvas, sun * canvas.edge * 1.05, 0.12, 0.30, 1.3)
    shine(picture, srgb("ffdca6"), warm * np.float32(0.42))
    return picture


def _sky(canvas: Canvas, sun: float) -> Light:
    picture = vertical(canvas, [(0.0, "2a78bd"), (0.2, "5ba3d8"), (0.38, "a5cfe6"), (0.48, "e6e6d6"), (0.54, "f7e3c4")])
    shine(picture, srgb("ffd9a0"), spot(canvas, sun * canvas.edge, 0.42, 0.55, 0.16) * np.float32(0.35))
    rise = canvas.ys()[:, 0]
    # Cloud banks flatten towards the horizon, as a ceiling seen from below does.
    bend = np.asarray(0.55 / (np.abs(_HORIZON - rise) + 0.16), dtype=np.float32)
    puffs = fractal(canvas, 2.6, 3.2, octaves=6, gain=0.56, bend=bend)
    low = spot(canvas, 0, 0.36, 9, 0.10) + np.float32(0.35) * spot(canvas, -sun * canvas.edge, 0.14, 0.5, 0.1)
    cloud = smooth(1.0, 2.9, np.asarray(puffs + np.float32(1.15) * low, dtype=np.float32))
    lit = smooth(-1.2, 2.4, np.asarray(puffs + np.float32(sun * 0.9) * canvas.xs(), dtype=np.float32))
    body = srgb("9fb4c8") + (srgb("fff4e2", 1.12) - srgb("9fb4c8")) * spread(lit)
    cover(picture, body.astype(np.float32), cloud * np.float32(0.8))
    return picture


def _headland(canvas: Canvas, picture: Light, side: float) -> None:
    reach = smooth(0.05, 1.0, np.asarray(canvas.xs()[0] * side / canvas.edge, dtype=np.float32))
    for distance, height, code in ((0, 0.075, "8fb0bd"), (1, 0.045, "5f8a86")):
        crest = _HORIZON - height * reach * (1 + 0.22 * line(canvas, 3.0)) * (1 if distance == 0 else reach)
        cover(picture, srgb(code), below(canvas, crest.astype(np.float32), 0.004) * np.float32(0.85))


def _shoreline(canvas: Canvas, sun: float) -> NDArray[np.float32]:
    slope = canvas.xs()[0] * np.float32(-sun * 0.07)
    return np.asarray(0.735 + slope + 0.011 * line(canvas, 1.6, 3), dtype=np.float32)


def _sea(canvas: Canvas, picture: Light, shore: NDArray[np.float32], sun: float) -> None:
    water = vertical(canvas, [(_HORIZON, "3f8db3"), (0.57, "2f93b4"), (0.64, "49b3bb"), (0.75, "9bdccb")])
    depth = np.maximum(canvas.ys()[:, 0] - _HORIZON, 0)
    bend = np.asarray(1.5 / (depth + 0.035), dtype=np.float32)
    swell = fractal(canvas, 3.0, 1.3, octaves=5, gain=0.62, bend=bend)
    water *= spread(1 + np.float32(0.085) * swell)
    path = spot(canvas, sun * canvas.edge * 0.8, 0.55, 0.28, 9)
    sparkle = smooth(1.2, 2.6, fractal(canvas, 26, 1.6, octaves=2, gain=0.8, bend=bend)) * path
    shine(water, srgb("ffe3b4"), sparkle * np.float32(0.9) + path * np.float32(0.16))
    cover(picture, water, below(canvas, _HORIZON, 0.003))
    ragged = fractal(canvas, 9, 26, octaves=4, gain=0.65)
    for back, strength in ((0.092, 0.35), (0.052, 0.6), (0.016, 0.95)):
        wave = shore - np.float32(back) + np.float32(0.006) * line(canvas, 3.4, 3)
        away = canvas.ys() - wave[None, :]
        front = smooth(-0.004, 0.0, away) * smooth(0.017 + back * 0.05, 0.0, away)
        foam = front * smooth(-1.1, 0.5, ragged)
        trough = smooth(-0.012, -0.003, away) * smooth(0.002, -0.003, away)
        picture *= 1 - spread(trough * np.float32(0.22 * strength))
        cover(picture, srgb("fffaf0"), foam * np.float32(strength))


def _sand(canvas: Canvas, picture: Light, shore: NDArray[np.float32], sun: float) -> None:
    sand = vertical(canvas, [(0.70, "e9d3a8"), (0.82, "e2c592"), (1.0, "c39b68")])
    depth = np.maximum(canvas.ys()[:, 0] - 0.60, 0.02)
    bend = np.asarray(0.9 / depth, dtype=np.float32)
    dunes = fractal(canvas, 5, 3.0, octaves=5, gain=0.8, bend=bend)
    slope = np.gradient(dunes, axis=1).astype(np.float32) * np.float32(canvas.height * 0.012 * sun)
    sand *= spread(np.clip(1 + np.float32(0.06) * dunes + np.float32(0.11) * slope, 0.5, 1.5))
    shade = _dapple(canvas, sun)
    sand *= 1 - spread(shade) * (1 - srgb("8f93b0"))
    cover(picture, sand, below(canvas, shore, 0.004))
    away = canvas.ys() - shore[None, :]
    wet = below(canvas, shore, 0.004) * smooth(0.085, 0.012, away + np.float32(0.008) * line(canvas, 2.2, 3)[None, :])
    picture *= 1 - spread(wet) * (1 - srgb("c9ad8e"))
    shine(picture, srgb("cfe0e6"), wet * np.float32(0.20))
    shine(picture, srgb("ffe0b0"), wet * spot(canvas, sun * canvas.edge * 0.8, 0.78, 0.3, 9) * np.float32(0.35))


def _dapple(canvas: Canvas, sun: float) -> Mask:
    """The palms' shadows on the sand, thrown away from the sun: streaks, darker at the sides."""
    streaks = fractal(canvas, 1.6, 11, octaves=4, gain=0.6)
    reach = smooth(0.25, 1.0, np.abs(canvas.xs() / np.float32(canvas.edge)).astype(np.float32))
    reach = reach * smooth(0.80, 0.93, canvas.ys())
    return np.asarray(np.float32(0.75) * smooth(-0.3, 0.9, streaks) * reach, dtype=np.float32)


def _palms(canvas: Canvas, picture: Light, sun: float) -> None:
    fit, edge = canvas.fit, canvas.edge
    back, front = Ink(canvas), Ink(canvas)
    lean = canvas.uniform(0.10, 0.16) * fit
    palms = (
        (back, Palm((sun * (edge + 0.02), 1.02), (sun * (edge - 0.27 * fit), 0.25), 0.030 * fit, 0.25 * fit, sun, 10)),
        (back, Palm((-sun * (edge + 0.03), 0.98), (-sun * (edge - lean), 0.15), 0.042 * fit, 0.36 * fit, sun, 12)),
        (front, Palm((sun * (edge + 0.12), 1.05), (sun * (edge - 0.02), 0.10), 0.05 * fit, 0.40 * fit, sun, 11)),
    )
    for ink, palm in palms:
        draw_palm(ink, palm, canvas.rng)
    near = Ink(canvas)
    for turn in (-0.62, -0.95):
        angle = turn if sun > 0 else np.pi - turn
        draw_frond(near, (-sun * (edge + 0.10), -0.22), angle, 0.55 * fit, sun, canvas.rng, shade=0.5)
    back.lay(picture, 0.0026)
    front.lay(picture, 0.0042)
    near.lay(picture, 0.011, fade=0.96)
