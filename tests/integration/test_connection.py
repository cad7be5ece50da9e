"""A browser's part played by aiortc, over real loopback WebRTC, against streamlit-webrtc's own worker."""

import asyncio
import ctypes
import gc
import os
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription
from numpy.typing import NDArray
from streamlit_webrtc import WebRtcMode
from streamlit_webrtc.webrtc import WebRtcWorker

from components.ui._compat import NewestFrameRelay
from components.video.backdrop import Still
from components.video.frame_path import Look
from components.video.planes import to_rgb, view
from components.video.studio import Connection, Seats, Studio
from tests.fakes import GREEN, FakeSegmenter, middle_third, share_of_room
from tests.loopback import OFFLINE, WAIT, Camera, Loop, drained, is_composite


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
