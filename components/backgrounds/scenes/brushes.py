"""Strokes on light: layers, glows, soft edges and blurs. Lengths are in picture heights.

Functions that lay something on a picture change it in place, as paint does; the others return new arrays.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from components.backgrounds.scenes.canvas import Canvas, Colour, Light, Mask


def smooth(low: float, high: float, value: NDArray[np.float32]) -> NDArray[np.float32]:
    """Hermite step: 0 at `low`, 1 at `high` (which may be the lesser), any shape."""
    t = np.clip((value - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), dtype=np.float32)


def spread(mask: Mask) -> Light:
    """(H, W) -> (H, W, 3), each channel the mask."""
    return np.asarray(cv2.merge([mask, mask, mask]), dtype=np.float32)


def full(canvas: Canvas, colour: Colour) -> Light:
    """A picture of one colour."""
    return np.ascontiguousarray(np.broadcast_to(colour.astype(np.float32), (canvas.height, canvas.width, 3)))


def cover(picture: Light, paint: Light | Colour, mask: Mask) -> None:
    """Lay `paint` over the picture where the mask is, in place."""
    alpha = spread(np.ascontiguousarray(np.broadcast_to(mask, picture.shape[:2]), dtype=np.float32))
    picture += (paint.astype(np.float32, copy=False) - picture) * alpha


def shine(picture: Light, colour: Colour, mask: Mask) -> None:
    """Add light of one colour where the mask is, in place."""
    mask = np.ascontiguousarray(np.broadcast_to(mask, picture.shape[:2]), dtype=np.float32)
    picture += np.asarray(cv2.merge([mask * colour[0], mask * colour[1], mask * colour[2]]), dtype=np.float32)


def blur(picture: NDArray[np.float32], sigma: float, sigma_y: float | None = None) -> NDArray[np.float32]:
    """Gaussian blur of an (H, W) or (H, W, C) picture; wide ones are done on a shrunken copy.

    `sigma` and `sigma_y` are in picture heights.
    """
    height, width = picture.shape[:2]
    wide, tall = sigma * height, (sigma if sigma_y is None else sigma_y) * height
    shrink_x, shrink_y = max(1, int(wide / 3)), max(1, int(tall / 3))
    if max(wide, tall) < 0.2:
        return picture
    if shrink_x == shrink_y == 1:
        return _gaussian(picture, wide, tall)
    size = (max(2, width // shrink_x), max(2, height // shrink_y))
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.float32)
    soft = _gaussian(small, wide * size[0] / width, tall * size[1] / height)
    return np.asarray(cv2.resize(soft, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.float32)


def _gaussian(picture: NDArray[np.float32], wide: float, tall: float) -> NDArray[np.float32]:
    blurred = cv2.GaussianBlur(
        picture, (0, 0), sigmaX=max(wide, 0.05), sigmaY=max(tall, 0.05), borderType=cv2.BORDER_REFLECT_101
    )
    return np.asarray(blurred, dtype=np.float32)


def glow(canvas: Canvas, x: float, y: float, radius: float, sharpness: float = 1.0) -> Mask:
    """A round glow, 1 at its centre and a half at `radius`; a higher `sharpness` falls off faster beyond."""
    square = (canvas.xs() - np.float32(x)) ** 2 + (canvas.ys() - np.float32(y)) ** 2
    return np.asarray(cv2.pow(1 + square / np.float32(radius**2), -sharpness), dtype=np.float32)


def spot(canvas: Canvas, x: float, y: float, wide: float, tall: float | None = None) -> Mask:
    """A Gaussian spot with those deviations, 1 at its centre."""
    across = np.exp(-0.5 * ((canvas.xs() - np.float32(x)) / np.float32(wide)) ** 2)
    down = np.exp(-0.5 * ((canvas.ys() - np.float32(y)) / np.float32(wide if tall is None else tall)) ** 2)
    return np.asarray(across * down, dtype=np.float32)


def below(canvas: Canvas, skyline: NDArray[np.float32] | float, softness: float = 0.002) -> Mask:
    """1 below a skyline ((W,) of y, or one y), 0 above, with an edge `softness` thick."""
    edge = np.asarray(skyline, dtype=np.float32)
    thick = np.float32(max(softness, 1.2 / canvas.height))
    reach = np.clip((canvas.ys() - edge.reshape(1, -1)) / thick + np.float32(0.5), 0, 1)
    return np.ascontiguousarray(np.broadcast_to(reach, (canvas.height, canvas.width)), dtype=np.float32)


def mirror(picture: Light, waterline: float) -> Light:
    """The picture with what lies below `waterline` replaced by what lies above it, upside down."""
    height = picture.shape[0]
    row = round(waterline * height)
    source = np.arange(height)
    source[row:] = np.clip(2 * row - 1 - source[row:], 0, height - 1)
    return np.ascontiguousarray(picture[source])


def displace(picture: Light, dx: Mask, dy: Mask) -> Light:
    """Look up each pixel `dx`, `dy` picture heights away: ripples, heat, wet ground."""
    height, width = picture.shape[:2]
    columns = np.arange(width, dtype=np.float32)[None, :] + dx * np.float32(height)
    rows = np.arange(height, dtype=np.float32)[:, None] + dy * np.float32(height)
    return np.asarray(
        cv2.remap(picture, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101), dtype=np.float32
    )
