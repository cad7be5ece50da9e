"""A short clip as a backdrop: decoded as it plays, looped, never held in memory whole."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from components.video.backdrop import Still
from components.video.planes import I420, Plane, Size, view

logger = logging.getLogger(__name__)

CATCH_UP_SECONDS = 0.008
"""Spent on decoding for one picture at most. A clip that decodes slower than it plays then plays slower, and the stream
does not wait for it."""

LARGEST = 16_000_000
"""Pixels of a scaled clip frame: a clip of 4096x16 would need more to cover a portrait frame, and stays a still."""


class Clip:
    """A film that plays in a loop, cropped to cover the frame.

    `open_container` opens it at its beginning, each time anew and in the worker: square pixels, BT.601 limited, quick
    to decode (an upload is rewritten so first, backgrounds/clips.py). `still` is its first picture (uint8 HxWx3 RGB),
    shown where the clip cannot play.
    """

    def __init__(self, open_container: Callable[[], InputContainer], still: NDArray[np.uint8]) -> None:
        self._open = open_container
        self._still = Still(still)
        # A player for each worker: after a restart the old one may still be in a frame, and FFmpeg's containers crash
        # when two threads use one.
        self._local = threading.local()
        self._told = False

    def bare(self, size: Size) -> I420:
        """See `Backdrop`: the first picture."""
        return self._still.bare(size)

    def render(self, camera: I420, alpha: Plane, now: float) -> I420:
        """See `Backdrop`."""
        player: _Player | None = getattr(self._local, "player", None)
        try:
            if player is None:
                player = self._local.player = _Player(self._open, now)
            return player.picture(camera.size, now) or self.bare(camera.size)
        except (FFmpegError, ValueError, IndexError, MemoryError) as error:
            if not self._told:
                logger.warning("The clip cannot be played, its first picture stays: %s", error)
            self._told = True
            return self.bare(camera.size)

    def release(self) -> None:
        """See `Backdrop`. Closes the calling worker's player alone."""
        player: _Player | None = getattr(self._local, "player", None)
        if player is not None:
            player.close()
            self._local.player = None


class _Player:
    """One pass after the other over the film, from one thread."""

    def __init__(self, open_container: Callable[[], InputContainer], now: float) -> None:
        self._open_container = open_container
        self._reformatter = VideoReformatter()
        self._shown: av.VideoFrame | None = None
        self._fitted: I420 | None = None
        self._started = now
        self._open()

    def picture(self, size: Size, now: float) -> I420 | None:
        """The film's picture for this moment, of this size; None if it has none."""
        moved = self._advance(now)
        if self._shown is None:
            return None
        if moved or self._fitted is None or self._fitted.size != size:
            self._fitted = _covering(self._shown, size, self._reformatter)
        return self._fitted

    def close(self) -> None:
        self._container.close()

    def _open(self) -> None:
        self._container = self._open_container()
        stream = self._container.streams.best("video")
        if not isinstance(stream, av.VideoStream):
            raise ValueError("the clip has no pictures")
        stream.codec_context.thread_count = 1
        self._period = 1 / float(stream.average_rate or 25)
        self._frames: Iterator[av.VideoFrame] = self._container.decode(stream)
        self._count = 0
        self._last = 0.0
        self._next = self._decoded()
        self._offset = float(self._next.time or 0.0) if self._next else 0.0

    def _decoded(self) -> av.VideoFrame | None:
        # A film that is damaged somewhere ends there, and begins again.
        try:
            return next(self._frames, None)
        except FFmpegError:
            return None

    def _advance(self, now: float) -> bool:
        moved, until = False, time.perf_counter() + CATCH_UP_SECONDS
        while (due := self._due()) is not None and due <= now - self._started:
            if time.perf_counter() > until:
                self._started = now - due
                break
            self._shown, self._last, moved = self._next, due, True
            self._count += 1
            self._next = self._decoded()
        # One picture is a film that stands still; opening it anew each time would only cost.
        if self._next is None and self._count > 1 and now - self._started >= self._last + self._period:
            self._container.close()
            self._started = now
            self._open()
            return self._advance(now) or moved
        return moved

    def _due(self) -> float | None:
        if self._next is None:
            return None
        told = self._next.time
        return self._last + self._period if told is None else float(told) - self._offset


def _covering(frame: av.VideoFrame, size: Size, reformatter: VideoReformatter) -> I420 | None:
    turns = round(frame.rotation / 90) % 4
    wanted = size if turns % 2 == 0 else size[::-1]
    scale = max(wanted[0] / frame.width, wanted[1] / frame.height)
    width, height = (max(2, 2 * round(side * scale / 2)) for side in (frame.width, frame.height))
    width, height = max(width, wanted[0]), max(height, wanted[1])
    if width * height > LARGEST:
        return None
    scaled = view(reformatter.reformat(frame, width, height, "yuv420p", threads=1))
    left, top = (width - wanted[0]) // 4, (height - wanted[1]) // 4
    crops = [(2 * left, 2 * top, wanted), *[(left, top, (wanted[0] // 2, wanted[1] // 2))] * 2]
    planes = [p[y : y + h, x : x + w] for p, (x, y, (w, h)) in zip(scaled.planes, crops, strict=True)]
    return I420(*(_turned(plane, turns) for plane in planes))


def _turned(plane: Plane, turns: int) -> Plane:
    ways = {1: cv2.ROTATE_90_COUNTERCLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_CLOCKWISE}
    return np.asarray(cv2.rotate(plane, ways[turns]), np.uint8) if turns else plane.copy()
