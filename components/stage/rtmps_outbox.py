"""From the encoders' threads to the RTMP writer's pipe: a queue that gives up pictures before it makes anybody wait."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import av

from components.stage.rtmps_protocol import Kind, Message

logger = logging.getLogger(__name__)

MOST_WAITING = 160
"""Messages kept for a writer that does not drain: two seconds of pictures and sound."""


class Outbox:
    """A `Tap`. It begins, and goes on after a loss, with a key frame, and asks for it."""

    def __init__(self, want_keyframe: Callable[[], None]) -> None:
        self._want_keyframe = want_keyframe
        self._waiting: deque[Message] = deque()
        self._changed = threading.Condition()
        self._needs_key = True
        self._closed = False
        self.losses = 0
        """Times that pictures were given up. Any thread."""

    def video(self, packet: av.Packet[Any]) -> None:
        """Take one picture. Encoder's thread; never waits for the writer."""
        kind = Kind.KEY_PICTURE if packet.is_keyframe else Kind.PICTURE
        self._put(Message(kind, _micros(packet), bytes(packet)))

    def audio(self, frame: av.AudioFrame) -> None:
        """Take 20 ms of sound. Encoder's thread; never waits for the writer."""
        # The plane may be longer than what it holds: FFmpeg pads it.
        self._put(Message(Kind.SOUND, _micros(frame), bytes(frame.planes[0])[: 4 * frame.samples]))

    def take(self) -> Message | None:
        """The next message; None once the outbox is closed. Blocks: for the thread that fills the pipe."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting)
            return None if self._closed else self._waiting.popleft()

    def close(self) -> None:
        """Give nothing more out, not even what waits. Any thread, any number of times."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()

    def _put(self, message: Message) -> None:
        with self._changed:
            if self._closed:
                return
            lost = len(self._waiting) >= MOST_WAITING
            if lost:
                self._waiting.clear()
                self._needs_key = True
                self.losses += 1
            if message.kind is Kind.KEY_PICTURE:
                self._needs_key = False
            if not self._needs_key:
                self._waiting.append(message)
                self._changed.notify()
        if lost:
            logger.debug("The RTMP writer does not keep up; going on with the next key frame")
            self._want_keyframe()


def _micros(timed: av.Packet[Any] | av.AudioFrame) -> int:
    if timed.pts is None or timed.time_base is None:
        raise ValueError("what is sent has a time")
    return round(timed.pts * timed.time_base * 1_000_000)
