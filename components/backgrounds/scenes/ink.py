"""Drawn shapes: leaves, trunks, towers, spines. Drawn with clean edges, then laid on the picture as soft as wanted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from math import comb

import cv2
import numpy as np
from numpy.typing import NDArray

from components.backgrounds.scenes.brushes import blur, spread
from components.backgrounds.scenes.canvas import Canvas, Light, Mask, linear

Points = NDArray[np.floating]
"""(N, 2) x, y in picture heights."""

_SUBPIXEL = 4
"""Fractional bits of the coordinates handed to OpenCV."""

_TURN = np.linspace(0, 2 * np.pi, 25)[:-1]
_CIRCLE = np.stack([np.cos(_TURN), np.sin(_TURN)], axis=-1)

_DECODE = linear(np.arange(256, dtype=np.float32) / np.float32(255))


@lru_cache(maxsize=4096)
def _bytes(code: str) -> tuple[int, int, int]:
    return int(code[:2], 16), int(code[2:4], 16), int(code[4:], 16)


def tint(code: str, shift: float = 0.0) -> tuple[int, int, int]:
    """An sRGB hex colour, brightened (or darkened) by `shift` of itself."""
    r, g, b = _bytes(code)
    gain = 1 + shift
    return min(255, round(r * gain)), min(255, round(g * gain)), min(255, round(b * gain))


def blend(a: str, b: str, t: float) -> str:
    """The hex colour `t`, 0..1, of the way from a to b."""
    (r, g, b0), (r1, g1, b1) = _bytes(a), _bytes(b)
    t = min(1.0, max(0.0, t))
    return f"{round(r + (r1 - r) * t):02x}{round(g + (g1 - g) * t):02x}{round(b0 + (b1 - b0) * t):02x}"


class Ink:
    """A transparent sheet. Colours are sRGB 0..255; OpenCV blends the fourth channel with them, so edges are
    premultiplied by construction.
    """

    def __init__(self, canvas: Canvas) -> None:
        # Shapes come by the thousand: one multiplication takes them to OpenCV's fixed point.
        self._scale = canvas.height * (1 << _SUBPIXEL)
        self._offset = np.array([canvas.width * (1 << _SUBPIXEL) / 2, 0.0]) + 0.5
        self._sheet: NDArray[np.uint8] = np.zeros((canvas.height, canvas.width, 4), dtype=np.uint8)

    def shape(self, points: Points, colour: tuple[int, int, int]) -> None:
        """Fill one polygon."""
        fixed = np.floor(points * self._scale + self._offset).astype(np.int32)
        cv2.fillPoly(self._sheet, [fixed], (*colour, 255), cv2.LINE_AA, _SUBPIXEL)

    def box(self, left: float, top: float, right: float, bottom: float, colour: tuple[int, int, int]) -> None:
        """Fill an upright rectangle."""
        self.shape(np.array([[left, top], [right, top], [right, bottom], [left, bottom]]), colour)

    def disc(self, x: float, y: float, radius: float, colour: tuple[int, int, int]) -> None:
        """Fill a disc."""
        self.shape(np.array([x, y]) + radius * _CIRCLE, colour)

    def limb(self, spine: Points, widths: NDArray[np.floating], colour: tuple[int, int, int]) -> None:
        """Fill a tapering stroke along `spine` (N, 2) with the full `widths` (N,)."""
        self.shape(outline(spine, widths), colour)

    def lay(self, picture: Light, soft: float = 0.0, light: Light | None = None, fade: float = 1.0) -> Mask:
        """Lay the sheet on the picture, in place, out of focus by `soft`; `light` multiplies its colours.

        Returns the mask that it covered.
        """
        alpha8 = self._sheet[..., 3]
        colours = cv2.divide(np.ascontiguousarray(self._sheet[..., :3]), cv2.merge([alpha8] * 3), scale=255)
        alpha = alpha8.astype(np.float32) / np.float32(255)
        layer = cv2.LUT(colours, _DECODE) * spread(alpha)
        if light is not None:
            layer *= light
        layer, alpha = blur(layer, soft), blur(alpha, soft)
        alpha = np.clip(alpha, 0, 1) * np.float32(fade)
        picture *= 1 - spread(alpha)
        picture += np.maximum(layer, 0) * np.float32(fade)
        return alpha


@cache
def _bernstein(knots: int, steps: int) -> NDArray[np.float64]:
    t = np.linspace(0, 1, steps)
    rows = [comb(knots - 1, k) * t**k * (1 - t) ** (knots - 1 - k) for k in range(knots)]
    return np.stack(rows, axis=-1)


def curve(knots: Sequence[tuple[float, float]], steps: int = 24) -> NDArray[np.float64]:
    """A Bezier curve through control points of any order -> (steps, 2)."""
    return np.asarray(_bernstein(len(knots), steps) @ np.array(knots, dtype=np.float64), dtype=np.float64)


def normals(spine: Points) -> NDArray[np.float64]:
    """(N, 2) unit vectors to the right of each point of a stroke."""
    along = np.empty(spine.shape, dtype=np.float64)
    along[1:-1] = spine[2:] - spine[:-2]
    along[0], along[-1] = spine[1] - spine[0], spine[-1] - spine[-2]
    along /= np.maximum(np.hypot(along[:, :1], along[:, 1:]), 1e-9)
    return np.stack([-along[:, 1], along[:, 0]], axis=-1)


def outline(spine: Points, widths: NDArray[np.floating]) -> NDArray[np.float64]:
    """The closed outline of a tapering stroke."""
    offset = normals(spine) * (np.asarray(widths, dtype=np.float64) / 2)[:, None]
    return np.concatenate([spine + offset, (spine - offset)[::-1]])
