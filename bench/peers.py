"""What other systems make of the same model's answer, restated from their descriptions in a few lines each.

Each is a function of the model's probability (float32, the model's grid) and the camera's picture, to an alpha of
uint8 HxW; the constants are the systems' defaults as read in November 2026. What is left out: blurring and light
wrap, which do not change the matte, and the GPU, which does not change the formula.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from components.video.planes import I420, Plane, Size, to_rgb

Floats = NDArray[np.float32]


class Peer(Protocol):
    """A post-processing with its memory: one for each film."""

    def __call__(self, probability: Floats, picture: I420) -> Plane:
        """The alpha of this frame."""


def up(probability: Floats, size: Size) -> Floats:
    """Bilinear, to the camera's size."""
    return np.asarray(cv2.resize(probability, size, interpolation=cv2.INTER_LINEAR), np.float32)


def smoothstep(values: Floats, low: float, high: float) -> Floats:
    """0 below `low`, 1 above `high`, a smooth S between."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def to_alpha(values: Floats) -> Plane:
    """0..1 to 0..255."""
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)


def raw(probability: Floats, picture: I420) -> Plane:
    """The confidence itself, upsampled: what every step is measured against."""
    return to_alpha(up(probability, picture.size))


def tutorial(probability: Floats, picture: I420) -> Plane:
    """The AWS tutorial: MediaPipe's category mask, made at full size; person or not, nothing between."""
    return to_alpha((up(probability, picture.size) > 0.5).astype(np.float32))


def livekit(probability: Floats, picture: I420) -> Plane:
    """Category mask, box blur of radius 8, smoothstep of twice the blurred mask's slope around a half."""
    mask = cv2.blur((up(probability, picture.size) > 0.5).astype(np.float32), (17, 17))
    slope = np.abs(cv2.Sobel(mask, -1, 1, 0, scale=0.25)) + np.abs(cv2.Sobel(mask, -1, 0, 1, scale=0.25))
    width = np.maximum(2 * slope, 1e-3)
    t = np.clip((mask - 0.5 + width) / (2 * width), 0, 1)
    return to_alpha(np.asarray(t * t * (3 - 2 * t), np.float32))


def volcomix(probability: Floats, picture: I420) -> Plane:
    """Joint bilateral (one model cell, colour .1), coverage .5 to .75.

    Filtered at half the camera's size, where it takes a sixteenth of .7 s.
    """
    width, height = picture.size
    half = (width // 2, height // 2)
    guide = cv2.resize(to_rgb(picture), half, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    deviation = half[0] / probability.shape[1]
    side = 2 * round(1.5 * deviation) + 1
    mask = cv2.ximgproc.jointBilateralFilter(guide, up(probability, half), side, 0.1, deviation)
    return to_alpha(smoothstep(up(np.asarray(mask, np.float32), picture.size), 0.5, 0.75))


class Jitsi:
    """Version 2's CPU tier: the model on every second frame, EMA of .75 towards the last, smoothstep .1 to .5, and a
    feather that is left out where the picture has an edge of its own."""

    def __init__(self) -> None:
        self._mean: Floats | None = None
        self._frames = 0

    def __call__(self, probability: Floats, picture: I420) -> Plane:
        """See `Peer`."""
        if self._mean is None:
            self._mean = probability
        elif self._frames % 2 == 0:
            self._mean = np.asarray(0.75 * self._mean + 0.25 * probability, np.float32)
        self._frames += 1
        mask = smoothstep(self._mean, 0.1, 0.5)
        soft = cv2.GaussianBlur(mask, (3, 3), 0)
        luma = cv2.resize(picture.y, mask.shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float32) / 255
        slope = cv2.magnitude(cv2.Sobel(luma, -1, 1, 0, scale=0.25), cv2.Sobel(luma, -1, 0, 1, scale=0.25))
        crisp = smoothstep(np.asarray(slope, np.float32), 0.05, 0.2)
        return to_alpha(up(np.asarray(crisp * mask + (1 - crisp) * soft, np.float32), picture.size))


class Twilio:
    """Hysteresis between 80 and 180 of 255, then a joint bilateral (radius 8 model cells, colour .1)."""

    def __init__(self) -> None:
        self._person: NDArray[np.bool_] | None = None

    def __call__(self, probability: Floats, picture: I420) -> Plane:
        """See `Peer`. The filter is applied on the model's grid, as a radius of 8 cells takes seconds at full size."""
        before = probability > 0.5 if self._person is None else self._person
        self._person = np.where(probability > 180 / 255, True, np.where(probability < 80 / 255, False, before))
        guide = cv2.resize(to_rgb(picture), probability.shape[::-1], interpolation=cv2.INTER_AREA)
        mask = self._person.astype(np.float32)
        smooth = cv2.ximgproc.jointBilateralFilter(guide.astype(np.float32) / 255, mask, 17, 0.1, 4.0)
        return to_alpha(up(np.asarray(smooth, np.float32), picture.size))


class Obs:
    """obs-backgroundremoval: threshold .5, pieces under 5 % dropped, smoothed and cut again; .85 of the new mask."""

    def __init__(self) -> None:
        self._mask: Floats | None = None

    def __call__(self, probability: Floats, picture: I420) -> Plane:
        """See `Peer`."""
        mask = (probability > 0.5).astype(np.uint8) * 255
        if self._mask is not None:
            mask = np.rint(0.85 * mask + 0.15 * self._mask).astype(np.uint8)
        self._mask = mask.astype(np.float32)
        count, pieces, stats, _ = cv2.connectedComponentsWithStats((mask > 127).astype(np.uint8))
        for piece in range(1, count):
            if stats[piece, cv2.CC_STAT_AREA] < 0.05 * mask.size:
                mask[pieces == piece] = 0
        full = cv2.resize(mask, picture.size, interpolation=cv2.INTER_LINEAR)
        return np.asarray(np.where(cv2.stackBlur(full, (9, 9)) > 128, 255, 0), np.uint8)


PEERS: dict[str, Callable[[], Peer]] = {
    "tutorial's category mask": lambda: tutorial,
    "LiveKit": lambda: livekit,
    "Volcomix": lambda: volcomix,
    "Jitsi V2 (CPU tier)": Jitsi,
    "Twilio": Twilio,
    "obs-backgroundremoval": Obs,
}
