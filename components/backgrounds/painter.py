"""The built-in scenes: backgrounds that need no model, no network and no file, painted anew for any size.

A scene is a function that fills a `Canvas` with linear light (see `scenes`); the painter gives it the canvas and its
chance, and makes the 8-bit picture. Nothing here keeps state, so any thread may paint.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from components.backgrounds.scenes import aurora, beach, city, forest, lake, library, office, studio
from components.backgrounds.scenes.canvas import Canvas, Light
from components.backgrounds.scenes.film import develop, print8

_LEAST_AREA = 480 * 270
"""Smaller pictures are painted at this many pixels and shrunk, so that a thumbnail is the picture, not another one."""

_MOST_AREA = 960 * 540
"""Larger ones are painted at this many and enlarged: they are out of focus anyway, and the grain is added after."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One built-in background: what the user calls it, what the code calls it, and how to paint it."""

    name: str
    key: str
    paint: Callable[[Canvas], Light]


SCENES: tuple[Scene, ...] = (
    Scene("Beach", "beach", beach.paint),
    Scene("Mountain lake", "mountain-lake", lake.paint),
    Scene("City at night", "city-night", city.paint),
    Scene("Library", "library", library.paint),
    Scene("Modern office", "office", office.paint),
    Scene("Forest in mist", "forest-mist", forest.paint),
    Scene("Aurora over snow", "aurora", aurora.paint),
    Scene("Studio gradient", "studio", studio.paint),
)
"""Every scene, in the order in which the picker shows them."""

_BY_KEY = {scene.key: scene for scene in SCENES}


def paint(key: str, width: int, height: int, seed: int = 0) -> NDArray[np.uint8]:
    """Paint a scene: (height, width, 3) uint8 RGB, C-contiguous, the caller's own.

    The same key, seed and size always give the same pixels; the same key and seed at another size of the same
    shape give the same composition. Takes a few tenths of a second at 1280x720: not for the event loop.
    Raises ValueError for an unknown key or a size below 1 (a programmer's error: keys come from `SCENES`).
    """
    if key not in _BY_KEY:
        raise ValueError(f"No such scene: {key!r}. Known: {', '.join(_BY_KEY)}.")
    if width < 1 or height < 1:
        raise ValueError(f"A picture needs a positive size, not {width}x{height}.")
    rng = np.random.default_rng([zlib.crc32(key.encode()), seed & 0xFFFF_FFFF_FFFF_FFFF])
    grain = np.random.default_rng(int(rng.integers(1 << 62)))
    work_width, work_height = _working_size(width, height)
    encoded = develop(_BY_KEY[key].paint(Canvas(work_width, work_height, rng)))
    if (work_width, work_height) != (width, height):
        shrinking = width * height < work_width * work_height
        how = cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC
        encoded = np.asarray(cv2.resize(encoded, (width, height), interpolation=how), dtype=np.float32)
    return print8(encoded, grain)


def _working_size(width: int, height: int) -> tuple[int, int]:
    area = width * height
    scale = (min(max(area, _LEAST_AREA), _MOST_AREA) / area) ** 0.5
    return max(8, round(width * scale)), max(8, round(height * scale))
