"""The painted scenes, each painted once for the whole process."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from components.backgrounds.painter import SCENES, paint

SIZE = (1280, 720)
"""Enough for a 720p camera; cover-cropped for others."""

FEATURED, OTHERS = SCENES[:8], SCENES[8:]
"""Those that the page shows with a thumbnail, and those that are painted when somebody wants them: all at once would
keep a core busy for the first quarter of a minute."""

_lock = threading.Lock()
_painter = ThreadPoolExecutor(1, thread_name_prefix="painter")
_paintings: dict[str, Future[NDArray[np.uint8]]] = {}


def picture(key: str) -> NDArray[np.uint8]:
    """The scene at `SIZE`: uint8 720x1280x3 RGB, not to be written to.

    Any thread. Blocks for half a second if it is not painted yet, and as long for each one that is asked for before it.
    """
    return _painting(key).result()


def ready(key: str) -> bool:
    """Whether `picture` would answer at once; if not, it will before long."""
    return _painting(key).done()


def _painting(key: str) -> Future[NDArray[np.uint8]]:
    with _lock:
        if key not in _paintings:
            _paintings[key] = _painter.submit(paint, key, *SIZE)
        return _paintings[key]
