"""The painted scenes, each painted once for the whole process, and once small for those that nobody has chosen yet."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from components.backgrounds.painter import SCENES, paint

Size = tuple[int, int]
"""Width and height in pixels."""

SIZE = (1280, 720)
"""Enough for a 720p camera; cover-cropped for others."""

SKETCH = (320, 180)
"""Enough for a thumbnail, and painted in a fifth of the time."""

FEATURED, OTHERS = SCENES[:8], SCENES[8:]
"""Those that are painted at once, and those that are painted when somebody wants them: all would keep a core busy for
the first quarter of a minute. Until then those have sketches, three seconds for all of them."""

_lock = threading.Lock()
# Who has chosen a scene does not wait for sketches.
_painters = {size: ThreadPoolExecutor(1, thread_name_prefix="painter") for size in (SIZE, SKETCH)}
_paintings: dict[tuple[str, Size], Future[NDArray[np.uint8]]] = {}


def picture(key: str, size: Size = SIZE) -> NDArray[np.uint8]:
    """The scene at `SIZE` or `SKETCH`: uint8 HxWx3 RGB, not to be written to.

    Any thread. Blocks for half a second if it is not painted yet, and as long for each one that is asked for before it.
    """
    return _painting(key, size).result()


def ready(key: str, size: Size = SIZE) -> bool:
    """Whether `picture` would answer at once; if not, it will before long."""
    return _painting(key, size).done()


def _painting(key: str, size: Size) -> Future[NDArray[np.uint8]]:
    with _lock:
        if (key, size) not in _paintings:
            _paintings[key, size] = _painters[size].submit(paint, key, *size)
        return _paintings[key, size]
