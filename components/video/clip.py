"""A short clip as a backdrop: decoded as it plays, looped, never held in memory whole."""

from __future__ import annotations

import logging
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

CATCH_UP = 4
"""Frames decoded at most for one picture. A clip that decodes slower than it plays then plays slower, and the
stream does not wait for it."""

LARGEST = 16_000_000
"""Pixels of a scaled clip frame: a clip of 4096x16 would need more to cover a portrait frame, and stays a still."""


class Clip:
    """A film that plays in a loop, cropped to cover the frame.

    `open_container` opens it at its beginning, each time anew and in the worker; `still` is its first picture
    (uint8 HxWx3 RGB), shown where the clip cannot play.
    """

    def __init__(self, open_container: Callable[[], InputContainer], still: NDArray[np.uint8]) -> None:
        self._open = open_container
        self._still = Still(still)
        self._player: _Player | None = None
        self._broken = False

    def bare(self, size: Size) -> I420:
        """See `Backdrop`: the first picture."""
        return self._still.bare(size)

    def render(self, camera: I420, alpha: Plane, now: float) -> I420:
        """See `Backdrop`."""
        if self._broken:
            return self.bare(camera.size)
        try:
            if self._player is None:
                self._player = _Player(self._open, now)
            return self._player.picture(camera.size, now) or self.bare(camera.size)
        except (FFmpegError, ValueError, IndexError, MemoryError) as error:
            logger.warning("The clip cannot be played on, its first picture stays: %s", error)
            self._broken = True
            self.release()
            return self.bare(camera.size)

    def release(self) -> None:
        """See `Backdrop`."""
        if self._player is not None:
            self._player.close()
            self._player = None


class _Player:
    def __init__(self, open_container: Callable[[], InputContainer], now: float) -> None:
        self._open_container = open_container
        self._reformatter = VideoReformatter()
        self._started = now
        self._shown: av.VideoFrame | None = None
        self._fitted: I420 | None = None
        self._next: av.VideoFrame | None = None
        self._open()

    def picture(self, size: Size, now: float) -> I420 | None:
        """The clip's picture for this moment, of this size."""
        stale = self._advance(now)
        if self._shown is None:
            return None
        if stale or self._fitted is None or self._fitted.size != size:
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
        self._next = next(self._frames, None)
        self._offset = self._time(self._next, 0.0)
        self._last = 0.0

    def _time(self, frame: av.VideoFrame | None, otherwise: float) -> float:
        return otherwise if frame is None or frame.time is None else float(frame.time)

    def _advance(self, now: float) -> bool:
        changed = False
        for _ in range(CATCH_UP):
            if self._next is None:
                self._rewind(now)
            due = self._time(self._next, self._last + self._offset + self._period) - self._offset
            if self._next is None or due > now - self._started:
                return changed
            self._shown, self._last, changed = self._next, due, True
            self._next = next(self._frames, None)
        self._started = now - self._last
        return changed

    def _rewind(self, now: float) -> None:
        # Opened anew rather than sought: gif and some webm files cannot be sought.
        if now - self._started < self._last + self._period:
            return
        self._container.close()
        self._started = now
        self._open()


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
