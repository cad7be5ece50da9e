"""Desert dunes: low sun over sand, one side of every crest in light and the other in blue shade."""

from __future__ import annotations

import numpy as np

from components.backgrounds.scenes.brushes import blur, cover, glow, shine, smooth, spot, spread
from components.backgrounds.scenes.canvas import Canvas, Light, Mask, srgb
from components.backgrounds.scenes.noise import fractal, line
from components.backgrounds.scenes.skies import paint_sky

_HORIZON = 0.50
_RIDGES = 7


def paint(canvas: Canvas) -> Light:
    """Sky and sun, the dunes from the palest to the nearest, then dust in the light."""
    sun = canvas.side()
    sx, sy = sun * canvas.edge * canvas.uniform(0.45, 0.62), _HORIZON - 0.105
    picture = paint_sky(
        canvas, _HORIZON, [(0, "5a74a8"), (0.18, "9c9fb8"), (0.34, "e3b990"), (0.46, "fbcf8a"), (0.54, "ffdf9f")]
    )
    _clouds(canvas, picture, sun)
    low = np.float32(0 if canvas.mood.hour in ("day", "night") else 1)  # the sun is elsewhere then
    shine(picture, srgb("ffc878"), glow(canvas, sx, sy, 0.16, 1.1) * np.float32(0.55) * low)
    shine(picture, srgb("fff0c8"), glow(canvas, sx, sy, 0.026, 3.0) * np.float32(2.2) * low)
    for step in range(_RIDGES):
        _dune(canvas, picture, step / (_RIDGES - 1), sun)
    shine(picture, srgb("ffbe70"), spot(canvas, sx, _HORIZON + 0.02, 0.6, 0.10) * np.float32(0.30))
    picture = blur(picture, 0.0018)
    shine(picture, srgb("ffcf90"), spot(canvas, sun * canvas.edge, 0.45, 0.5, 0.35) * np.float32(0.16))
    return picture


def _clouds(canvas: Canvas, picture: Light, sun: float) -> None:
    bend = np.asarray(0.5 / (np.abs(_HORIZON - canvas.ys()[:, 0]) + 0.12), dtype=np.float32)
    veil = fractal(canvas, 1.1, 4.2, octaves=6, gain=0.5, bend=bend)
    lit = smooth(-1.0, 1.0, np.asarray(canvas.xs() * np.float32(sun) + 0.2 * veil, dtype=np.float32))
    body = srgb("c79a9a") + (srgb("ffdcb0", 1.05) - srgb("c79a9a")) * spread(lit)
    cover(picture, body.astype(np.float32), smooth(0.3, 2.3, veil) * np.float32(0.55))


def _dune(canvas: Canvas, picture: Light, near: float, sun: float) -> None:
    """One dune: its skyline, and below it the crest that winds towards the eye and parts light from shade."""
    rng = canvas.rng
    xs = canvas.xs()[0]
    level = _HORIZON + 0.015 + 0.36 * near**1.55
    height = 0.045 + 0.120 * near**0.8
    peak = (
        float(rng.uniform(-0.75, 0.75)) if near < 0.6 else float(np.sign(rng.uniform(-1, 1)) * rng.uniform(0.45, 0.9))
    )
    wide = 0.28 + 0.35 * near
    # A dune is steep on its lee and long on its windward side; the second one keeps the line from being a bump.
    profile = _crest(xs - np.float32(peak), wide) + 0.6 * _crest(
        xs - np.float32(peak - 0.9 * np.sign(peak)), wide * 0.8
    )
    skyline = level - height * (profile + 0.10 * line(canvas, 0.9, 2, 0.4))
    away = np.asarray(canvas.ys() - skyline[None, :].astype(np.float32), dtype=np.float32)
    spine = _spine(canvas, away, peak, near)
    # The crest is sharp at its top and rounds off on its way down.
    blunt = np.float32(0.010) + np.maximum(away, 0) * np.float32(0.9)
    shade = smooth(1.0, -1.0, np.asarray(spine * np.float32(sun) / blunt, dtype=np.float32))
    slope = np.gradient(skyline).astype(np.float32) * np.float32(canvas.height * sun)
    # A kink of the skyline tells of the sand close below it only; a soft one of the whole flank.
    soft = blur(np.ascontiguousarray(slope[None, :]), 0.12 * canvas.height, 0.0)
    fine = (slope[None, :] - soft) * np.exp(-np.maximum(away, 0) / np.float32(0.025))
    facing = smooth(-0.55, 0.30, np.asarray(soft + 0.6 * fine + 0.9 * (0.5 - shade), dtype=np.float32))
    body = _sand(canvas, near, facing, away)
    cover(picture, body, smooth(-0.0015, 0.0025, away))


def _crest(x: Mask, wide: float) -> Mask:
    lee, wind = np.float32(wide * 0.75), np.float32(wide * 1.5)
    return np.asarray(
        np.where(x > 0, np.exp(-(np.abs(x / lee) ** 1.25)), np.exp(-(np.abs(x / wind) ** 1.35))), np.float32
    )


def _spine(canvas: Canvas, away: Mask, peak: float, near: float) -> Mask:
    """Signed distance across the winding crest that comes down from the peak: (H, W), negative to its left."""
    sway = float(canvas.side() * canvas.rng.uniform(3.2, 5.5)) * (1.3 - 0.85 * near)
    phase, pitch = float(canvas.rng.uniform(0, 6.28)), 60 - 42 * near
    down = np.maximum(away, 0)
    bends = np.float32(0.075 + 0.05 * near) * np.sin(down * np.float32(pitch) + np.float32(phase))
    path = np.float32(peak) + np.float32(sway) * down + bends * smooth(0.0, 0.05, down)
    return np.asarray(canvas.xs() - path, dtype=np.float32)


def _sand(canvas: Canvas, near: float, facing: Mask, away: Mask) -> Light:
    bend = np.asarray(0.8 / (np.maximum(canvas.ys()[:, 0] - _HORIZON + 0.02, 0.02)), dtype=np.float32)
    ripple = fractal(canvas, 7, 5.5, octaves=4, gain=0.7, bend=bend)
    drift = fractal(canvas, 1.5, 4, octaves=4)
    tone = facing * np.asarray(1 + 0.10 * near * ripple + 0.07 * drift, dtype=np.float32)
    dark, lit = srgb("7a4a3e"), srgb("f2b26a")
    body = dark + (lit - dark) * spread(np.clip(tone, 0, 1.25).astype(np.float32))
    rim = smooth(0.012, 0.0, away) * facing * np.float32(0.30)
    body += spread(np.asarray(rim, dtype=np.float32)) * srgb("ffd9a0")
    haze = np.float32(0.70 * (1 - near) ** 1.5)
    fall = np.float32(1.0) - np.float32(0.22 * near) * smooth(0.0, 0.5, away)
    return np.asarray((body + (srgb("f6c58c") - body) * haze) * spread(fall), dtype=np.float32)
