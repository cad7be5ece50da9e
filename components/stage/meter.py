"""Measures what a publication puts out, for a destination that has no network of its own to ask."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import av


class Meter:
    """A tap that counts. The encoders' threads count, any other reads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._bytes = 0
        self._since = clock()

    def video(self, packet: av.Packet[Any]) -> None:
        """Count one picture."""
        with self._lock:
            self._bytes += packet.size

    def audio(self, frame: av.AudioFrame) -> None:
        """Sound is a twentieth of the whole, and its size is not known here."""

    def kbps(self) -> float | None:
        """Kilobits a second since the last call; None if that was just now."""
        now = self._clock()
        with self._lock:
            seconds, counted = now - self._since, self._bytes
            if seconds < 0.2:
                return None
            self._since, self._bytes = now, 0
        return counted * 8 / 1000 / seconds
