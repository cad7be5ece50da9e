"""The browser's microphone, as far as a publication needs it. It is never echoed back."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import av
import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from components.video.delay_line import RATE, DelayLine
from components.video.sink import Sink

logger = logging.getLogger(__name__)


class Microphone(Sink):
    """Reads one connection's sound into a delay line: 48 kHz, stereo. Without a microphone there is silence."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__("microphone")
        self.line = DelayLine()
        self._clock = clock

    async def _read(self, track: MediaStreamTrack) -> None:
        resampler = av.AudioResampler(format="s16", layout="stereo", rate=RATE)
        try:
            while True:
                frame = await track.recv()
                if isinstance(frame, av.AudioFrame):
                    frame.pts = None  # gaps are the delay line's business
                    for even in resampler.resample(frame):
                        self.line.put(even.to_ndarray().reshape(-1, 2).astype(np.int16, copy=False), self._clock())
        except MediaStreamError:
            logger.debug("The sound track has ended")
