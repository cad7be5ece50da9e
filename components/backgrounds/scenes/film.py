"""Film: what turns painted light into an 8-bit picture. Bloom, shoulder, vignette, grain and dither, in that order."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from components.backgrounds.scenes.brushes import blur, spread
from components.backgrounds.scenes.canvas import Light

_KNEE = 0.7
"""Linear light above which highlights are rolled off instead of clipped."""

_BLOOM = 0.06
"""Share of the light that a lens scatters around itself."""

_VIGNETTE = 0.34
"""How much of the light the corners lose."""

_GRAIN = 0.0055
"""Deviation of the grain in encoded values, at middle grey."""


def develop(light: Light) -> Light:
    """Linear light -> (H, W, 3) float32 encoded RGB in 0..1, at the same size."""
    height, width = light.shape[:2]
    light = np.maximum(light, 0)
    light = light * np.float32(1 - _BLOOM) + blur(np.minimum(light, 4), 0.02) * np.float32(_BLOOM)
    light *= spread(_falloff(width, height))
    over = np.maximum(light - np.float32(_KNEE), 0)
    room = np.float32(1 - _KNEE)
    light = np.minimum(light, np.float32(_KNEE)) + room * over / (over + room)
    return np.asarray(cv2.pow(np.clip(light, 0, 1), 1 / 2.2), dtype=np.float32)


def _falloff(width: int, height: int) -> NDArray[np.float32]:
    across = (np.arange(width, dtype=np.float32) + 0.5) / width * 2 - 1
    down = (np.arange(height, dtype=np.float32) + 0.5) / height * 2 - 1
    square = (across**2)[None, :] * np.float32(0.55) + (down**2)[:, None] * np.float32(0.45)
    return np.asarray(1 - np.float32(_VIGNETTE) * square ** np.float32(1.6), dtype=np.float32)


def print8(encoded: Light, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Encoded 0..1 -> (H, W, 3) uint8, with grain in the mid-tones and enough dither that no gradient bands."""
    height, width = encoded.shape[:2]
    grain = rng.standard_normal((height, width), dtype=np.float32)
    grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), 0.7), dtype=np.float32) * np.float32(2.2)
    grey = np.asarray(cv2.cvtColor(encoded, cv2.COLOR_RGB2GRAY), dtype=np.float32)
    weight = np.float32(0.35) + np.float32(2.6) * grey * (1 - grey)
    noisy = encoded + spread(grain * weight * np.float32(_GRAIN))
    noisy = noisy * np.float32(255) + rng.random((height, width, 3), dtype=np.float32)
    return np.asarray(np.clip(noisy, 0, 255), dtype=np.uint8)
