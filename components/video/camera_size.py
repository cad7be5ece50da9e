"""The size at which a camera is worked on: what a camera sends is bounded, and so is how often its size may change.

A size costs: the slate, the backdrop and the matte's buffers are made anew for each. A camera that sends 4096x4096, or
another size with every frame, must not take the server's memory and time from everybody else.
"""

from __future__ import annotations

from collections.abc import Callable

from components.rate_limit import RateLimit
from components.video.planes import Size, even

LONG_SIDE, SHORT_SIDE = 1920, 1080
"""Pixels. A larger camera picture is shrunk to fit, lying or standing, before anything else is done with it."""

CHANGES_AT_ONCE = 6
"""Changes of size that are followed at once: a browser that starts goes through three or four within two seconds, and
a phone that is turned makes one."""

SECONDS_PER_CHANGE = 1.0
"""After those, one change in this time is followed."""


def bounded(size: Size) -> Size:
    """The even size of the same shape that fits into `LONG_SIDE` x `SHORT_SIDE`, lying or standing; never larger than
    `size`, and at least 2x2."""
    long, short = max(size), min(size)
    scale = min(1.0, LONG_SIDE / max(long, 1), SHORT_SIDE / max(short, 1))
    return even((int(size[0] * scale), int(size[1] * scale)))


class SizeChanges:
    """Tells which frames may be used when a camera changes its size. One thread.

    A frame whose size comes too soon after too many others is left out. If the size stays, it is accepted within
    `SECONDS_PER_CHANGE`.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._size: Size | None = None
        self._changes = RateLimit(CHANGES_AT_ONCE, 1 / SECONDS_PER_CHANGE, clock)

    def accepts(self, size: Size) -> bool:
        """Whether a frame of this size may be used now; if so, it is the camera's size from now on."""
        if size == self._size:
            return True
        if self._size is not None and not self._changes.allows():
            return False
        self._size = size
        return True
