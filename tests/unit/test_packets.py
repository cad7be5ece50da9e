"""Packets for any number of receivers, none of which can hold up the others or be held up by them."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import av
import pytest
from aiortc.mediastreams import MediaStreamError

from components.video.packets import MOST_WAITING, FanOut, PacketTrack

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
