"""Autumn avenue: old trees on both sides of a path, gold against a low sun, leaves on the ground and in the air."""

from __future__ import annotations

import numpy as np

from components.backgrounds.scenes.bokeh import Lamp, draw_lamps
from components.backgrounds.scenes.brushes import below, blur, cover, glow, shine, smooth, spot, spread
from components.backgrounds.scenes.canvas import Canvas, Light, srgb, vertical
from components.backgrounds.scenes.ink import Ink, blend, curve, tint
from components.backgrounds.scenes.noise import fractal, line

_HORIZON = 0.60
_LEAVES = {
    "autumn": ("74300f", "cf7a24", "f8d070"),
    "spring": ("4f7a2c", "9cc24a", "e2ec9a"),
    "summer": ("27501f", "5c8f35", "c6d86a"),
    "winter": ("6a5f58", "a39a92", "dfe0e4"),
}
_GROUND = {
    "autumn": ("7a3f1a", "de9440"),
    "spring": ("3c6526", "8fb04a"),
    "summer": ("335a22", "7f9c40"),
    "winter": ("9aa6ba", "eef0f4"),
}


def paint(canvas: Canvas) -> Light:
    """Bright air at the end of the avenue, ground, then pair after pair of trees towards the lens."""
    sun = canvas.side()
    sx = sun * canvas.uniform(0.10, 0.20)
    picture = vertical(canvas, [(0, "e9c98a"), (0.3, "f6e2b4"), (0.55, "fff0cf"), (0.62, "f3dcae"), (1.0, "b98a54")])
    shine(picture, srgb("fff0c8"), glow(canvas, sx, 0.36, 0.22, 1.3) * np.float32(0.55))
    _beyond(canvas, picture)
    _ground(canvas, picture, sx)
    for step in range(6):
        near = step / 5
        _trunks(canvas, picture, near, sun)
        _crowns(canvas, picture, near, sx)
        _air(canvas, picture, near)
    shine(picture, srgb("ffdf9a"), glow(canvas, sx, 0.38, 0.20, 1.2) * np.float32(0.40))
    draw_lamps(canvas, picture, _falling(canvas))
    return picture


def _season(canvas: Canvas) -> str:
    return canvas.mood.season or "autumn"


def _ground(canvas: Canvas, picture: Light, sx: float) -> None:
    dark, lit = (srgb(code) for code in _GROUND[_season(canvas)])
    depth = np.maximum(canvas.ys() - np.float32(_HORIZON), 0)
    bend = np.asarray(0.6 / (depth[:, 0] + 0.03), dtype=np.float32)
    litter = fractal(canvas, 9, 4.5, octaves=5, gain=0.8, bend=bend)
    patches = fractal(canvas, 1.8, 1.6, octaves=4, bend=bend)
    tone = smooth(-2.2, 1.6, np.asarray(0.7 * litter + 0.5 * patches, dtype=np.float32))
    body = dark + (lit - dark) * spread(tone)
    across = np.abs(canvas.xs()) / (np.float32(0.035) + depth * np.float32(0.78))
    path = smooth(1.12, 0.85, np.asarray(across + 0.07 * patches + 0.05 * litter, dtype=np.float32))
    gravel = srgb("b49a7c") * spread(np.clip(1 + 0.09 * litter + 0.10 * patches, 0.5, 1.5).astype(np.float32))
    cover(
        body,
        gravel.astype(np.float32),
        path * smooth(2.4, 0.2, np.asarray(litter + patches, dtype=np.float32)) * np.float32(0.85),
    )
    # The trees' shadows come towards the eye and fan out from the sun.
    turn = (canvas.xs() - np.float32(sx)) / (depth + np.float32(0.09))
    bars = np.float32(0.5) + np.float32(0.5) * np.sin(turn * np.float32(5.0) + np.float32(canvas.uniform(0, 6.28)))
    shade = smooth(0.35, 0.75, np.asarray(bars + 0.14 * patches, dtype=np.float32)) * smooth(0.01, 0.10, depth)
    body *= 1 - spread(np.asarray(shade * np.float32(0.48), dtype=np.float32)) * (1 - srgb("8f84a0"))
    body += spread(spot(canvas, sx, _HORIZON + 0.05, 0.30, 0.09)) * srgb("ffdf9a") * np.float32(0.42)
    cover(
        picture,
        np.asarray(body, dtype=np.float32),
        smooth(-0.02, 0.05, np.asarray(canvas.ys() - _HORIZON + 0 * canvas.xs(), dtype=np.float32)),
    )


def _beyond(canvas: Canvas, picture: Light) -> None:
    """Woods at the end of the park, pale in the light."""
    _, mid, lit = _LEAVES[_season(canvas)]
    for step in range(2):
        crest = _HORIZON - (0.13 - 0.05 * step) * (0.7 + 0.35 * np.abs(line(canvas, 3.0 + step, 4, 0.55)))
        leaves = smooth(-1.6, 1.6, fractal(canvas, 12, octaves=4, gain=0.7))
        body = srgb(blend(mid, "f6e2b4", 0.6 - 0.25 * step))
        body = body + (srgb(blend(lit, "fff0cf", 0.5)) - body) * spread(leaves)
        opening = 1 - np.float32(0.75) * spot(canvas, 0, _HORIZON, 0.13, 9)
        cover(
            picture, body.astype(np.float32), below(canvas, crest.astype(np.float32), 0.02) * opening * np.float32(0.75)
        )


def _place(near: float, way: float, canvas: Canvas) -> tuple[float, float, float]:
    """Where a pair's tree stands: x, the height of its foot, and its girth."""
    scale = 0.10 + 0.90 * near**1.7
    return (
        way * (0.04 + 0.76 * scale) * (0.30 + 0.70 * canvas.fit),
        _HORIZON + 0.012 + 0.40 * scale,
        0.010 + 0.085 * scale,
    )


def _trunks(canvas: Canvas, picture: Light, near: float, sun: float) -> None:
    ink, rng = Ink(canvas), canvas.rng
    code = blend("c9a070", "2c1c14", 0.25 + 0.75 * near**0.8)
    for way in (-1.0, 1.0):
        x, foot, girth = _place(near, way, canvas)
        x += float(rng.normal(0, 0.012))
        reach = 0.12 + 0.9 * near
        spine = curve([(x, foot), (x - way * 0.01, foot - reach * 0.5), (x - way * girth * 0.4, foot - reach)], 24)
        taper = np.linspace(1.0, 0.20, 24) ** 0.7 + 0.55 * np.exp(-np.linspace(0, 14, 24))
        ink.limb(spine, girth * taper, tint(code))
        ink.limb(spine - np.array([way * girth * 0.32, 0]), girth * 0.22 * taper, tint(blend(code, "ffcf8a", 0.5)))
        for _ in range(6):
            at, out = int(rng.integers(12, 19)), float(rng.choice([-1.0, 1.0]))
            bx, by = spine[at]
            grow = (0.04 + 0.22 * near) * float(rng.uniform(0.4, 1.0))
            knee = (bx + out * grow * 0.55, by - grow * float(rng.uniform(0.15, 0.5)))
            bough = curve([(bx, by), knee, (knee[0] + out * grow * 0.45, knee[1] - grow * 0.35)], 12)
            ink.limb(bough, np.linspace(0.20, 0.03, 12) * girth, tint(code))
    bark = np.clip(1 + 0.20 * near * fractal(canvas, 24, 4, octaves=3, gain=0.7), 0.5, 1.5)
    ink.lay(picture, 0.0028 + 0.0042 * abs(near - 0.3), light=spread(bark.astype(np.float32)), fade=0.97)


def _crowns(canvas: Canvas, picture: Light, near: float, sx: float) -> None:
    """Leaves: clumps about each pair's boughs, an arch over the path that opens towards the light."""
    dark, mid, lit = _LEAVES[_season(canvas)]
    x, foot, _ = _place(near, 1.0, canvas)
    reach = 0.12 + 0.9 * near
    middle, wide, tall = foot - reach * 0.92, 0.07 + 0.44 * near, 0.080 + 0.38 * near
    aside = (np.abs(canvas.xs()) - np.float32(x * 1.02)) / np.float32(wide)
    rise = (canvas.ys() - np.float32(middle)) / np.float32(tall)
    body = np.float32(1.25) - (aside**2 + rise**2).astype(np.float32)
    clumps = fractal(canvas, 6.5 - 3.5 * near, octaves=6, gain=0.72)
    bare = 1.25 if _season(canvas) == "winter" else 0.0
    mask = smooth(0.05, 0.75, np.asarray(body + 0.42 * clumps - bare, dtype=np.float32))
    through = smooth(
        -1.3, 1.5, np.asarray(fractal(canvas, 9 - 3 * near, octaves=5, gain=0.8) + 0.5 * clumps, dtype=np.float32)
    )
    near_sun = np.exp(-np.abs(canvas.xs() - np.float32(sx)) / np.float32(0.5)).astype(np.float32)
    code = blend(dark, mid, 0.72 - 0.52 * near)
    paint_ = srgb(code) + (srgb(blend(mid, lit, 0.7 - 0.4 * near)) - srgb(code)) * spread(
        np.asarray(through * (0.60 + 0.6 * near_sun), dtype=np.float32)
    )
    cover(picture, paint_.astype(np.float32), blur(mask, 0.0015 + 0.005 * near) * np.float32(0.94))


def _air(canvas: Canvas, picture: Light, near: float) -> None:
    if near > 0.85:
        return
    drift = smooth(-1.8, 1.8, fractal(canvas, 1.2, 2.0, octaves=3))
    veil = spot(canvas, 0, 0.48, 0.55, 0.22) * np.float32(0.26 * (1 - near)) * drift
    cover(picture, srgb("ffe9bc"), np.asarray(veil, dtype=np.float32))


def _falling(canvas: Canvas) -> list[Lamp]:
    rng, lamps = canvas.rng, []
    codes = ("f0a83c", "e07a2c", "f6cf6a") if _season(canvas) == "autumn" else ("fff4d8", "f6f0d0", "ffffff")
    for _ in range(46):
        close = float(rng.uniform(0, 1)) ** 2
        x, y = float(rng.uniform(-1.0, 1.0)), float(rng.uniform(0.05, 0.95))
        lamps.append(Lamp(x, y, 0.003 + 0.020 * close, srgb(codes[int(rng.integers(3))], 0.42 - 0.30 * close), 0.3))
    return lamps
