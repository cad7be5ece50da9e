"""Lavender field: rows that run to a low sun, hills and a lone tree beyond."""

from __future__ import annotations

import numpy as np

from components.backgrounds.scenes.brushes import below, blur, cover, glow, shine, smooth, spot, spread
from components.backgrounds.scenes.canvas import Canvas, Light, srgb
from components.backgrounds.scenes.ink import Ink, blend, curve, tint
from components.backgrounds.scenes.noise import fractal, line
from components.backgrounds.scenes.skies import draw_clouds, paint_sky

_HORIZON = 0.51


def paint(canvas: Canvas) -> Light:
    """Sky and sun, hills, the tree, the rows, then flowers close to the lens."""
    sun = canvas.side()
    sx = sun * canvas.edge * canvas.uniform(0.35, 0.55)
    picture = paint_sky(
        canvas, _HORIZON, [(0, "5d74b4"), (0.18, "9a93c2"), (0.34, "e0a9ae"), (0.45, "fbc793"), (0.53, "ffdf9c")]
    )
    draw_clouds(canvas, picture, _HORIZON, sun, ("9a7fa0", "ffc9a0"), 0.8)
    low = np.float32(0 if canvas.mood.hour in ("day", "night") else 1)  # the sun is elsewhere then
    shine(picture, srgb("ffc070"), glow(canvas, sx, _HORIZON - 0.06, 0.15, 1.1) * np.float32(0.60) * low)
    shine(picture, srgb("fff0c8"), glow(canvas, sx, _HORIZON - 0.06, 0.024, 2.6) * np.float32(2.0) * low)
    _hills(canvas, picture)
    _rows(canvas, picture, sx)
    picture = blur(picture, 0.0020)
    _tree(canvas, picture, -sun)
    _near(canvas, picture, sun)
    shine(picture, srgb("ffb878"), spot(canvas, sx, _HORIZON, 0.55, 0.16) * np.float32(0.26))
    return picture


def _hills(canvas: Canvas, picture: Light) -> None:
    for step, (height, cells, code) in enumerate(
        ((0.125, 1.1, "a98fb0"), (0.080, 1.5, "7c6a90"), (0.040, 1.9, "565a5c"))
    ):
        crest = _HORIZON + 0.004 * step - height * (0.6 + 0.42 * line(canvas, cells, 6, 0.42))
        folds = smooth(-1.6, 1.6, fractal(canvas, 4, 12, octaves=4, gain=0.6))
        body = srgb(code) * (np.float32(0.8) + np.float32(0.4) * spread(folds))
        cover(picture, body.astype(np.float32), below(canvas, crest.astype(np.float32), 0.003))
        air = smooth(_HORIZON - height, _HORIZON + 0.01, canvas.ys()) * below(canvas, crest.astype(np.float32), 0.003)
        cover(picture, srgb("f6c4a0"), air * np.float32(0.45 - 0.1 * step))


def _rows(canvas: Canvas, picture: Light, sx: float) -> None:
    """Bushes in rows seen along their length: round, lit on the side of the sun, earth between them."""
    depth = np.maximum(canvas.ys() - np.float32(_HORIZON - 0.006), np.float32(0.006))
    bend = np.asarray(0.35 / (depth[:, 0] + 0.02), dtype=np.float32)
    rough = fractal(canvas, 6, 5.0, octaves=4, gain=0.75, bend=bend)
    swell = fractal(canvas, 1.1, 1.0, octaves=2, bend=bend)
    vanish = np.float32(sx * 0.30)
    across = (canvas.xs() - vanish) / depth * np.float32(1.15) + 0.022 * rough + 0.05 * swell
    turn = np.asarray(across * np.float32(2 * np.pi), dtype=np.float32)
    bush = np.float32(0.5) + np.float32(0.5) * np.cos(turn)
    lit = smooth(-1.2, 1.2, np.asarray(np.sin(turn) * np.float32(-np.sign(sx)) + 0.45 * rough, dtype=np.float32))
    spikes = fractal(canvas, 40, 16, octaves=3, gain=0.8, fine=True)
    far = smooth(0.20, 0.02, depth)
    tone = np.clip(lit + 0.16 * spikes * (1 - far), 0, 1.2).astype(np.float32)
    flower = srgb("4c3a80") + (srgb("b490d8") - srgb("4c3a80")) * spread(tone)
    earth = srgb("4a4a30") + (srgb("8f8450") - srgb("4a4a30")) * spread(smooth(-1.5, 1.5, rough))
    cover_ = smooth(0.06, 0.34, np.asarray(bush + 0.07 * rough, dtype=np.float32))
    cover_ = np.asarray(cover_ + (1 - cover_) * far * np.float32(0.85), dtype=np.float32)
    body = earth + (flower - earth) * spread(cover_)
    warm = spot(canvas, sx, _HORIZON, 0.5, 0.22)
    body *= 1 + spread(warm) * srgb("ffb070") * np.float32(0.9)
    cover(picture, np.asarray(body, dtype=np.float32), below(canvas, _HORIZON, 0.006))


def _tree(canvas: Canvas, picture: Light, side: float) -> None:
    ink, rng = Ink(canvas), canvas.rng
    x, size = side * 0.48 * canvas.fit, 0.15
    foot = _HORIZON + 0.012
    ink.limb(
        curve([(x, foot), (x + 0.004, foot - size * 0.3), (x, foot - size * 0.6)], 8),
        np.linspace(0.014, 0.008, 8),
        tint("3a2e30"),
    )
    for _ in range(420):
        a, r = float(rng.uniform(0, 6.28)), float(rng.uniform(0, 1)) ** 0.6
        r *= 0.84 + 0.16 * float(np.sin(3 * a + 1.0) + 0.6 * np.sin(5 * a))
        px, py = x + r * size * 0.42 * np.cos(a), foot - size * 0.66 + r * size * 0.34 * np.sin(a)
        lit = 0.5 - 0.5 * np.cos(a) * side - 0.25 * np.sin(a)
        ink.disc(
            px,
            py,
            size * float(rng.uniform(0.016, 0.045)),
            tint(blend("34402e", "b09a50", float(np.clip(lit * r, 0, 0.8)))),
        )
    ink.lay(picture, 0.0036, fade=0.96)


def _near(canvas: Canvas, picture: Light, sun: float) -> None:
    """Spikes of lavender out of focus at the lower edge, tallest at the sides."""
    rng, edge, fit = canvas.rng, canvas.edge, canvas.fit
    for soft, tall, count in ((0.006, 0.13, 90), (0.013, 0.26, 60)):
        ink = Ink(canvas)
        for _ in range(count):
            x = float(rng.uniform(-1.05, 1.05)) * edge
            reach = tall * (0.25 + 0.85 * abs(x / edge) ** 1.6) * float(rng.uniform(0.6, 1.15)) * (0.5 + 0.5 * fit)
            tip = (x + float(rng.normal(0, 0.018)), 1.03 - reach)
            stalk = curve([(x, 1.06), (x, 1.0 - reach * 0.4), tip], 14)
            ink.limb(stalk, np.full(14, 0.0030), tint("5a6440"))
            shades = np.clip(rng.normal(0.42 + 0.1 * sun * np.sign(x), 0.2, 6), 0, 1)
            for k in range(8, 14):
                px, py = float(stalk[k, 0]), float(stalk[k, 1])
                code = tint(blend("4a3484", "c9a4ec", float(shades[k - 8])))
                for way in (-0.0045, 0.0045):
                    ink.disc(px + way, py, 0.0078 * (1.25 - (k - 8) / 8), code)
        ink.lay(picture, soft, fade=0.96)
