"""How work for somebody who has left is ended, from any thread."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Stopped(Exception):
    """The work was ended because nobody waits for it any more."""


class Stop:
    """Whether somebody still waits. `set` also kills the process that works for them. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set = False
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_set(self) -> bool:
        """True from the first `set` on."""
        return self._set

    def set(self) -> None:
        """Nobody waits any more. Does not wait itself; any number of times."""
        with self._lock:
            self._set = True
            if self._process is not None:
                self._process.kill()

    def check(self) -> None:
        """Raise Stopped if nobody waits any more."""
        if self._set:
            raise Stopped

    @contextmanager
    def holding(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """Kill this process too on `set`, also if that came before."""
        with self._lock:
            self._process = process
            if self._set:
                process.kill()
        try:
            yield
        finally:
            with self._lock:
                self._process = None
