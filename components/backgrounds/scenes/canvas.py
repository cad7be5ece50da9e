"""The canvas that a scene is asked to paint, and the colour it is painted in.

Scenes never speak of pixels. Their unit of length is the height of the picture: `y` runs from 0 at the top to 1 at
the bottom, `x` from `-aspect / 2` at the left to `aspect / 2` at the right, so the same numbers give the same
composition at every size. Colours are named as sRGB hex and painted as linear light.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from components.backgrounds.scenes.mood import AS_COMPOSED, Mood

Light = NDArray[np.float32]
"""(H, W, 3) float32 linear RGB light, 0 is black and 1 diffuse white; lamps may be brighter."""

Mask = NDArray[np.float32]
"""(H, W) float32, 0 where a layer is absent and 1 where it covers."""

Colour = NDArray[np.float32]
"""(3,) float32 linear RGB."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """What a scene is given: how large the picture is and where its chance comes from.

    Numbers must be drawn from `rng` in a count that does not depend on the size, or the composition would change
    with it; `child` gives an independent stream for whatever does (noise lattices). A scene that reads the `mood`
    draws the same numbers whatever it says: the place stays the same place at night.
    """

    width: int
    height: int
    rng: np.random.Generator
    mood: Mood = AS_COMPOSED

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.width / self.height

    @property
    def edge(self) -> float:
        """The x of the right edge; the left one is its negative."""
        return self.width / self.height / 2

    @property
    def fit(self) -> float:
        """A factor for the size of things that frame the picture: 1 for 16:9 and wider, less for narrower ones."""
        return min(1.0, float(np.sqrt(self.aspect / (16 / 9))))

    def xs(self) -> NDArray[np.float32]:
        """(1, W) float32, x at the centre of each column."""
        columns = np.arange(self.width, dtype=np.float32) + np.float32(0.5 - self.width / 2)
        return np.asarray(columns / np.float32(self.height), dtype=np.float32)[None, :]

    def ys(self) -> NDArray[np.float32]:
        """(H, 1) float32, y at the centre of each row."""
        rows = np.arange(self.height, dtype=np.float32) + np.float32(0.5)
        return np.asarray(rows / np.float32(self.height), dtype=np.float32)[:, None]

    def pixels(self, points: NDArray[np.floating]) -> NDArray[np.float32]:
        """(..., 2) points as x, y in picture heights -> the same shape in pixels."""
        return np.asarray(points * self.height + np.array([self.width / 2, 0.0]), dtype=np.float32)

    def child(self) -> np.random.Generator:
        """A new generator that takes exactly one draw from this canvas's own."""
        return np.random.default_rng(int(self.rng.integers(1 << 62)))

    def uniform(self, low: float, high: float) -> float:
        """One number in [low, high)."""
        return float(self.rng.uniform(low, high))

    def side(self) -> float:
        """-1 or 1 with equal chance: which side the light, or the subject, is on."""
        return float(self.rng.integers(2) * 2 - 1)


def srgb(code: str, gain: float = 1.0) -> Colour:
    """The linear light of an sRGB hex colour such as "ffcc88", times `gain`."""
    encoded = np.array([int(code[i : i + 2], 16) for i in (0, 2, 4)], dtype=np.float32) / np.float32(255)
    return (linear(encoded) * gain).astype(np.float32)


def linear(encoded: NDArray[np.float32]) -> NDArray[np.float32]:
    """sRGB-encoded 0..1 -> linear light (IEC 61966-2-1), any shape."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4).astype(np.float32)


def mix(a: Colour, b: Colour, t: float) -> Colour:
    """`a` at t = 0, `b` at t = 1."""
    return (a + (b - a) * np.float32(t)).astype(np.float32)


def vertical(canvas: Canvas, stops: Sequence[tuple[float, str]]) -> Light:
    """A sky: hex colours at heights y, blended in encoded values and smoothed so that no stop shows as a line."""
    ys = canvas.ys()[:, 0]
    at = [y for y, _ in stops]
    encoded = np.array([[int(code[i : i + 2], 16) for i in (0, 2, 4)] for _, code in stops], dtype=np.float32) / 255
    columns = [np.interp(ys, at, encoded[:, channel]) for channel in range(3)]
    ramp = np.stack(columns, axis=-1).astype(np.float32)[:, None, :]
    soft = cv2.GaussianBlur(ramp, (0, 0), sigmaX=0.1, sigmaY=canvas.height * 0.02, borderType=cv2.BORDER_REPLICATE)
    ramp = linear(np.asarray(soft, dtype=np.float32).reshape(-1, 1, 3))
    return np.ascontiguousarray(np.broadcast_to(ramp, (canvas.height, canvas.width, 3)))
