"""Auto's controller: how much may be done for each frame, by what the last ones cost."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

FRAME_SECONDS = 1 / 30

SHARE = 0.6
"""Of a frame's time that a worker may be busy: the rest is the encoders', the event loop's, and reserve."""

USABLE = 0.7
"""Of all cores that workers may take together, for the same reason."""


class SharedCores:
    """Splits the machine between the workers of this process: each gets the same time, whatever it makes of it.

    Any thread. Without this the first to lower its quality would make room that the others take.
    """

    def __init__(self, cores: int) -> None:
        self._cores = cores
        self._workers: set[object] = set()
        self._lock = threading.Lock()

    def join(self, worker: object) -> None:
        """Count this worker."""
        with self._lock:
            self._workers.add(worker)

    def leave(self, worker: object) -> None:
        """Count it no more; harmless for who is not counted."""
        with self._lock:
            self._workers.discard(worker)

    def budget(self) -> float:
        """Seconds that one worker may spend on a frame."""
        with self._lock:
            workers = max(1, len(self._workers))
        return FRAME_SECONDS * min(SHARE, USABLE * self._cores / workers)


def usable_cores() -> int:
    """The processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


WINDOW_SECONDS = 1.0
"""Costs are judged over this long: a single late frame says nothing."""

LEAST_FRAMES = 8
"""In a window, however long they take."""

HURRY = 1.5
"""Over the budget by so much, one window is enough to step down; otherwise two in a row are asked for."""

ROOM = 0.85
"""The rung above must be foreseen to take no more than this share of the budget."""

CALM_WINDOWS = 3
"""So many windows with room before a step up: a step down is wanted quickly, a step up is not."""

SKIPPED = 0.1
"""Share of frames pushed out by newer ones from which a worker that is busy half its budget counts as overloaded: its
own frames are cheap, but it does not get to them."""

TRIAL_SECONDS = 10.0
"""A step up that has to be taken back within this long has failed."""

LIGHTER = 0.8
"""After a failed step up the next waits until a frame costs this share of what it did, or until the patience ends."""

PATIENCE_SECONDS = 60.0
"""The first patience after a failed step up; it doubles with every further failure, up to `MOST_PATIENCE_SECONDS`."""

MOST_PATIENCE_SECONDS = 960.0


@dataclass(frozen=True, slots=True)
class _Failure:
    """A step up that had to be taken back: tried at this pressure, taken back at this time, not to be tried for this
    many seconds unless it has become lighter."""

    pressure: float
    at: float
    patience: float


class Pace:
    """Where a session stands on a ladder of costs: 0 is the dearest rung. One thread.

    `dearer[n]` says how many times as much as rung n+1 a frame is likely to cost on rung n; `budget` gives the seconds
    that a frame may take now. It steps by one rung at a time, and settles: under a load that does not change, steps
    up are tried ever more seldom.
    """

    def __init__(
        self, clock: Callable[[], float], budget: Callable[[], float], dearer: Sequence[float], start: int
    ) -> None:
        self._clock = clock
        self._budget = budget
        self._dearer = dearer
        self.rung = start
        self._failed: dict[int, _Failure] = {}
        self._climbed_at = -TRIAL_SECONDS
        self._climbed_from = 0.0
        self._skipped_before = 0
        self._times: list[float] = []
        self._since = 0.0
        self._fresh = True
        self._hot = self._calm = 0
        self._begin()

    def spent(self, seconds: float, skipped: int) -> None:
        """A frame took this long; `skipped` frames were pushed out by newer ones since the session began."""
        now = self._clock()
        self._times.append(seconds)
        if now - self._since < WINDOW_SECONDS or len(self._times) < LEAST_FRAMES:
            return
        pressure = self._pressure(skipped - self._skipped_before)
        self._skipped_before = skipped
        fresh, self._fresh = self._fresh, False
        self._times, self._since = [], now
        # The first window on a rung holds what the change itself cost.
        if not fresh:
            self._judge(pressure, now)

    def rest(self) -> None:
        """A frame that was not made on the ladder: what it cost says nothing."""
        self._begin()

    def _begin(self) -> None:
        """On another rung, or back on it."""
        self._times, self._since = [], self._clock()
        self._fresh = True
        self._hot = self._calm = 0

    def _pressure(self, skipped: int) -> float:
        """The usual frame's share of the budget; beyond 1 also where frames are skipped."""
        times = np.sort(self._times)
        # A mean, as with a stride cheap frames follow dear ones; without the slowest tenth, which is other people's.
        usual = float(times[: max(1, round(0.9 * times.size))].mean()) / self._budget()
        share = skipped / (skipped + times.size)
        return max(usual, 1 + share) if share > SKIPPED and usual > 0.5 else usual

    def _judge(self, pressure: float, now: float) -> None:
        if now - self._climbed_at >= TRIAL_SECONDS:
            self._failed.pop(self.rung, None)
        self._hot = self._hot + 1 if pressure > 1 else 0
        self._calm = self._calm + 1 if self._room_above(pressure, now) else 0
        if (self._hot >= 2 or pressure > HURRY) and self.rung < len(self._dearer) - 1:
            self._step_down(now)
        elif self._calm >= CALM_WINDOWS:
            self._climbed_at, self._climbed_from = now, pressure
            self.rung -= 1
            self._begin()

    def _step_down(self, now: float) -> None:
        if now - self._climbed_at < TRIAL_SECONDS:
            before = self._failed.get(self.rung)
            patience = min(MOST_PATIENCE_SECONDS, 2 * before.patience) if before else PATIENCE_SECONDS
            self._failed[self.rung] = _Failure(self._climbed_from, now, patience)
        self.rung += 1
        self._begin()

    def _room_above(self, pressure: float, now: float) -> bool:
        above = self.rung - 1
        if above < 0 or pressure * self._dearer[above] > ROOM:
            return False
        failed = self._failed.get(above)
        return failed is None or pressure < LIGHTER * failed.pressure or now - failed.at > failed.patience
