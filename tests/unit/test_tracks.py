"""The studio track and the camera sink on an event loop of their own, with no network."""

import asyncio

import av
import pytest
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from components.video import tracks
from components.video.backdrop import Still
from components.video.frame_path import Look
from components.video.planes import to_rgb, view
from components.video.slate import BUSY, STARTING, slate
from components.video.studio import Connection, Seats, Studio
from tests.fakes import GREEN, FakeSegmenter, camera_frame, failing, our_threads, share_of_room


class Camera(MediaStreamTrack):
    """A camera that gives a frame whenever it is asked to."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self.frames: asyncio.Queue[av.VideoFrame | None] = asyncio.Queue()

    def show(self, width: int = 160, height: int = 120) -> None:
        self.frames.put_nowait(camera_frame(width, height))

    async def recv(self) -> av.VideoFrame:
        frame = await self.frames.get()
        if frame is None:
            raise MediaStreamError
        return frame


def connected(studio: Studio, *answers: object) -> tuple[Connection, Camera]:
    connection, camera = studio.connect(lambda: FakeSegmenter(*answers)), Camera()
    connection.sink.addTrack(camera)
    connection.sink.start()
    return connection, camera


async def composite(connection: Connection, camera: Camera) -> av.VideoFrame:
    """The first composite that comes out after one more camera frame; everything before it must be clean too."""
    before = connection.processor.figures().frames
    camera.show()
    async with asyncio.timeout(10):
        while True:
            frame = await connection.track.recv()
            assert share_of_room(frame) == 0
            if connection.processor.figures().frames > before:
                return frame


@pytest.fixture
def studio() -> Studio:
    return Studio(Seats(1), Look(Still.colour(*GREEN)))


async def test_slate_first_then_composites_with_rising_time_stamps(studio: Studio) -> None:
    connection, camera = connected(studio)
    first = await connection.track.recv()
    assert (to_rgb(view(first)) == to_rgb(slate(STARTING, (640, 480)))).all()
    stamps = [first.pts]
    for _ in range(3):
        stamps.append((await composite(connection, camera)).pts)
    assert stamps == sorted(set(stamps))
    assert studio.live is connection
    camera.frames.put_nowait(None)


async def test_a_repeat_is_a_copy_so_that_an_encoder_is_not_disturbed(studio: Studio) -> None:
    connection, camera = connected(studio)
    frame = await composite(connection, camera)
    repeat = await connection.track.recv()
    assert repeat is not frame
    assert repeat.pts > frame.pts
    assert (to_rgb(view(repeat)) == to_rgb(view(frame))).all()
    camera.frames.put_nowait(None)


async def test_the_end_of_the_camera_ends_track_worker_and_seat(studio: Studio) -> None:
    connection, camera = connected(studio)
    await composite(connection, camera)
    ended = asyncio.Event()
    connection.track.add_listener("ended", ended.set)
    camera.frames.put_nowait(None)
    async with asyncio.timeout(5):
        await ended.wait()
    assert await asyncio.to_thread(connection.processor.join, 10)
    assert (studio.live, studio.seats.free) == (None, 1)
    with pytest.raises(MediaStreamError):
        await connection.track.recv()


async def test_a_restart_begins_with_a_slate_even_while_the_old_worker_lives(studio: Studio) -> None:
    studio.seats = Seats(2)
    old, old_camera = connected(studio)
    await composite(old, old_camera)
    new, new_camera = connected(studio, failing())
    new_camera.show()
    assert (to_rgb(view(await new.track.recv())) == to_rgb(slate(STARTING, (640, 480)))).all()
    old_camera.frames.put_nowait(None)
    assert await asyncio.to_thread(old.processor.join, 10)
    assert studio.live is new
    new_camera.frames.put_nowait(None)


async def test_with_every_seat_taken_the_next_camera_sees_a_slate_and_starts_no_worker(studio: Studio) -> None:
    first, first_camera = connected(studio)
    await composite(first, first_camera)
    second_studio = Studio(studio.seats, studio.look)
    before = our_threads()
    second, second_camera = connected(second_studio)
    second_camera.show()
    frame = await second.track.recv()
    for _ in range(2):
        frame = await second.track.recv()
    assert (to_rgb(view(frame)) == to_rgb(slate(BUSY, (640, 480)))).all()
    assert our_threads() <= before
    assert second_studio.live is None
    await composite(first, first_camera)
    for camera in (first_camera, second_camera):
        camera.frames.put_nowait(None)


async def test_two_visitors_have_looks_of_their_own() -> None:
    seats = Seats(2)
    one, other = (Studio(seats, Look(Still.colour(*GREEN))) for _ in range(2))
    one.choose(Still.colour(0, 0, 0))
    assert one.look is not other.look
    first, first_camera = connected(one)
    second, second_camera = connected(other)
    assert to_rgb(view(await composite(first, first_camera)))[5, 5].max() < 10
    assert to_rgb(view(await composite(second, second_camera)))[5, 5, 1] > 100
    for camera in (first_camera, second_camera):
        camera.frames.put_nowait(None)


async def test_who_waits_for_a_seat_gets_the_next_one(studio: Studio) -> None:
    first, first_camera = connected(studio)
    await composite(first, first_camera)
    waiting = Studio(studio.seats, studio.look)
    second, second_camera = connected(waiting)
    second_camera.show()
    for _ in range(2):
        frame = await second.track.recv()
    assert (to_rgb(view(frame)) == to_rgb(slate(BUSY, (640, 480)))).all()
    assert waiting.refused
    first_camera.frames.put_nowait(None)
    assert await asyncio.to_thread(first.processor.join, 10)
    await composite(second, second_camera)
    assert not waiting.refused
    assert waiting.live is second
    second_camera.frames.put_nowait(None)


async def test_a_camera_that_never_shows_anything_gives_its_seat_back(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracks, "SILENCE_SECONDS", 0.05)
    connection, _ = connected(studio)
    ended = asyncio.Event()
    connection.track.add_listener("ended", ended.set)
    async with asyncio.timeout(5):
        await ended.wait()
    assert await asyncio.to_thread(connection.processor.join, 10)
    assert studio.seats.free == 1


async def test_a_camera_that_is_silent_keeps_its_seat_while_the_voice_comes(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracks, "SILENCE_SECONDS", 0.05)
    connection, camera = connected(studio)
    asked = asyncio.Event()

    def speaks() -> bool:
        asked.set()
        return True

    monkeypatch.setattr(connection.sink, "_still_there", speaks)
    async with asyncio.timeout(5):
        await asked.wait()
    await composite(connection, camera)
    assert studio.live is connection
    monkeypatch.setattr(connection.sink, "_still_there", lambda: False)
    assert await asyncio.to_thread(connection.processor.join, 10)
    assert studio.seats.free == 1
