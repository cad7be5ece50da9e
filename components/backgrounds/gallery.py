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
    """The scene at `SIZE`: uint8 720x1280x3 RGB, not to be written to.

    Any thread. In a new process it blocks until the scene's turn has come: half a second for each one before it.
    """
    return _painted()[key].result()


@cache
def _painted() -> dict[str, Future[NDArray[np.uint8]]]:
    """All scenes, on their way: one thread paints them in their order, which is the order of the page."""
    painter = ThreadPoolExecutor(1, thread_name_prefix="painter")
    futures = {scene.key: painter.submit(paint, scene.key, *SIZE) for scene in SCENES}
    painter.shutdown(wait=False)
    return futures
