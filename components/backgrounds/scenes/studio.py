"""Studio gradient: folds of coloured light, like a silk backdrop lit from one side. Nothing in it is a thing."""

from __future__ import annotations

import numpy as np

from components.backgrounds.scenes.brushes import blur, cover, full, shine, smooth, spot, spread
from components.backgrounds.scenes.canvas import Canvas, Light, Mask, mix, srgb
from components.backgrounds.scenes.noise import fractal

_PALETTES = (
    ("0a1420", "1d3f66", "4d86b8", "b9a7d8", "fbe6ea"),
    ("07181f", "0e4a5c", "2a9d98", "e8b06a", "ffe7c0"),
    ("160c20", "562058", "b23a6c", "f2905c", "ffdcae"),
    ("0d1028", "27357f", "7a4fc0", "f08f7e", "ffd9a8"),
)
"""From the shadow to the brightest light."""

_SHEETS = 5


def paint(canvas: Canvas) -> Light:
    """A dark ground, sheets of light folded over one another, and a halo where the person will be."""
    palette = [srgb(code) for code in _PALETTES[int(canvas.rng.integers(len(_PALETTES)))]]
    side = canvas.side()
    picture = full(canvas, palette[0])
    wash = smooth(-1.2, 1.6, _tilt(canvas, side) + 0.25 * fractal(canvas, 0.7, octaves=2))
    cover(picture, mix(palette[1], palette[2], 0.15), wash * np.float32(0.9))
    for step in range(_SHEETS):
        _sheet(canvas, picture, palette, side, step / (_SHEETS - 1))
    halo = spot(canvas, side * 0.04, 0.42, 0.42, 0.36)
    shine(picture, mix(palette[2], palette[3], 0.4), halo * np.float32(0.16))
    corner = spot(canvas, side * canvas.edge * 1.05, -0.08, 0.55, 0.5)
    shine(picture, palette[4], corner * np.float32(0.28))
    return picture


def _tilt(canvas: Canvas, side: float) -> Mask:
    """Distance along the direction that the light comes from: 1 in its corner, -1 in the opposite one."""
    along = canvas.xs() / np.float32(canvas.edge) * np.float32(side * 0.75) - (canvas.ys() - np.float32(0.5))
    return np.asarray(along, dtype=np.float32)


def _sheet(canvas: Canvas, picture: Light, palette: list[np.ndarray], side: float, depth: float) -> None:
    """One translucent fold: bright along its crest, with a soft shadow where it lies on the one behind."""
    sway = fractal(canvas, 0.55, 0.35, octaves=2, gain=0.35)
    middle = 0.85 - 1.5 * depth + canvas.uniform(-0.12, 0.12)
    level = _tilt(canvas, side) + np.float32(0.34) * sway - np.float32(middle)
    level = np.asarray(level, dtype=np.float32)
    inside = smooth(-0.012, 0.012, level)
    away = np.exp(-np.maximum(level, 0) / np.float32(0.42 + 0.2 * depth))
    shadow = np.exp(-np.maximum(-level, 0) / np.float32(0.16)) * (1 - inside)
    picture *= 1 - spread(np.asarray(shadow * np.float32(0.38), dtype=np.float32))
    colour = mix(palette[2], palette[3], float(np.clip(1.1 - depth * 1.3, 0, 1)))
    colour = mix(palette[1], colour, 0.85 - 0.45 * depth)
    cover(picture, colour, np.asarray(inside * away * np.float32(0.8), dtype=np.float32))
    crest = np.exp(-np.abs(level - np.float32(0.02)) / np.float32(0.03)) * inside
    shine(picture, palette[4], blur(np.asarray(crest, dtype=np.float32), 0.006) * np.float32(0.10 * (1 - 0.6 * depth)))
