"""The encoder's thread: whatever is newest, thirty times a second, as H.264."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import av
import numpy as np

from components.video.beat import Beat, OnBeat
from components.video.h264 import FPS, H264, KEY_EVERY, within_limits
from components.video.planes import I420, Size
from components.video.slate import PAUSED, slate

logger = logging.getLogger(__name__)

KEY_GAP = 8
"""Beats, about a quarter of a second: requests that come closer together get one IDR for all."""

KEPT = 2 * FPS

Shown = tuple[I420, object | None]
"""A picture, and the object that holds it if it is a composite: the same object again is a repeat."""


@dataclass(frozen=True, slots=True)
class EncoderFigures:
    """A snapshot of the last two seconds: rates in pictures and kilobits a second, times in ms; and totals."""

    size: Size
    aim_kbps: int
    fps: float = 0.0
    kbps: float = 0.0
    encode_ms: float = 0.0
    encode_p95_ms: float = 0.0
    pictures: int = 0
    repeated: int = 0
    keyframes: int = 0
    failures: int = 0


class VideoEncoder(OnBeat):
    """Takes what `picture` shows on every beat, `FPS` a second, and gives the packet to `out`, both in its own thread.

    It never stalls: an old picture is encoded again, and where `picture` fails, a slate is shown. It knows no other
    source, so that what is published is what `picture` gives: for a `Processor`, never a camera frame.
    """

    def __init__(
        self, picture: Callable[[], Shown], out: Callable[[av.Packet[Any]], None], size: Size, kbps: int
    ) -> None:
        super().__init__("stage-encoder")
        self.lag = 0
        """Beats that every picture is held back, so that sound which takes longer can catch up. Any thread."""
        self._picture = picture
        self._out = out
        self._size = size
        self._kbps = within_limits(kbps)
        self._codec: H264 | None = None
        self._key_wanted = threading.Event()
        self._held: deque[Shown] = deque()
        self._dark = False
        self._last_shown: object | None = None
        self._last_key = -KEY_EVERY
        self._lock = threading.Lock()
        self._recent: deque[tuple[float, float, int]] = deque(maxlen=KEPT)
        self._pictures = self._repeated = self._keyframes = self._failures = 0

    def request_keyframe(self) -> None:
        """Make the next picture an IDR, at most one in `KEY_GAP` beats. Any thread."""
        self._key_wanted.set()

    def aim(self, kbps: int) -> None:
        """Aim at this many kilobits a second, within the limits, from the next picture on. Any thread."""
        self._kbps = within_limits(kbps)

    def figures(self) -> EncoderFigures:
        """A snapshot of now. Any thread."""
        with self._lock:
            recent = [each for each in self._recent if each[0] > time.monotonic() - KEPT / FPS]
            totals = (self._pictures, self._repeated, self._keyframes, self._failures)
        if len(recent) < 2:
            return EncoderFigures(self._size, self._kbps, 0.0, 0.0, 0.0, 0.0, *totals)
        at, took, sizes = (np.array(column) for column in zip(*recent, strict=True))
        # From the first picture to the last there is one interval less than there are pictures.
        span = float(at[-1] - at[0])
        median, p95 = (float(ms) for ms in np.quantile(1000 * took, (0.5, 0.95)))
        fps, kbps = (len(recent) - 1) / span, 8 / 1000 * float(sizes[1:].sum()) / span
        return EncoderFigures(self._size, self._kbps, fps, kbps, median, p95, *totals)

    def _run(self, pace: Beat) -> None:
        while (beat := pace.wait(self._stopped)) is not None:
            try:
                self._encode(beat)
            except Exception:
                # Whatever it is: the next beat finds a new codec, which begins with an IDR.
                self._codec = None
                self._failures += 1
                if self._failures == 1:
                    logger.exception("A picture could not be encoded; trying again")
        self._codec = None
        self._held.clear()

    def _encode(self, beat: int) -> None:
        picture, held_by = self._next_picture()
        started = time.perf_counter()
        codec = self._codec = self._codec or H264(self._size, self._kbps)
        codec.aim(self._kbps)
        since = beat - self._last_key
        key = since >= KEY_EVERY or (self._key_wanted.is_set() and since >= KEY_GAP)
        if key:
            self._key_wanted.clear()
        packet = codec.encode(picture, beat, key)
        took = time.perf_counter() - started
        if packet.is_keyframe:
            self._last_key = beat
        shown = picture if held_by is None else held_by
        with self._lock:
            self._recent.append((time.monotonic(), took, packet.size))
            self._pictures += 1
            self._repeated += shown is self._last_shown
            self._keyframes += packet.is_keyframe
        self._last_shown = shown
        self._out(packet)

    def _next_picture(self) -> Shown:
        """What to encode now: the newest picture, or that of `lag` beats ago."""
        try:
            shown = self._picture()
            if shown[1] is None:
                # A slate or the bare backdrop: somebody hides, and no lips are to be waited for.
                self._held.clear()
            self._held.append(shown)
            self._dark = False
        except Exception:
            if not self._dark:
                logger.exception("There is no picture to publish; showing a slate")
            self._dark = True
            self._held.append((slate(PAUSED, self._size), None))
        while len(self._held) > self.lag + 1:
            self._held.popleft()
        return self._held[0]
