"""A steady beat for a thread: the n-th beat is due n/rate seconds after the origin, however long the work takes."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable


class Beat:
    """Beats of one thread. Two of one origin share a clock: that is how picture and sound agree.

    A thread that is late by up to `patience` beats makes them up at once; later than that, it leaves them out.
    """

    def __init__(
        self, rate: float, origin: float, *, patience: int = 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._origin = origin
        self._patience = patience
        self._clock = clock
        self._last = -1

    def wait(self, stopped: threading.Event) -> int | None:
        """Sleep until the next beat; its number, which always grows, or None once stopped."""
        now = int((self._clock() - self._origin) * self._rate)
        beat = self._last + 1
        if now > beat + self._patience:
            beat = now
        if stopped.wait(max(0.0, self.due(beat) - self._clock())):
            return None
        self._last = beat
        return beat

    def due(self, beat: int) -> float:
        """When a beat is due, on the clock."""
        return self._origin + beat / self._rate


class OnBeat(ABC):
    """A thread that does one piece of work on every beat."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, pace: Beat) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, args=(pace,), name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the work in hand. Any thread, any number of times; does not wait."""
        self._stopped.set()

    def join(self, timeout: float) -> bool:
        """Wait for the thread's end, in seconds; tells whether it came. Never on the event loop."""
        if self._thread is not None:
            self._thread.join(timeout)
        return self._thread is None or not self._thread.is_alive()

    @abstractmethod
    def _run(self, pace: Beat) -> None:
        """The thread: work on every beat until `_stopped`."""
