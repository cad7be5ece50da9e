"""The stage's panel as Streamlit runs it, for one visitor whose camera is on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from aiortc import AudioStreamTrack, VideoStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import VideoFrame
from streamlit.testing.v1 import AppTest

from components.settings import Settings
from components.stage.publication import Snapshot, State
from components.stage.publisher import Publisher
from components.ui.on_stage import OnStage
from components.ui.session import Session
from components.ui.timeline import Chosen, Timeline
from components.video.backdrop import Still
from components.video.frame_path import Look
from components.video.studio import Connection, Seats, Studio
from tests.fakes import GREEN, FakeSegmenter, camera_frame
from tests.loopback import Loop

WAIT = 30


class Camera(VideoStreamTrack):
    """50 frames a second while `open` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.open = asyncio.Event()
        self.open.set()

    async def recv(self) -> VideoFrame:
        if self.readyState != "live":
            raise MediaStreamError
        await self.open.wait()
        await asyncio.sleep(0.02)
        return camera_frame(320, 240)


async def begun(connection: Connection, camera: Camera) -> None:
    """Start this camera, and wait for its first composite."""
    connection.sink.addTrack(camera)
    connection.sink.start()
    async with asyncio.timeout(WAIT):
        while not connection.processor.figures().frames:
            await connection.track.recv()


async def stopped(connection: Connection) -> None:
    """End the camera, and wait until its connection has."""
    over = asyncio.Event()
    connection.when_over(over.set)
    connection.sink.stop()
    await asyncio.wait_for(over.wait(), WAIT)


def _script() -> None:
    import streamlit as st

    from components.ui.stage_panel import draw_stage

    draw_stage(st.session_state["visitor"], st.session_state["settings"])


class Panel:
    """The panel, its visitor, and their event loop, which ends with it."""

    def __init__(self, settings: Settings, *, microphone: bool = False, loop: Loop | None = None) -> None:
        self.loop = loop or Loop()
        self._changed = threading.Condition()
        backdrop = Still.colour(*GREEN)
        self.studio = Studio(Seats(1), Look(backdrop))
        self.on_stage = OnStage(Publisher(self.loop.loop, on_change=self._note))
        self.session = Session(self.studio, Timeline([Chosen("scene", "green", backdrop)]), self.on_stage)
        self.connection = self.studio.connect(FakeSegmenter)
        if microphone:
            self.connection.microphone.addTrack(AudioStreamTrack())
        self.app = AppTest.from_function(_script, default_timeout=WAIT)
        self.app.session_state["visitor"] = self.session
        self.app.session_state["settings"] = settings

    def _note(self, _: Snapshot) -> None:
        with self._changed:
            self._changed.notify_all()

    def start_camera(self) -> None:
        self.loop.run(self._start(), WAIT)
        self.run()

    async def _start(self) -> None:
        await begun(self.connection, Camera())

    def run(self) -> AppTest:
        self.app.run()
        assert not self.app.exception
        return self.app

    def press(self, key: str) -> None:
        self.app.button(key=key).click()
        self.run()

    def fill(self, **fields: str) -> None:
        """Type into fields, by their keys with "_" for "-"."""
        for key, text in fields.items():
            self.app.text_input(key=key.replace("_", "-")).set_value(text)
        self.run()

    def choose(self, destination: str) -> None:
        self.app.pills(key="destination").set_value(destination)
        self.run()

    def reach(self, *states: State) -> Snapshot:
        """Wait for one of these states, and draw the panel anew."""
        publisher = self.on_stage.publisher
        with self._changed:
            assert self._changed.wait_for(lambda: publisher.snapshot().state in states, WAIT), publisher.snapshot()
        self.run()
        return publisher.snapshot()

    def until(self, condition: Callable[[], Any]) -> None:
        """Draw the panel anew, as the page does each second, until this holds."""
        pause = threading.Event()
        for _ in range(10 * WAIT):
            if condition():
                return
            pause.wait(0.1)
            self.run()
        raise AssertionError("The panel never came to it")

    @property
    def words(self) -> str:
        """All that is said."""
        parts = (self.app.error, self.app.warning, self.app.info, self.app.caption, self.app.markdown, self.app.code)
        return "\n".join(str(element.value) for kind in parts for element in kind)

    def close(self) -> None:
        self.on_stage.leave()
        assert self.on_stage.publisher.wait(WAIT)
        if self.on_stage.roster:
            self.loop.run(self.on_stage.roster.close())
        if self.studio.live:
            self.loop.run(stopped(self.connection))
            assert self.connection.processor.join(WAIT)
        self.loop.close()
