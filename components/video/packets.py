"""Packets, encoded once, to any number of receivers: a track for each, and none can hold up the others.

(Not aiortc's MediaRelay: its buffered form lets a slow receiver's queue grow without end, its other form loses pictures
without asking for the key frame that the decoder then needs.)
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any

import av
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from components.loops import call_on

MOST_WAITING = 15
"""Packets kept for a receiver: half a second of pictures, a third of sound. Who is further behind loses them."""


class PacketTrack(MediaStreamTrack):
    """What one receiver gets. It begins, and goes on after a loss, with a key frame; every Opus packet is one.

    `put` is for any thread, everything else for the event loop. Packets are shared: receivers only read them.
    """

    def __init__(self, kind: str, loop: asyncio.AbstractEventLoop, want_keyframe: Callable[[], None]) -> None:
        super().__init__()
        # `_loop`, `_lock` and `_waiting` are names that pyee's emitter uses itself.
        self.kind = kind
        self._home = loop
        self._want_keyframe = want_keyframe
        self._guard = threading.Lock()
        self._queue: deque[av.Packet[Any]] = deque()
        self._needs_key = True
        self._woken = False
        self._fresh = asyncio.Event()

    def put(self, packet: av.Packet[Any]) -> None:
        """Leave a packet. Never blocks for long, and keeps `MOST_WAITING` at most, also while the loop hangs."""
        with self._guard:
            if len(self._queue) >= MOST_WAITING:
                self._queue.clear()
                self._needs_key = True
            if self._needs_key and not packet.is_keyframe:
                return
            self._needs_key = False
            self._queue.append(packet)
            wake, self._woken = not self._woken, True
        if wake:
            call_on(self._home, self._fresh.set)

    async def recv(self) -> av.Packet[Any]:
        """The next packet. Raises MediaStreamError once the track has ended."""
        while self.readyState == "live":
            with self._guard:
                if self._queue:
                    return self._queue.popleft()
                self._woken, lost = False, self._needs_key
                self._fresh.clear()
            if lost:
                # Asked for by who reads: a receiver that has gone away must not cost the others a key frame.
                self._want_keyframe()
            await self._fresh.wait()
        raise MediaStreamError

    def stop(self) -> None:
        """End the track, and wake whoever waits for its next packet."""
        super().stop()
        self._fresh.set()

    def end(self) -> None:
        """The same, from any thread."""
        call_on(self._home, self.stop)


class FanOut:
    """Gives every packet to every track that is still held by somebody. Any thread, but for `track`."""

    def __init__(self, kind: str, want_keyframe: Callable[[], None] = lambda: None) -> None:
        self._kind = kind
        self._want_keyframe = want_keyframe
        self._lock = threading.Lock()
        # Weak: a sender whose connection was closed drops its track and tells nobody.
        self._tracks: list[weakref.ref[PacketTrack]] = []
        self._closed = False

    def track(self) -> PacketTrack:
        """A track for one more receiver. Event loop."""
        track = PacketTrack(self._kind, asyncio.get_running_loop(), self._want_keyframe)
        with self._lock:
            closed = self._closed
            self._tracks.append(weakref.ref(track))
        if closed:
            track.stop()
        return track

    def put(self, packet: av.Packet[Any]) -> None:
        """Give this packet to all."""
        for track in self._live():
            track.put(packet)

    def close(self) -> None:
        """End every track, also those that are asked for later. Any number of times."""
        with self._lock:
            self._closed = True
        for track in self._live():
            track.end()

    def _live(self) -> list[PacketTrack]:
        with self._lock:
            tracks = [track for ref in self._tracks if (track := ref()) is not None and track.readyState == "live"]
            self._tracks = [weakref.ref(track) for track in tracks]
        return tracks
