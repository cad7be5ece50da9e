"""A camera ends with the page that it belongs to, and a publication with its camera."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from components.stage.local import LocalDestination, LocalStages
from components.stage.publication import Snapshot, State
from components.stage.publisher import Publisher
from components.ui import presence
from components.ui.on_stage import CAMERA_GONE, OnStage
from components.video.backdrop import Still
from components.video.frame_path import Look
from components.video.studio import Connection, Seats, Studio
from tests.fakes import GREEN, FakeSegmenter
from tests.panel_stand import WAIT, Camera, begun, stopped


@pytest.fixture
def studio() -> Studio:
    return Studio(Seats(1), Look(Still.colour(*GREEN)))


@asynccontextmanager
async def started(studio: Studio) -> AsyncIterator[tuple[Connection, Camera]]:
    connection, camera = studio.connect(FakeSegmenter), Camera()
    await begun(connection, camera)
    yield connection, camera
    await stopped(connection)
    assert await asyncio.to_thread(connection.processor.join, WAIT)


def joined(connection: Connection) -> tuple[OnStage, asyncio.Event]:
    """On this server's stage, or on the way there; the event tells when live."""
    loop, live = asyncio.get_running_loop(), asyncio.Event()

    def note(snapshot: Snapshot) -> None:
        if snapshot.state is State.LIVE:
            live.set()

    on_stage = OnStage(Publisher(loop, on_change=note))
    on_stage.join(connection, LocalDestination(LocalStages(), None, "Ada"), name="Ada", kbps=500, tokens=None)
    return on_stage, live


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "ON_ITS_WAY_S", 0.1)
    monkeypatch.setattr(presence, "SILENT_S", 0.3)


async def test_a_page_that_is_gone_takes_camera_seat_and_stream_along(studio: Studio) -> None:
    async with started(studio) as (connection, camera):
        on_stage, live = joined(connection)
        await asyncio.wait_for(live.wait(), WAIT)
        camera.open.clear()
        await presence.end_if_silent(studio)
        assert await asyncio.to_thread(on_stage.publisher.wait, WAIT)
        assert on_stage.publisher.snapshot().reason == CAMERA_GONE
        assert studio.seats.free == 1


async def test_a_lost_camera_that_is_started_again_is_on_the_same_stage(studio: Studio) -> None:
    async with started(studio) as (connection, _):
        on_stage, live = joined(connection)
        await asyncio.wait_for(live.wait(), WAIT)
        feed = on_stage.feed
        assert feed is not None
        ended = asyncio.Event()
        feed.video_track().add_listener("ended", ended.set)
        studio.expect()
        await stopped(connection)
        async with started(studio) as (following, _):
            async with asyncio.timeout(WAIT):
                while feed._connection is not following:  # noqa: ASYNC110 - the encoder's thread knows no event
                    await asyncio.sleep(0.01)
            assert on_stage.live
            assert not ended.is_set()
            studio.dismiss()
            assert await asyncio.to_thread(on_stage.publisher.wait, WAIT)
    assert on_stage.publisher.snapshot().reason == CAMERA_GONE


async def test_a_tab_that_is_closed_while_the_camera_is_away_is_off_the_stage(studio: Studio) -> None:
    async with started(studio) as (connection, _):
        on_stage, live = joined(connection)
        await asyncio.wait_for(live.wait(), WAIT)
        studio.expect()
        await stopped(connection)
        await presence.end_if_silent(studio)
        assert await asyncio.to_thread(on_stage.publisher.wait, WAIT)


async def test_a_page_that_is_back_keeps_its_silent_camera(studio: Studio) -> None:
    async with started(studio) as (connection, camera):
        camera.open.clear()
        await presence.end_if_silent(studio, is_back=lambda: True)
        assert studio.live is connection


async def test_a_websocket_that_drops_alone_ends_nothing(studio: Studio) -> None:
    async with started(studio) as (connection, _):
        await presence.end_if_silent(studio)
        assert studio.live is connection


async def test_a_camera_that_ends_while_one_joins_is_noticed(studio: Studio) -> None:
    async with started(studio) as (connection, _):
        await stopped(connection)
        on_stage, _ = joined(connection)
        assert await asyncio.to_thread(on_stage.publisher.wait, WAIT)
        assert on_stage.publisher.snapshot().state is State.IDLE
