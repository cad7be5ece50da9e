"""What the frame path costs right now, in numbers a streamer can read."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from components.video.planes import Size

WINDOW_SECONDS = 2.0
"""Rates are means over this long: short enough to follow, long enough to hold still."""

KEPT = 300
"""Frames remembered: ten seconds at 30 fps."""


@dataclass(frozen=True, slots=True)
class Figures:
    """A snapshot. Rates in frames per second, times in milliseconds (medians), `size` of the composite in pixels."""

    fps_in: float = 0.0
    fps_out: float = 0.0
    frame_ms: float = 0.0
    delay_ms: float = 0.0
    stage_ms: dict[str, float] = field(default_factory=dict)
    size: Size | None = None
    arrived: int = 0
    frames: int = 0
    skipped: int = 0
    failures: int = 0
    last_failure: str | None = None
    quality: str = ""
    """The level in words, and on Auto what it came to."""


class Meter:
    """Collects what the worker and the sink tell it. Any thread."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._arrived: deque[float] = deque(maxlen=KEPT)
        self._done: deque[float] = deque(maxlen=KEPT)
        self._delays: deque[float] = deque(maxlen=30)
        self._stages: deque[dict[str, float]] = deque(maxlen=30)
        self._size: Size | None = None
        self._arrivals = 0
        self._frames = 0
        self._failures = 0
        self._last_failure: str | None = None

    def arrived(self) -> None:
        """A camera frame came in."""
        with self._lock:
            self._arrived.append(self._clock())
            self._arrivals += 1

    def composed(self, size: Size, delay: float, stages: dict[str, float]) -> None:
        """A composite went out, `delay` seconds after its frame came in; seconds spent in each stage."""
        with self._lock:
            self._done.append(self._clock())
            self._delays.append(delay)
            self._stages.append(stages)
            self._size = size
            self._frames += 1

    def failed(self, reason: str) -> None:
        """A frame could not be composed."""
        with self._lock:
            self._failures += 1
            self._last_failure = reason

    def figures(self, skipped: int, quality: str) -> Figures:
        """A snapshot of now; `skipped` frames were pushed out by newer ones, `quality` is the level in words."""
        with self._lock:
            since = self._clock() - WINDOW_SECONDS
            names = self._stages[-1] if self._stages else {}
            return Figures(
                fps_in=sum(at > since for at in self._arrived) / WINDOW_SECONDS,
                fps_out=sum(at > since for at in self._done) / WINDOW_SECONDS,
                frame_ms=1000 * median(sum(s.values()) for s in self._stages) if self._stages else 0.0,
                delay_ms=1000 * median(self._delays) if self._delays else 0.0,
                stage_ms={name: 1000 * median(s.get(name, 0.0) for s in self._stages) for name in names},
                size=self._size,
                arrived=self._arrivals,
                frames=self._frames,
                skipped=skipped,
                failures=self._failures,
                last_failure=self._last_failure,
                quality=quality,
            )
