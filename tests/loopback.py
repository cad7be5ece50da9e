"""WebRTC on one machine: an event loop as Streamlit has it, a camera, and what is to be seen."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

import av
import numpy as np
from aiortc import RTCConfiguration, VideoStreamTrack
from numpy.typing import NDArray

from components.ui._compat import NewestFrameRelay
from tests.fakes import GREEN, SKIN, camera_frame

T = TypeVar("T")
OFFLINE = RTCConfiguration(iceServers=[])
WAIT = 15


class Loop:
    """An event loop in a thread of its own, as Streamlit has it."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="loop")
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T], timeout: float = WAIT) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(WAIT)
        self.loop.close()


class Camera(VideoStreamTrack):
    """30 frames a second; its size can be changed."""

    size = (320, 240)

    async def recv(self) -> av.VideoFrame:
        pts, time_base = await self.next_timestamp()
        frame = camera_frame(*self.size)
        frame.pts, frame.time_base = pts, time_base
        return frame


def is_composite(pixels: NDArray[np.uint8]) -> bool:
    height, width = pixels.shape[:2]
    person = np.abs(pixels[height * 2 // 3, width // 2].astype(int) - SKIN).max() < 20
    return bool(person and np.abs(pixels[5, 5].astype(int) - GREEN).max() < 20)


async def drained(relay: NewestFrameRelay) -> None:
    """Wait for the relay's tasks to end."""
    tasks = list(relay._MediaRelay__tasks.values())  # type: ignore[attr-defined]
    if tasks:
        _, left = await asyncio.wait(tasks, timeout=WAIT)
        assert not left
