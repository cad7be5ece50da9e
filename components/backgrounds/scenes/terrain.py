"""Mountains from a height field: what hides what, where the sun falls, where snow lies, how the air pales it.

The field is (depth, column), seen level from the front: for every column the silhouette only ever rises with depth,
so each pixel's depth is one search in that column's running maximum.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from components.backgrounds.scenes.brushes import cover, smooth, spread
from components.backgrounds.scenes.canvas import Canvas, Colour, Light, Mask
from components.backgrounds.scenes.noise import fractal


@dataclass(frozen=True, slots=True)
class Ground:
    """A range: where it stands, how high it rises and what it is made of. Lengths in picture heights."""

    foot: float
    rise: float
    sun: tuple[float, float, float]
    rock: Colour
    shade: Colour
    snow: Colour
    haze: Colour
    snowline: float
    mist: float


def heights(canvas: Canvas, across: float, envelope: NDArray[np.float32], slices: int = 260) -> Mask:
    """A (slices, W) height field in 0..about 1: ridged peaks under an (W,) `envelope`, rising away from the eye."""
    own = Canvas(canvas.width, canvas.height, canvas.child())
    ridges = fractal(own, across, across * 0.7, octaves=7, gain=0.48, ridged=True, fine=True)
    swell = fractal(own, across * 0.6, octaves=2)
    rough = np.float32(0.62) + np.float32(0.28) * ridges + np.float32(0.12) * swell
    rough = np.asarray(cv2.resize(rough, (canvas.width, slices), interpolation=cv2.INTER_AREA), dtype=np.float32)
    depth = np.linspace(0, 1, slices, dtype=np.float32)[:, None]
    field = np.maximum(rough, 0.02) * depth ** np.float32(0.75) * envelope[None, :]
    # The highest peak is always 1: a range that chance left low would make a dull picture.
    return np.asarray(field / field.max(), dtype=np.float32)


def draw_ground(canvas: Canvas, picture: Light, field: Mask, ground: Ground) -> Mask:
    """Lay the range on the picture, in place; returns its mask."""
    slices, width = field.shape
    top = np.maximum.accumulate(field, axis=0) * np.float32(ground.rise)
    top += np.linspace(0, 1e-4, slices, dtype=np.float32)[:, None]
    rows = np.maximum(np.float32(ground.foot) - canvas.ys()[:, 0], 0).astype(np.float32)
    found = np.stack([np.searchsorted(top[:, column], rows) for column in range(width)], axis=1)
    mask = (found < slices).astype(np.float32)
    mask[canvas.ys()[:, 0] > ground.foot] = 0
    found = np.minimum(found, slices - 1)
    colour = _shade(canvas, field, ground)
    columns = np.broadcast_to(np.arange(width), found.shape)
    paint = np.asarray(cv2.GaussianBlur(colour[found, columns], (0, 0), 0.8), dtype=np.float32)
    mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), 0.7), dtype=np.float32)
    cover(picture, paint, mask)
    return mask


def _shade(canvas: Canvas, field: Mask, ground: Ground) -> Light:
    """The colour of every point of the field: (slices, W, 3)."""
    slices = field.shape[0]
    across = np.gradient(field, axis=1) * np.float32(canvas.height * ground.rise)
    away = np.gradient(field, axis=0) * np.float32(slices * ground.rise * 0.9)
    size = np.sqrt(across**2 + away**2 + 1)
    sx, sy, sz = ground.sun
    facing = np.asarray((-across * sx + away * sz + sy) / size, dtype=np.float32)
    lit = smooth(-0.15, 0.95, facing)
    grain = fractal(canvas, 14, 10, octaves=4, gain=0.7)
    grain = np.asarray(cv2.resize(grain, (field.shape[1], slices), interpolation=cv2.INTER_AREA), dtype=np.float32)
    steep = np.abs(across) / np.float32(2.4)
    over = field - np.float32(ground.snowline) - np.float32(0.09) * steep + np.float32(0.05) * grain
    snow = smooth(-0.13, 0.13, over)
    stone = ground.rock * spread(np.clip(1 + np.float32(0.16) * grain, 0.4, 1.6))
    surface = stone + (ground.snow - stone) * spread(snow)
    light = ground.shade + (1 - ground.shade) * spread(lit)
    colour = surface * light
    mist = np.clip(np.float32(ground.mist) * (1 - smooth(0.0, 0.55, field)) + np.float32(ground.mist * 0.25), 0, 1)
    return np.asarray(colour + (ground.haze - colour) * spread(mist), dtype=np.float32)
