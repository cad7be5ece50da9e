"""The browser's microphone, as far as a publication needs it. It is never echoed back."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import av
import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from components.video.delay_line import RATE, DelayLine, Samples
from components.video.sink import Sink

logger = logging.getLogger(__name__)


INAUDIBLE = 1
"""The loudest sample, of 32767, of a microphone that is switched off: its sound is nothing but zeros. A quiet room is
louder by far."""

PRESENT_SECONDS = 5.0
"""A browser sends a packet each 20 ms, also of silence."""


class Microphone(Sink):
    """Reads one connection's sound into a delay line: 48 kHz, stereo. Without a microphone there is silence."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__("microphone")
        self.line = DelayLine()
        self._clock = clock
        self._came_at: float | None = None
        self._heard_at: float | None = None

    @property
    def missing_seconds(self) -> float:
        """For how long no sound has come; 0 before the first. Any thread."""
        return self._clock() - self._came_at if self._came_at is not None else 0.0

    @property
    def silent_seconds(self) -> float:
        """For how long what came was nothing but zeros; 0 before the first. Any thread."""
        return self._clock() - self._heard_at if self._heard_at is not None else 0.0

    def sends(self) -> bool:
        """Whether sound comes at present, audible or not. Any thread."""
        return self._came_at is not None and self.missing_seconds < PRESENT_SECONDS

    async def _read(self, track: MediaStreamTrack) -> None:
        resampler = av.AudioResampler(format="s16", layout="stereo", rate=RATE)
        try:
            while True:
                frame = await track.recv()
                if isinstance(frame, av.AudioFrame):
                    frame.pts = None  # gaps are the delay line's business
                    for even in resampler.resample(frame):
                        self._put(even.to_ndarray().reshape(-1, 2).astype(np.int16, copy=False))
        except MediaStreamError:
            logger.debug("The sound track has ended")

    def _put(self, samples: Samples) -> None:
        now = self._clock()
        self.line.put(samples, now)
        self._came_at = now
        if self._heard_at is None or int(samples.max()) > INAUDIBLE or int(samples.min()) < -INAUDIBLE:
            self._heard_at = now
