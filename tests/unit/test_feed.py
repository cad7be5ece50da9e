"""A publication from start to stop: what is shown, what is heard, and who gets it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import av
import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError

from components.stage.media import Media
from components.video.backdrop import Still
from components.video.delay_line import CHUNK, RATE, Samples
from components.video.feed import AWAY, Feed
from components.video.frame_path import Look
from components.video.packets import PacketTrack
from components.video.planes import Size, to_rgb, view
from components.video.slate import STARTING, slate
from components.video.studio import Connection, Seats, Studio
from tests.fakes import GREEN, FakeSegmenter, camera_frame, our_threads, share_of_room
from tests.panel_stand import Camera, begun, stopped

WAIT = 30


async def stamps(track: PacketTrack, count: int) -> list[int | None]:
    async with asyncio.timeout(WAIT):
        return [(await track.recv()).pts for _ in range(count)]


class Ear:
    """A tap that keeps everything."""

    def __init__(self) -> None:
        self.packets: list[av.Packet[Any]] = []
        self.frames: list[av.AudioFrame] = []

    def video(self, packet: av.Packet[Any]) -> None:
        self.packets.append(packet)

    def audio(self, frame: av.AudioFrame) -> None:
        self.frames.append(frame)


class BrokenTap(Ear):
    calls = 0

    def video(self, packet: av.Packet[Any]) -> None:
        self.calls += 1
        raise RuntimeError("broken")


@pytest.fixture
def connection() -> Connection:
    return Studio(Seats(1), Look(Still.colour(*GREEN))).connect(FakeSegmenter)


@pytest.fixture
async def feed(connection: Connection) -> AsyncIterator[Feed]:
    before = our_threads()
    feed = Feed(connection, "Ann", 2400)
    feed.start()
    yield feed
    feed.stop()
    feed.stop()
    assert await asyncio.to_thread(feed.join, WAIT)
    assert our_threads() <= before


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(WAIT):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in threads that know no event
            await asyncio.sleep(0.01)


class Screen:
    """What a receiver sees: the newest picture of a track."""

    def __init__(self, track: PacketTrack) -> None:
        self._track = track
        self._decoder = av.CodecContext.create("h264", "r")

    async def shows(self, condition: Callable[[av.VideoFrame], object]) -> None:
        async with asyncio.timeout(WAIT):
            while True:
                for frame in self._decoder.decode(await self._track.recv()):  # type: ignore[attr-defined]
                    assert share_of_room(frame) < 0.01
                    if condition(frame):
                        return


def near(sentence: str) -> Callable[[av.VideoFrame], bool]:
    def condition(frame: av.VideoFrame) -> bool:
        wanted = to_rgb(slate(sentence, (frame.width, frame.height))).astype(int)
        return bool(np.abs(to_rgb(view(frame)) - wanted).mean() < 4)

    return condition


def green(frame: av.VideoFrame) -> bool:
    return bool(np.abs(to_rgb(view(frame))[5, 5].astype(int) - GREEN).max() < 20)


async def test_a_slate_then_composites_then_hidden_and_back(connection: Connection, feed: Feed) -> None:
    media: Media = feed
    screen = Screen(feed.video_track())
    await screen.shows(near(STARTING))
    connection.processor.start(lambda: None)
    connection.processor.submit(camera_frame(640, 480))
    await screen.shows(green)
    feed.hidden = True
    await screen.shows(near("Ann is hiding the camera"))
    feed.hidden = False
    await screen.shows(green)
    media.request_keyframe()
    assert feed.figures().encoder.size == (640, 480)
    connection.processor.stop()
    assert await asyncio.to_thread(connection.processor.join, WAIT)


@pytest.mark.parametrize(
    ("weak", "whole", "chosen"),
    [
        ((320, 180), (1280, 720), (1280, 720)),
        ((212, 160), (640, 480), (640, 480)),
        ((160, 212), (480, 640), (640, 480)),
    ],
)
async def test_after_a_weak_start_the_chosen_size_is_published(weak: Size, whole: Size, chosen: Size) -> None:
    connection = Studio(Seats(1), Look(Still.colour(*GREEN))).connect(FakeSegmenter, chosen)
    connection.processor.start(lambda: None)
    connection.processor.submit(camera_frame(*weak))
    await until(lambda: connection.processor.figures().frames)
    feed = Feed(connection, "Ann", 2400)
    feed.start()
    screen = Screen(feed.video_track())
    shown: list[Size] = []

    def fills(frame: av.VideoFrame) -> bool:
        shown.append((frame.width, frame.height))
        pixels = to_rgb(view(frame)).astype(int)
        corners = pixels[[4, 4, -5, -5], [4, -5, 4, -5]]
        return bool(np.abs(corners - GREEN).max() < 20)

    await screen.shows(fills)
    connection.processor.submit(camera_frame(*whole))
    await until(lambda: connection.processor.figures().frames == 2)
    await screen.shows(fills)
    assert set(shown) == {whole}
    feed.stop()
    connection.processor.stop()
    assert await asyncio.to_thread(connection.processor.join, WAIT)
    assert await asyncio.to_thread(feed.join, WAIT)


async def test_two_receivers_get_identical_bytes(feed: Feed) -> None:
    async def taken(track: PacketTrack) -> dict[int | None, bytes]:
        return {got.pts: bytes(got) for got in [await track.recv() for _ in range(20)]}

    streams = await asyncio.gather(taken(feed.video_track()), taken(feed.video_track()))
    common = streams[0].keys() & streams[1].keys()
    assert len(common) >= 5
    assert all(streams[0][pts] == streams[1][pts] for pts in common)


def tone(seconds: float) -> np.ndarray[Any, np.dtype[np.int16]]:
    wave = 10_000 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * RATE)) / RATE)
    return np.repeat(wave.astype(np.int16)[:, None], 2, axis=1)


def loudness(frame: av.AudioFrame) -> float:
    return float(np.abs(frame.to_ndarray().astype(int)).mean())


async def test_mute_is_silence_and_nothing_is_kept_for_later(connection: Connection, feed: Feed) -> None:
    ear, line = Ear(), connection.microphone.line
    feed.add_tap(ear)

    async def speak() -> None:
        while True:
            line.put(tone(0.02), asyncio.get_running_loop().time())
            await asyncio.sleep(0.02)

    speaking = asyncio.ensure_future(speak())
    await until(lambda: ear.frames and loudness(ear.frames[-1]) > 3000)
    feed.muted = True
    await until(lambda: loudness(ear.frames[-1]) == 0)
    muted_from = len(ear.frames)
    await until(lambda: len(ear.frames) > muted_from + 25)
    assert max(map(loudness, ear.frames[muted_from:])) == 0
    assert len(line._held) < RATE // 4
    feed.muted = False
    await until(lambda: loudness(ear.frames[-1]) > 3000)
    speaking.cancel()
    await until(lambda: loudness(ear.frames[-1]) == 0)


async def test_a_tap_gets_picture_and_sound_on_one_clock(feed: Feed) -> None:
    ear = Ear()
    feed.add_tap(ear)
    sound = feed.audio_track()
    await until(lambda: len(ear.packets) > 10 and len(ear.frames) > 10)
    (frame, packet) = ear.frames[-1], ear.packets[-1]
    assert (frame.samples, frame.sample_rate, frame.format.name, frame.layout.name) == (CHUNK, RATE, "s16", "stereo")
    assert [each.pts for each in ear.frames] == list(range(ear.frames[0].pts, ear.frames[-1].pts + CHUNK, CHUNK))
    assert abs(float(frame.pts * frame.time_base) - float(packet.pts * packet.time_base)) < 0.25
    heard = await sound.recv()
    assert heard.pts % CHUNK == 0
    assert heard.time_base == frame.time_base
    feed.remove_tap(ear)
    feed.remove_tap(ear)


async def test_a_broken_tap_is_dropped_and_the_others_go_on(feed: Feed, caplog: pytest.LogCaptureFixture) -> None:
    broken, ear = BrokenTap(), Ear()
    feed.add_tap(broken)
    feed.add_tap(ear)
    await until(lambda: len(ear.packets) > 5)
    assert broken.calls == 1
    assert "A tap has failed" in caplog.text


async def test_without_sound_there_is_silence_and_the_thread_goes_on(
    connection: Connection, feed: Feed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ear = Ear()
    feed.add_tap(ear)

    def broken(now: float) -> Samples:
        raise RuntimeError("no sound")

    monkeypatch.setattr(feed._sound, "_sound", broken)
    await until(lambda: "There is no sound" in caplog.text)
    heard = len(ear.frames)
    await until(lambda: len(ear.frames) > heard + 5)
    assert loudness(ear.frames[-1]) == 0
    assert caplog.text.count("There is no sound") == 1


async def test_a_lost_camera_is_a_slate_and_silence_until_the_next_one_has_a_composite() -> None:
    studio = Studio(Seats(2), Look(Still.colour(*GREEN)))
    first, second = studio.connect(FakeSegmenter), studio.connect(FakeSegmenter)
    await begun(first, Camera())
    gone: list[None] = []
    feed = Feed(first, "Ann", 2400, lambda: gone.append(None))
    feed.start()
    screen, ear = Screen(feed.video_track()), Ear()
    feed.add_tap(ear)
    await screen.shows(green)
    studio.expect()
    await stopped(first)
    await screen.shows(near(AWAY))
    assert loudness(ear.frames[-1]) == 0
    await begun(second, Camera())
    await screen.shows(green)
    assert gone == []
    await stopped(second)
    studio.dismiss()
    await until(lambda: gone)
    feed.stop()
    assert await asyncio.to_thread(feed.join, WAIT)
    for connection in (first, second):
        assert await asyncio.to_thread(connection.processor.join, WAIT)


async def test_a_lost_camera_is_waited_for_as_long_as_the_studio_is_patient() -> None:
    studio = Studio(Seats(1), Look(Still.colour(*GREEN)))
    connection = studio.connect(FakeSegmenter)
    await begun(connection, Camera())
    gone: list[float] = []
    feed = Feed(connection, "Ann", 2400, lambda: gone.append(time.monotonic()))
    feed.start()
    studio.patience = 0.5
    lost = time.monotonic()
    await stopped(connection)
    await until(lambda: gone)
    assert gone[0] - lost >= 0.5
    feed.stop()
    assert await asyncio.to_thread(feed.join, WAIT)
    assert await asyncio.to_thread(connection.processor.join, WAIT)


async def test_stopping_ends_every_track(feed: Feed) -> None:
    tracks = feed.video_track(), feed.audio_track()
    await asyncio.to_thread(feed.stop)
    for track in tracks:
        with pytest.raises(MediaStreamError):
            await stamps(track, 1000)
