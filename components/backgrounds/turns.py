"""Whose turn it is: how many files of strangers are decoded at once in this process, and how long the others wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from components.backgrounds.stop import Stop
from components.errors import UploadError

UPLOAD_PATIENCE_SECONDS = 60.0
"""How long an uploaded picture waits for its turn; one takes a second or two, on a busy machine five."""
GENERATED_PATIENCE_SECONDS = 120.0
"""The same for a picture that may have been paid for: it is not given up while the server is merely busy."""
_LOOK_SECONDS = 0.1


class Turns:
    """At most `at_once` holders, and at most `waiting` who wait for them. Any thread."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._free = threading.BoundedSemaphore(at_once)
        self._places = threading.BoundedSemaphore(at_once + waiting)

    @contextmanager
    def take(self, patience: float, busy: str, stop: Stop | None = None) -> Iterator[None]:
        """Hold a turn; wait for it at most `patience` seconds. Raises UploadError(`busy`), or Stopped."""
        if not self._places.acquire(blocking=False):
            raise UploadError(busy)
        try:
            self._wait(patience, busy, stop)
            try:
                yield
            finally:
                self._free.release()
        finally:
            self._places.release()

    def _wait(self, patience: float, busy: str, stop: Stop | None) -> None:
        deadline = time.monotonic() + patience
        while not self._free.acquire(timeout=_LOOK_SECONDS):
            if stop is not None:
                stop.check()
            if time.monotonic() > deadline:
                raise UploadError(busy)


PICTURES = Turns(at_once=1, waiting=64)
"""For everything that decodes a picture: uploads, generated and fetched pictures, thumbnails. One decoded picture may
take 450 MB for a moment."""
CLIPS = Turns(at_once=2, waiting=8)
"""For clips that are being rewritten: each takes a processor for seconds, and up to 700 MB for films of 4096x4096."""
