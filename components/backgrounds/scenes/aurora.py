"""Aurora over snow: green curtains with violet tops above a frozen valley, seen again in the ice."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from components.backgrounds.scenes.brushes import (
    below,
    blur,
    cover,
    displace,
    mirror,
    shine,
    smooth,
    spot,
    spread,
)
from components.backgrounds.scenes.canvas import Canvas, Light, Mask, srgb, vertical
from components.backgrounds.scenes.conifers import draw_conifer
from components.backgrounds.scenes.ink import Ink
from components.backgrounds.scenes.noise import fractal, line
from components.backgrounds.scenes.stars import draw_stars

_ICE = 0.72
_HEIGHT = 300
"""Rows of the sheet on which the curtains are drawn; they are soft, and this keeps them the same at every size."""


def paint(canvas: Canvas) -> Light:
    """Stars, curtains, mountains lit by them, the ice, and firs under snow on both sides."""
    picture = vertical(canvas, [(0, "050a1a"), (0.3, "0a1a33"), (0.55, "12324a"), (0.75, "1d4a58")])
    draw_stars(canvas, picture)
    milk = smooth(0.2, 2.4, fractal(canvas, 1.2, 2.0, octaves=5)) * smooth(0.7, 0.1, canvas.ys())
    shine(picture, srgb("6f86b0"), milk * np.float32(0.06))
    curtains = _curtains(canvas)
    picture += curtains
    shine(picture, srgb("3fe0a0"), spot(canvas, 0, 0.52, 1.0, 0.16) * np.float32(0.10))
    _hills(canvas, picture)
    picture = blur(picture, 0.0013)
    _ice(canvas, picture)
    _firs(canvas, picture)
    return picture


def _curtains(canvas: Canvas) -> Light:
    width = round(_HEIGHT * canvas.aspect)
    sheet = np.zeros((_HEIGHT, width, 3), dtype=np.float32)
    tilt = canvas.side()
    for level, power in ((0.50, 0.55), (0.43, 1.0), (0.30, 0.5)):
        points, weights = _curtain(canvas, level, tilt)
        sheet += _rise(points, weights * power, width)
    whole = np.asarray(cv2.resize(sheet, (canvas.width, canvas.height), interpolation=cv2.INTER_CUBIC))
    # Rays lean towards the magnetic zenith, high above the picture.
    lean = (canvas.xs() - np.float32(tilt * 0.25)) * (np.float32(0.5) - canvas.ys()) * np.float32(0.42)
    bent = displace(whole.astype(np.float32), lean.astype(np.float32), np.zeros_like(lean))
    return np.maximum(bent + blur(bent, 0.03) * np.float32(0.5), 0)


def _curtain(canvas: Canvas, level: float, tilt: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The foot of one curtain as points along a folded path, and how bright its ray is at each."""
    rng = canvas.rng
    along = np.linspace(-1.5, 1.5, 26_000)
    x, y, ray = along.copy(), np.full_like(along, level), np.zeros_like(along)
    for pitch, sway, fold in ((2.1, 0.060, 0.20), (4.6, 0.034, 0.13), (9.5, 0.014, 0.035)):
        a, b = rng.uniform(0, 6.28, 2)
        x += fold * np.sin(pitch * along + a)
        y += sway * np.cos(pitch * along * 0.93 + b)
    y += tilt * along * 0.10
    for pitch, power in ((7, 0.5), (19, 0.5), (47, 0.45), (103, 0.35), (211, 0.22)):
        ray += power * np.sin(pitch * along * rng.uniform(0.9, 1.1) + rng.uniform(0, 6.28))
    slow = 0.5 + 0.5 * np.sin(1.7 * along + rng.uniform(0, 6.28))
    weights = np.exp(0.85 * ray) * (0.30 + 0.70 * slow**1.5)
    return np.stack([x, y], axis=-1), weights


def _rise(points: NDArray[np.float64], weights: NDArray[np.float64], width: int) -> Light:
    """Draw the rays upward from the foot: each colour dies out at its own height, green lowest and violet highest."""
    columns = np.round(points[:, 0] * _HEIGHT + width / 2).astype(int)
    rows = np.round(points[:, 1] * _HEIGHT).astype(int)
    inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < _HEIGHT)
    foot: Mask = np.zeros((_HEIGHT, width), dtype=np.float32)
    np.add.at(foot, (rows[inside], columns[inside]), weights[inside].astype(np.float32) * np.float32(0.022))
    # Where a fold is seen edge on its light piles up without limit; film would not take it, nor would the eye.
    foot = blur(foot, 0.010, 0.002)
    foot /= 1 + foot * np.float32(3)
    light = np.zeros((_HEIGHT, width, 3), dtype=np.float32)
    for code, reach, gain in (("36f074", 0.085, 1.15), ("30dc92", 0.15, 0.40), ("a348d8", 0.26, 0.46)):
        keep = np.float32(np.exp(-1 / (reach * _HEIGHT)))
        trail = np.zeros(width, dtype=np.float32)
        layer = np.empty_like(foot)
        for row in range(_HEIGHT - 1, -1, -1):
            trail = trail * keep + foot[row]
            layer[row] = trail
        shine(light, srgb(code, gain), layer)
    return blur(light, 0.0022, 0.009)


def _hills(canvas: Canvas, picture: Light) -> None:
    layers = ((0.165, 1.5, "24475a", "5c8f9c"), (0.10, 1.1, "1d3d52", "6fa0a8"), (0.045, 0.8, "17324a", "7fb3b5"))
    for height, cells, dark, lit in layers:
        crest = _ICE - height * (1 + 0.42 * line(canvas, cells, 6, 0.46))
        mask = below(canvas, crest.astype(np.float32), 0.003)
        folds = fractal(canvas, 3.4, 6, octaves=5, gain=0.5, ridged=True)
        near_top = smooth(height * 1.1, 0, np.asarray(canvas.ys() - crest[None, :], dtype=np.float32))
        snow = smooth(-1.0, 1.1, folds) * (np.float32(0.25) + np.float32(0.75) * near_top)
        body = srgb(dark) + (srgb(lit) - srgb(dark)) * spread(snow)
        cover(picture, body.astype(np.float32), mask)
        fog = mask * smooth(_ICE - height * 0.6, _ICE, canvas.ys())
        cover(picture, srgb("3b7480"), fog * np.float32(0.5))


def _ice(canvas: Canvas, picture: Light) -> None:
    depth = np.maximum(canvas.ys() - _ICE, 0)
    bend = np.asarray(1.0 / (depth[:, 0] + 0.05), dtype=np.float32)
    image = blur(mirror(picture, _ICE), 0.003, 0.022)
    rough = fractal(canvas, 3, 2.0, octaves=4, gain=0.7, bend=bend)
    ice = displace(image, rough * np.float32(0.003), rough * np.asarray(0.004 + 0.03 * depth, dtype=np.float32))
    ice *= np.float32(0.72)
    drift = smooth(0.1, 1.5, fractal(canvas, 1.3, 2.2, octaves=5, gain=0.55, bend=bend))
    cover(ice, srgb("5f94a0"), drift * np.asarray(0.22 + 0.9 * depth, dtype=np.float32))
    shine(ice, srgb("2c6f7c"), np.asarray(0.10 + 0.2 * depth, dtype=np.float32))
    cover(picture, ice, below(canvas, _ICE, 0.003))


def _firs(canvas: Canvas, picture: Light) -> None:
    fit, edge = canvas.fit, canvas.edge
    far = Ink(canvas)
    for place, size in zip(canvas.rng.uniform(-1, 1, 70), canvas.rng.uniform(0.5, 1.2, 70), strict=True):
        draw_conifer(
            far, (place, _ICE + 0.004), 0.048 * size, canvas.rng, ("0c2230", "3c6a74"), tiers=7, sun=0.4, spread=0.24
        )
    far.lay(picture, 0.0020, fade=0.9)
    for side, tall in ((-1.0, canvas.uniform(0.55, 0.85)), (1.0, canvas.uniform(0.45, 0.75))):
        bank = 0.925 + 0.10 * smooth(edge, edge * 0.25, canvas.xs()[0] * np.float32(side)) + 0.005 * line(canvas, 3)
        for k in range(4):
            ink = Ink(canvas)
            x = side * (edge + 0.02 - 0.095 * k * fit + canvas.uniform(-0.02, 0.02))
            height = tall * (1 - 0.2 * k) * canvas.uniform(0.88, 1.1) * (0.6 + 0.4 * fit)
            draw_conifer(
                ink, (x, 0.985), height, canvas.rng, ("07141f", "86b9bd"), tiers=30, sun=-side * 0.75, spread=0.17
            )
            ink.lay(picture, 0.0042)
        lit = srgb("284f66") + (srgb("93c6c6") - srgb("284f66")) * spread(
            smooth(-1.4, 1.6, fractal(canvas, 2.2, 7, octaves=4))
        )
        cover(picture, (lit * np.float32(0.55)).astype(np.float32), below(canvas, bank.astype(np.float32), 0.012))
