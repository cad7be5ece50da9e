"""One encoding for any number of receivers, and a publication from start to stop."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import av
import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError

from components.stage.media import Media
from components.video.backdrop import Still
from components.video.delay_line import CHUNK, RATE
from components.video.feed import Feed
from components.video.frame_path import Look
from components.video.packets import MOST_WAITING, FanOut, PacketTrack
from components.video.planes import to_rgb, view
from components.video.slate import STARTING, slate
from components.video.studio import Connection, Seats, Studio
from tests.fakes import GREEN, FakeSegmenter, camera_frame, share_of_room

WAIT = 30


def packet(pts: int, key: bool = False) -> av.Packet[Any]:
    made: av.Packet[Any] = av.Packet(b"\0\0\0\1" + bytes([pts]))
    made.pts, made.is_keyframe = pts, key
    return made


async def stamps(track: PacketTrack, count: int) -> list[int | None]:
    async with asyncio.timeout(WAIT):
        return [(await track.recv()).pts for _ in range(count)]


async def test_each_track_begins_with_a_key_frame_and_all_get_the_same() -> None:
    fan_out = FanOut("video")
    one = fan_out.track()
    fan_out.put(packet(0))
    fan_out.put(packet(1, key=True))
    other = fan_out.track()
    for pts in (2, 3):
        fan_out.put(packet(pts))
    fan_out.put(packet(4, key=True))
    assert await stamps(one, 4) == [1, 2, 3, 4]
    fan_out.put(packet(5))
    assert await stamps(other, 2) == [4, 5]
    last = packet(6)
    fan_out.put(last)
    assert await stamps(one, 1) == [5]
    assert [await one.recv(), await other.recv()] == [last, last]


async def test_a_slow_receiver_loses_pictures_and_goes_on_with_a_key_frame() -> None:
    wanted: list[None] = []
    fan_out = FanOut("video", lambda: wanted.append(None))
    slow, quick = fan_out.track(), fan_out.track()
    fan_out.put(packet(0, key=True))
    for pts in range(1, 100):
        fan_out.put(packet(pts))
        await stamps(quick, 1)
        assert len(slow._queue) <= MOST_WAITING
    assert not wanted, "who reads nothing costs nobody a key frame"
    reading = asyncio.ensure_future(stamps(slow, 2))
    await asyncio.sleep(0)
    assert len(wanted) == 1
    for made in (packet(100), packet(101, key=True), packet(102)):
        fan_out.put(made)
    assert await reading == [101, 102]
    assert await stamps(quick, 2) == [99, 100]


async def test_packets_come_over_from_another_thread() -> None:
    fan_out = FanOut("video")
    track = fan_out.track()
    reading = asyncio.ensure_future(stamps(track, 10))
    await asyncio.sleep(0)
    await asyncio.to_thread(lambda: [fan_out.put(packet(pts, key=not pts)) for pts in range(10)])
    assert await reading == list(range(10))


async def test_closing_wakes_who_waits_and_ends_what_comes_later() -> None:
    fan_out = FanOut("audio")
    waiting, ended = fan_out.track(), asyncio.Event()
    waiting.add_listener("ended", ended.set)
    reading = asyncio.ensure_future(waiting.recv())
    await asyncio.sleep(0)
    await asyncio.to_thread(fan_out.close)
    with pytest.raises(MediaStreamError):
        await reading
    assert ended.is_set()
    assert fan_out.track().readyState == "ended"


async def test_a_track_that_nobody_holds_any_more_is_forgotten() -> None:
    fan_out = FanOut("video")
    kept, dropped = fan_out.track(), fan_out.track()
    stopped = fan_out.track()
    stopped.stop()
    del dropped
    gc.collect()
    assert fan_out._live() == [kept]


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
    threads = threading.active_count()
    feed = Feed(connection, "Ann", 2400)
    feed.start()
    yield feed
    feed.stop()
    feed.stop()
    assert await asyncio.to_thread(feed.join, WAIT)
    assert threading.active_count() <= threads + 1, "the loop's executor has a thread of its own"


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
    wanted = to_rgb(slate(sentence, (640, 480))).astype(int)
    return lambda frame: bool(np.abs(to_rgb(view(frame)) - wanted).mean() < 4)


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


async def test_stopping_ends_every_track(feed: Feed) -> None:
    tracks = feed.video_track(), feed.audio_track()
    await asyncio.to_thread(feed.stop)
    for track in tracks:
        with pytest.raises(MediaStreamError):
            await stamps(track, 1000)
