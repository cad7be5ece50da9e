"""Holds sound back by a wanted time, however unevenly it arrives and however wrong its clock runs."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
CHUNK = 960
"""20 ms at `RATE`."""

Samples = NDArray[np.int16]
"""Nx2: left and right."""

LEAST, LEAST_AT_MOST = 0.030, 0.120
"""The shortest delay, in seconds, at which no chunk is asked for before it has come: a chunk's length, and as much as
arrivals have lately been late. At least half a chunk is allowed for that; and never more than five."""
GAP_ADDS, FORGOTTEN = 0.020, 0.002
"""To the lateness, for each gap; and from it, in a second."""

JUMP = 0.100
"""A delay that is wrong by more, in seconds, is set right at once; one that is less wrong, by playing up to 1 % faster
or slower, which nobody hears."""
STRETCH = 9
"""Samples in a chunk."""
DEAD_BAND = 0.002

SMOOTHING = 0.02
"""Of the measured delay: a second, at fifty chunks a second."""

MOST_HELD = RATE // 2
"""Samples; older ones are dropped, so that nothing grows while nobody takes."""


class DelayLine:
    """Chunks in whenever they come, chunks of 20 ms out on a beat. Any thread.

    The delay of a sample is the time from its arrival to its place on the beat's clock. It is steered towards `wanted`.
    """

    def __init__(self) -> None:
        self.wanted = LEAST
        """Seconds."""
        self.gaps = 0
        """So far."""
        self._lock = threading.Lock()
        self._held: Samples = np.empty((0, 2), np.int16)
        self._arrived, self._arrived_count = 0.0, 0
        self._playing = False
        self._delay = LEAST
        self._late = 0.0

    @property
    def least(self) -> float:
        """The shortest delay that can be kept at present, in seconds; `wanted` should not be less."""
        return min(LEAST_AT_MOST, max(LEAST, CHUNK / RATE + self._late))

    def put(self, samples: Samples, now: float) -> None:
        """Take in samples that arrived `now`, in seconds on the clock of `take`."""
        with self._lock:
            self._held = np.concatenate((self._held, samples))[-MOST_HELD:]
            self._arrived, self._arrived_count = now, len(samples)

    def take(self, now: float) -> Samples:
        """The `CHUNK` samples whose place is at `now`; silence where there are none."""
        with self._lock:
            self._late = min(max(0.0, self._late - FORGOTTEN * CHUNK / RATE), LEAST_AT_MOST)
            if not self._playing and not self._begin(now):
                return np.zeros((CHUNK, 2), np.int16)
            measured = self._measured(now)
            self._late = max(self._late, self._delay - measured)
            self._delay += SMOOTHING * (measured - self._delay)
            wrong = self._delay - self.wanted
            if wrong > JUMP:
                self._drop(wrong)
                wrong = 0.0
            stretch = 0 if abs(wrong) < DEAD_BAND else int(np.clip(wrong * RATE / 20, -STRETCH, STRETCH))
            taken, self._held = self._held[: CHUNK + stretch], self._held[CHUNK + stretch :]
            if len(taken) < CHUNK + stretch:
                return self._gap(taken)
            self._delay -= stretch / RATE
            return _stretched(taken) if stretch else taken

    def _measured(self, now: float) -> float:
        """The delay of the newest samples, if they are given out in turn from now on."""
        return now - self._arrived + (len(self._held) - self._arrived_count) / RATE

    def _begin(self, now: float) -> bool:
        """Start to play if the wanted delay is reached within this chunk; so that it is met to the sample."""
        if not len(self._held):
            return False
        early = self.wanted - self._measured(now)
        if early > CHUNK / RATE:
            return False
        if early > 0:
            self._held = np.concatenate((np.zeros((round(early * RATE), 2), np.int16), self._held))
        else:
            self._drop(-early)
        self._playing, self._delay = True, self.wanted
        return True

    def _drop(self, seconds: float) -> None:
        self._held = self._held[round(seconds * RATE) :]
        self._delay -= seconds

    def _gap(self, rest: Samples) -> Samples:
        """What is left, and silence after it; the delay is built up anew."""
        self._playing = False
        self.gaps += 1
        self._late += GAP_ADDS
        chunk = np.zeros((CHUNK, 2), np.int16)
        rest = rest[:CHUNK]
        chunk[: len(rest)] = rest
        return chunk


def _stretched(samples: Samples) -> Samples:
    """The samples as one chunk, linearly between them."""
    at = np.linspace(0, len(samples) - 1, CHUNK)
    source = np.arange(len(samples))
    return np.stack([np.interp(at, source, samples[:, side]) for side in (0, 1)], axis=1).astype(np.int16)
