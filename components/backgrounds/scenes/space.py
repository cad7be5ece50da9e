"""Orbit: a planet's night side with its thin blue air, the sun about to rise behind it, and a nebula far away."""

from __future__ import annotations

import numpy as np

from components.backgrounds.scenes.brushes import blur, cover, glow, shine, smooth, spread
from components.backgrounds.scenes.canvas import Canvas, Light, Mask, srgb, vertical
from components.backgrounds.scenes.noise import fractal
from components.backgrounds.scenes.stars import draw_stars

_LIMB = 0.70
"""Height of the planet's edge in the middle of the picture."""
_RADIUS = 2.1
_NEBULAE = (("3a4fb0", "b0489a", "ffb48a"), ("1f6f8f", "5a54c8", "f0a0c0"), ("7a2f6a", "d0604a", "ffd08a"))


def paint(canvas: Canvas) -> Light:
    """The nebula and the stars, the planet before them, its air, and the sun at its edge."""
    side = canvas.side()
    picture = vertical(canvas, [(0, "04050d"), (0.6, "070a18"), (1.0, "060812")])
    _nebula(canvas, picture, side)
    draw_stars(canvas, picture, count=1300, lowest=1.0, gain=1.1)
    sx = side * min(0.46, canvas.edge * 0.55)
    height = _height(canvas, side)
    dawn = np.exp(-((canvas.xs() - np.float32(sx)) ** 2) / np.float32(0.42)).astype(np.float32)
    cover(picture, _planet(canvas, height, dawn), smooth(0.0012, -0.0012, height))
    _air(picture, height, dawn)
    sy = float(_LIMB + _RADIUS - np.sqrt(_RADIUS**2 - (sx + side * 0.10) ** 2))
    shine(picture, srgb("bcd4ff"), glow(canvas, sx, sy, 0.09, 1.15) * np.float32(0.40))
    shine(picture, srgb("fff4e0"), glow(canvas, sx, sy, 0.016, 2.0) * np.float32(3.2))
    return blur(picture, 0.0009)


def _height(canvas: Canvas, side: float) -> Mask:
    """Height above the planet's surface, negative on it."""
    dx, dy = canvas.xs() + np.float32(side * 0.10), canvas.ys() - np.float32(_LIMB + _RADIUS)
    return np.asarray(np.hypot(dx, dy) - np.float32(_RADIUS), dtype=np.float32)


def _nebula(canvas: Canvas, picture: Light, side: float) -> None:
    codes = _NEBULAE[int(canvas.rng.integers(len(_NEBULAE)))]
    warp = fractal(canvas, 1.1, octaves=3)
    axis = canvas.xs() * np.float32(0.35 * side) + (canvas.ys() - np.float32(0.30)) + np.float32(0.10) * warp
    band = np.exp(-0.5 * (axis / np.float32(0.20)) ** 2).astype(np.float32)
    gas = smooth(-1.3, 2.0, fractal(canvas, 2.0, octaves=6, gain=0.58))
    other = smooth(-1.0, 2.0, fractal(canvas, 1.4, octaves=6, gain=0.6))
    threads = smooth(-0.4, 1.8, fractal(canvas, 2.4, octaves=6, gain=0.55, ridged=True))
    dust = smooth(0.0, 1.5, fractal(canvas, 1.9, octaves=6, gain=0.6))
    clear = np.asarray(1 - np.float32(0.7) * dust, dtype=np.float32)
    for code, mask, power in (
        (codes[0], gas, 0.42),
        (codes[1], other * gas, 0.55),
        (codes[2], threads * gas * band, 0.42),
    ):
        shine(picture, srgb(code), np.asarray(mask * band * clear * np.float32(power), dtype=np.float32))


def _planet(canvas: Canvas, height: Mask, dawn: Mask) -> Light:
    """Dark sea and land, cloud bands lit a little near the dawn, lights of towns in clusters."""
    depth = np.maximum(-height, 0)
    bend = np.asarray(0.8 / (np.maximum(canvas.ys()[:, 0] - _LIMB, 0) + 0.16), dtype=np.float32)
    land = smooth(0.1, 0.5, fractal(canvas, 1.6, 1.4, octaves=6, gain=0.55, bend=bend))
    cloud = smooth(0.0, 1.9, fractal(canvas, 2.2, 2.6, octaves=6, gain=0.6, bend=bend))
    body = srgb("0a1830") + (srgb("141c22") - srgb("0a1830")) * spread(land)
    lit = dawn * np.exp(-depth / np.float32(0.085)).astype(np.float32)
    cover(body, srgb("2b3c58"), cloud * np.float32(0.55))
    shine(body, srgb("6f8fc4"), np.asarray(lit * (0.25 + cloud) * np.float32(0.8), dtype=np.float32))
    towns = smooth(1.2, 2.4, fractal(canvas, 26, 22, octaves=2, gain=0.8, bend=bend, fine=True))
    where = smooth(0.0, 1.4, fractal(canvas, 3.0, 2.6, octaves=4, bend=bend)) * land * (1 - dawn * np.float32(0.8))
    lamps = np.asarray(towns * where * smooth(0.01, 0.08, depth), dtype=np.float32)
    shine(body, srgb("ffb868"), (lamps + blur(lamps, 0.006)) * np.float32(0.9))
    return np.asarray(body, dtype=np.float32)


def _air(picture: Light, height: Mask, dawn: Mask) -> None:
    """The limb: a hair of white, a thin blue line, and a wide faint glow, all strongest where the sun will be."""
    above, under = np.maximum(height, 0), np.maximum(-height, 0)
    power = np.float32(0.16) + np.float32(1.1) * dawn
    for code, reach, inner, gain in (
        ("eaf4ff", 0.004, 0.006, 0.7),
        ("5aa6ff", 0.014, 0.03, 0.8),
        ("2f5fd0", 0.05, 0.10, 0.28),
    ):
        veil = np.exp(-above / np.float32(reach) - under / np.float32(inner))
        shine(picture, srgb(code), np.asarray(veil * power * np.float32(gain), dtype=np.float32))
