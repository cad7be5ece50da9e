"""Between WebRTC and the worker: the sink that takes the camera in, and the studio track that gives composites out.

Everything here runs on the event loop and must not block, but for what says otherwise. (aiortc tracks; no Streamlit.)
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from fractions import Fraction

import av
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from components.loops import call_on
from components.video.planes import to_frame
from components.video.processor import Processor
from components.video.sink import Sink
from components.video.slate import BUSY, slate

logger = logging.getLogger(__name__)

TIME_BASE = Fraction(1, 90_000)
"""RTP's video clock (RFC 3551)."""

REPEAT_SECONDS = 0.2
"""The longest a viewer waits for a picture: with no composite coming, the last picture is repeated."""


SILENCE_SECONDS = 30.0
"""Without a camera frame for so long the connection is given up: who offers and never comes must not keep a seat. A
camera that is switched off sends black frames."""


class StudioTrack(MediaStreamTrack):
    """Composites as they are made. It never holds a camera frame: the processor gives none out."""

    kind = "video"

    def __init__(self, processor: Processor) -> None:
        super().__init__()
        self._processor = processor
        self._fresh = asyncio.Event()
        self._sent: av.VideoFrame | None = None
        self._refused = False
        self._origin = 0.0
        self._pts = -1

    def notify(self, loop: asyncio.AbstractEventLoop) -> None:
        """A composite is ready. Any thread."""
        call_on(loop, self._fresh.set)

    def stop(self) -> None:
        """End the track, and wake whoever waits for its next picture. Event loop."""
        super().stop()
        self._fresh.set()

    def refuse(self, refused: bool) -> None:
        """Say that the studio is busy, or no longer."""
        self._refused = refused

    async def recv(self) -> av.VideoFrame:
        """The next composite, or after `REPEAT_SECONDS` what may be shown instead. yuv420p, even size."""
        if self.readyState != "live":
            raise MediaStreamError
        if self._pts >= 0:
            try:
                await asyncio.wait_for(self._fresh.wait(), REPEAT_SECONDS)
            except TimeoutError:
                logger.debug("No new composite; repeating")
        if self.readyState != "live":
            raise MediaStreamError
        self._fresh.clear()
        picture, composite = (slate(BUSY, self._processor.size), None) if self._refused else self._processor.picture()
        # A frame that an encoder may still be reading is not stamped anew: a repeat is a copy.
        frame = composite if composite is not None and composite is not self._sent else to_frame(picture)
        self._sent = composite
        return self._stamped(frame)

    def _stamped(self, frame: av.VideoFrame) -> av.VideoFrame:
        now = time.monotonic()
        if self._pts < 0:
            self._origin = now
        self._pts = max(self._pts + 1, int((now - self._origin) / TIME_BASE))
        frame.pts, frame.time_base = self._pts, TIME_BASE
        return frame


class CameraSink(Sink):
    """Feeds one connection's camera track to its processor, and knows when the camera has gone.

    `still_there`: whether something else still comes from the visitor. A camera that is switched off at its button does
    not then end the connection, and with it the voice.
    """

    def __init__(
        self,
        processor: Processor,
        on_start: Callable[[], bool],
        on_end: Callable[[], None],
        still_there: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__("camera-sink")
        self._still_there = still_there
        self._processor = processor
        self._on_start = on_start
        self._on_end = on_end

    async def _read(self, track: MediaStreamTrack) -> None:
        try:
            begun = self._on_start()
            while True:
                frame = await self._next(track)
                # Who came when every seat was taken gets the next one that is free.
                begun = begun or self._on_start()
                if begun and isinstance(frame, av.VideoFrame):
                    self._processor.submit(frame)
        except (MediaStreamError, TimeoutError):
            logger.debug("The camera track has ended")
        finally:
            self._on_end()

    async def _next(self, track: MediaStreamTrack) -> object:
        """The next frame, however late, while something else comes; raises TimeoutError if nothing does."""
        while True:
            try:
                async with asyncio.timeout(SILENCE_SECONDS):
                    return await track.recv()
            except TimeoutError:
                if not self._still_there():
                    raise
