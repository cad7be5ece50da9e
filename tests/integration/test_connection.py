"""A browser's part played by aiortc, over real loopback WebRTC, against streamlit-webrtc's own worker."""

import asyncio
import ctypes
import gc
import os
import threading
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import av
import numpy as np
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from numpy.typing import NDArray
from streamlit_webrtc import WebRtcMode
from streamlit_webrtc.webrtc import WebRtcWorker

from components.ui._compat import NewestFrameRelay
from components.video.backdrop import Still
from components.video.frame_path import Look
from components.video.planes import to_rgb, view
from components.video.studio import Connection, Seats, Studio
from tests.fakes import GREEN, SKIN, FakeSegmenter, camera_frame, middle_third, share_of_room

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


@pytest.fixture
def loop() -> Iterator[Loop]:
    it = Loop()
    # streamlit-webrtc asks for this thread's loop, and would make one that nobody closes.
    asyncio.set_event_loop(it.loop)
    yield it
    asyncio.set_event_loop(None)
    it.close()


class Camera(VideoStreamTrack):
    """30 frames a second; its size can be changed."""

    size = (320, 240)

    async def recv(self) -> av.VideoFrame:
        pts, time_base = await self.next_timestamp()
        frame = camera_frame(*self.size)
        frame.pts, frame.time_base = pts, time_base
        return frame


class Viewer:
    """The browser: gives the camera, and keeps what it is shown."""

    def __init__(self) -> None:
        self.camera = Camera()
        self.pictures: list[NDArray[np.uint8]] = []
        self.shown = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    async def offer(self) -> RTCSessionDescription:
        self.peer = RTCPeerConnection(OFFLINE)
        self.peer.addTransceiver(self.camera, direction="sendrecv")
        self.peer.add_listener("track", self._watch)
        await self.peer.setLocalDescription(await self.peer.createOffer())
        return self.peer.localDescription

    def _watch(self, track: Any) -> None:
        self._watching = asyncio.ensure_future(self._keep(track))

    async def _keep(self, track: Any) -> None:
        while True:
            frame = await track.recv()
            assert share_of_room(frame) < 0.01
            self.pictures.append(to_rgb(view(frame)))
            self.shown.set()

    async def sees(self, condition: Any) -> NDArray[np.uint8]:
        async with asyncio.timeout(WAIT):
            while True:
                assert self._watching is None or not self._watching.done() or self._watching.result()
                if found := next((p for p in self.pictures[-5:] if condition(p)), None) is not None:
                    return found
                self.shown.clear()
                await self.shown.wait()

    async def close(self) -> None:
        if self._watching:
            self._watching.cancel()
        await self.peer.close()


def connect(
    loop: Loop, relay: NewestFrameRelay, studio: Studio, segmenter: FakeSegmenter
) -> tuple[Any, Any, Connection]:
    viewer = Viewer()
    connection = studio.connect(lambda: segmenter)
    none = dict.fromkeys(
        (
            *(
                "source_audio_track",
                "sink_audio_track",
                "player_factory",
                "in_recorder_factory",
                "out_recorder_factory",
            ),
            *("video_frame_callback", "audio_frame_callback", "queued_video_frames_callback"),
            *("queued_audio_frames_callback", "on_video_ended", "on_audio_ended"),
            *("video_processor_factory", "audio_processor_factory"),
        )
    )
    worker = WebRtcWorker(
        mode=WebRtcMode.SENDRECV,
        rtc_configuration=OFFLINE,
        source_video_track=connection.track,
        sink_video_track=connection.sink,
        async_processing=True,
        video_receiver_size=4,
        audio_receiver_size=4,
        sendback_video=True,
        sendback_audio=False,
        loop=loop.loop,
        relay=relay,
        **none,
    )
    offer = loop.run(viewer.offer())
    answer = worker.process_offer(offer.sdp, offer.type, timeout=WAIT)
    loop.run(viewer.peer.setRemoteDescription(answer))
    return worker, viewer, connection


def end(loop: Loop, worker: Any, viewer: Viewer, connection: Connection) -> None:
    worker.stop()
    loop.run(viewer.close())
    assert connection.processor.join(WAIT)
    loop.run(drained(worker._relay))


def is_composite(pixels: NDArray[np.uint8]) -> bool:
    height, width = pixels.shape[:2]
    person = np.abs(pixels[height * 2 // 3, width // 2].astype(int) - SKIN).max() < 20
    return bool(person and np.abs(pixels[5, 5].astype(int) - GREEN).max() < 20)


@pytest.fixture
def studio() -> Studio:
    return Studio(Seats(1), Look(Still.colour(*GREEN)))


def test_the_viewer_gets_slates_and_composites_and_nothing_else(loop: Loop, studio: Studio) -> None:
    worker, viewer, connection = connect(loop, NewestFrameRelay(loop.loop), studio, FakeSegmenter())
    loop.run(viewer.sees(is_composite))
    viewer.camera.size = (240, 320)
    loop.run(viewer.sees(lambda p: p.shape[:2] == (320, 240) and is_composite(p)))
    end(loop, worker, viewer, connection)
    assert studio.live is None


def test_a_slow_segmenter_lowers_the_rate_and_never_builds_a_backlog(loop: Loop, studio: Studio) -> None:
    slow = 0.2

    def slowly() -> NDArray[np.float32]:
        time.sleep(slow)
        return middle_third()

    worker, viewer, connection = connect(loop, NewestFrameRelay(loop.loop), studio, FakeSegmenter(slowly))
    loop.run(viewer.sees(is_composite))
    wanted = connection.processor.figures().frames + 10
    while connection.processor.figures().frames < wanted:
        loop.run(viewer.sees(is_composite))
        loop.run(asyncio.sleep(slow))
    figures = connection.processor.figures()
    assert figures.delay_ms < 1000 * 1.5 * slow
    assert figures.skipped > figures.frames
    end(loop, worker, viewer, connection)


def resident_mb() -> float:
    gc.collect()
    # What is free already, but kept by the allocator for later, says nothing: it varies by 30 MB.
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def drained(relay: NewestFrameRelay) -> None:
    """Wait for the relay's tasks to end."""
    tasks = list(relay._MediaRelay__tasks.values())  # type: ignore[attr-defined]
    if tasks:
        _, left = await asyncio.wait(tasks, timeout=WAIT)
        assert not left


def test_twenty_starts_and_stops_leave_no_thread_and_no_memory(loop: Loop, studio: Studio) -> None:
    relay = NewestFrameRelay(loop.loop)

    def cycle() -> None:
        worker, viewer, connection = connect(loop, relay, studio, FakeSegmenter())
        loop.run(viewer.sees(is_composite))
        end(loop, worker, viewer, connection)
        assert studio.seats.free == 1

    for _ in range(10):  # until the allocator has what it needs
        cycle()
    threads, memory = threading.active_count(), resident_mb()
    for _ in range(20):
        cycle()
    assert threading.active_count() <= threads
    assert resident_mb() - memory < 20
