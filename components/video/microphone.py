"""The browser's microphone, as far as a publication needs it. It is never echoed back."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

import av
import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from components.video.delay_line import RATE, DelayLine

logger = logging.getLogger(__name__)


class Microphone:
    """Reads one connection's sound into a delay line: 48 kHz, stereo. Without a microphone there is silence.

    It has the methods that streamlit-webrtc asks of a sink, which is why they are named as they are.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.line = DelayLine()
        self._clock = clock
        self._track: MediaStreamTrack | None = None
        self._task: asyncio.Task[None] | None = None

    def addTrack(self, track: MediaStreamTrack) -> None:  # noqa: N802 - streamlit-webrtc's name
        """Take this sound track."""
        self._track = track

    def hasTrack(self) -> bool:  # noqa: N802 - streamlit-webrtc's name
        """Whether a sound track has been given."""
        return self._track is not None

    def start(self) -> None:
        """Begin to read; on the event loop."""
        if self._track is None:
            raise RuntimeError("The microphone has no track yet.")
        self._task = asyncio.get_running_loop().create_task(self._read(self._track), name="microphone")

    def stop(self) -> None:
        """Stop reading. Any thread: streamlit-webrtc calls this from a script's or a watcher's."""
        if self._task is not None:
            try:
                self._task.get_loop().call_soon_threadsafe(self._task.cancel)
            except RuntimeError:
                logger.debug("The event loop is closed; nobody reads any more")

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
