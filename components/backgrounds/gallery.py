"""The painted scenes, each painted once for the whole process."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache

import numpy as np
from numpy.typing import NDArray

from components.backgrounds.painter import SCENES, paint

SIZE = (1280, 720)
"""Enough for a 720p camera; cover-cropped for others."""

def picture(key: str) -> NDArray[np.uint8]:
    """The scene at `SIZE`: uint8 720x1280x3 RGB, not to be written to. Any thread; at most a second, once."""
    future = _painted()[key]
    # A scene that still waits for its turn is painted here and now: somebody wants it.
    return _picture(key) if future.cancel() or future.cancelled() else future.result()


@cache
def _picture(key: str) -> NDArray[np.uint8]:
    return paint(key, *SIZE)


@cache
def _painted() -> dict[str, Future[NDArray[np.uint8]]]:
    """All scenes, on their way: one thread paints them in their order, so that a click finds its scene ready."""
    painter = ThreadPoolExecutor(1, thread_name_prefix="painter")
    futures = {scene.key: painter.submit(_picture, scene.key) for scene in SCENES}
    painter.shutdown(wait=False)
    return futures
