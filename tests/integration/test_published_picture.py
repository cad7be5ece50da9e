"""What the studio shows, by the studio's own feed, is what a stage receives, and it keeps to a stage's demands."""

import asyncio
import time
from collections.abc import AsyncIterator
from itertools import pairwise
from statistics import median

import pytest
from aiortc import VideoStreamTrack

from components.stage.publication import State
from components.stage.publisher import Publisher
from components.stage.token_source import PastedTokens
from components.stage.webrtc_destinations import IvsStage
from components.video.backdrop import Still
from components.video.feed import Feed
from components.video.frame_path import Look
from components.video.planes import to_rgb, view
from components.video.studio import Connection, Seats, Studio
from tests.fake_stage import FakeStage
from tests.fake_stage_media import Publication
from tests.fakes import GREEN, FakeSegmenter, share_of_room
from tests.h264_facts import Picture
from tests.loopback import Camera, is_composite

WAIT = 40
SECOND = 90_000


@pytest.fixture
async def connection() -> AsyncIterator[Connection]:
    """A live studio, fed by a camera whose room is magenta, with nobody at the microphone."""
    it = Studio(Seats(1), Look(Still.colour(*GREEN))).connect(FakeSegmenter)
    camera: VideoStreamTrack = Camera()
    it.sink.addTrack(camera)
    it.sink.start()
    yield it
    camera.stop()
    it.sink.stop()
    assert await asyncio.get_running_loop().run_in_executor(None, it.processor.join, WAIT)


async def pictures(stage: FakeStage, publication: Publication, count: int) -> None:
    """Wait until so many have come."""
    async with asyncio.timeout(WAIT + count / 30):
        while len(publication.pictures) < count:
            await stage.happening()


async def test_a_stage_receives_the_composite_as_it_wants_it(connection: Connection) -> None:
    rooms: list[float] = []
    async with FakeStage() as stage:
        feed = Feed(connection, "Ann", 1500)
        publisher = Publisher(asyncio.get_running_loop())
        publisher.join(IvsStage(PastedTokens(stage.token()), stage.whip_url, video_kbps=1500), feed)
        publication = await stage.publication()
        async with asyncio.timeout(WAIT):
            while not is_composite(to_rgb(view(publication.frames[-1]))):
                rooms += [share_of_room(frame) for frame in list(publication.frames)]
                await stage.happening()
        await pictures(stage, publication, len(publication.pictures) + 150)
        rooms += [share_of_room(frame) for frame in publication.frames]
        assert max(rooms) < 0.01
        await _judge(stage, publication)
        assert publisher.snapshot().state is State.LIVE
        publisher.leave()
        assert await asyncio.get_running_loop().run_in_executor(None, publisher.wait, WAIT)
        assert stage.deleted == [publication.participant_id]
    assert await asyncio.get_running_loop().run_in_executor(None, feed.join, WAIT)


async def _judge(stage: FakeStage, publication: Publication) -> None:
    """IVS: 10 to 60 fps, an IDR every 1 to 2 s, no B-frames, constrained baseline, 160p to 720p, sound."""
    came = list(publication.pictures)
    steps = [after.pts - before.pts for before, after in pairwise(came)]
    # On a beat of 30 fps; a machine with too much to do leaves beats out.
    assert median(steps) == SECOND // 30
    assert all(step % (SECOND // 30) == 0 for step in steps)
    assert len(steps) * SECOND / sum(steps) >= 10
    idrs = [picture for picture in came if picture.is_idr]
    assert came[0].is_idr
    assert len(idrs) >= 3
    assert all(picture.pts - _idr_before(picture, idrs).pts <= 2 * SECOND for picture in came if not picture.is_idr)
    assert all(picture.profile == (66, True) for picture in idrs)
    assert not any(picture.has_b_slices for picture in came)
    assert {(frame.width, frame.height) for frame in publication.frames} == {(320, 240)}
    heard = list(publication.loudness)
    assert len(heard) > 50
    assert all((after - before) % 960 == 0 for (before, _), (after, _) in pairwise(heard))
    assert min([await _key_frame_after(stage, publication) for _ in range(3)]) <= 0.5


def _idr_before(picture: Picture, idrs: list[Picture]) -> Picture:
    return max((idr for idr in idrs if idr.pts <= picture.pts), key=lambda idr: idr.pts)


async def _key_frame_after(stage: FakeStage, publication: Publication) -> float:
    """Seconds from a PLI to its IDR, asked for long before the next one would have come anyway. (Whoever judges takes
    the quickest of some: a busy machine delays single ones.)"""
    async with asyncio.timeout(WAIT):
        while any(picture.is_idr for picture in publication.pictures[-12:]):
            await stage.happening()
        asked, known = time.monotonic(), len(publication.pictures)
        await publication.ask_keyframe()
        while not (found := [picture for picture in publication.pictures[known:] if picture.is_idr]):
            await stage.happening()
    return found[0].at - asked
