"""Stand-ins that speak the real protocol: segmenters that answer, stall or lie, and cameras of one colour."""

from __future__ import annotations

import threading
from collections.abc import Callable

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from components.errors import SegmenterError
from components.video.planes import I420, to_rgb, view

MAGENTA = (255, 0, 255)
GREEN = (0, 160, 60)
SKIN = (220, 170, 140)


def camera_frame(width: int, height: int, room: tuple[int, int, int] = MAGENTA) -> av.VideoFrame:
    """A camera frame as aiortc gives it: a room of one colour, with a person standing in the middle third."""
    pixels = np.full((height, width, 3), room, np.uint8)
    pixels[height // 4 :, width // 3 : 2 * width // 3] = SKIN
    return av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")


def middle_third(size: int = 64) -> NDArray[np.float32]:
    """The right answer for `camera_frame`."""
    probability = np.zeros((size, size), np.float32)
    probability[size // 4 :, size // 3 : 2 * size // 3] = 1
    return probability


def whoever_has_skin(picture: I420, size: int = 64) -> NDArray[np.float32]:
    """The right answer for any part of a `camera_frame`: the person, by their colour's chroma."""
    skin = cv2.cvtColor(np.full((2, 2, 3), SKIN, np.uint8), cv2.COLOR_RGB2YUV_I420)
    u, v = int(skin[2, 0]), int(skin[2, 1])
    planes = (cv2.resize(plane, (size, size), interpolation=cv2.INTER_AREA) for plane in (picture.u, picture.v))
    off = sum(np.abs(plane.astype(int) - level) for plane, level in zip(planes, (u, v), strict=True))
    return (off < 24).astype(np.float32)


class FakeSegmenter:
    """Answers with what it is given; an exception is raised, a function is called. Without, it knows its
    `camera_frame`."""

    def __init__(self, *answers: object) -> None:
        self.answers: list[object] = list(answers)
        self.calls = 0
        self.closed = threading.Event()
        self.thread: int | None = None

    def probability(self, picture: I420, *, low_light: bool = True, wide: bool = False) -> NDArray[np.float32]:
        self.thread = threading.get_ident()
        answer = self.answers[min(self.calls, len(self.answers) - 1)] if self.answers else whoever_has_skin(picture)
        self.calls += 1
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer  # type: ignore[return-value]

    def close(self) -> None:
        self.closed.set()


def stalled(gate: threading.Event) -> Callable[[], NDArray[np.float32]]:
    """An answer that comes only when the gate opens."""

    def answer() -> NDArray[np.float32]:
        gate.wait(30)
        return middle_third()

    return answer


def our_threads() -> set[threading.Thread]:
    """Workers and encoders that live; what other tests in the process have running is no matter of theirs."""
    return {thread for thread in threading.enumerate() if thread.name.startswith(("studio-", "stage-"))}


def failing() -> SegmenterError:
    return SegmenterError("out of order")


def share_of_room(picture: av.VideoFrame | I420, room: tuple[int, int, int] = MAGENTA) -> float:
    """Which part of the picture has the room's colour, give or take what chroma blending does."""
    pixels = to_rgb(view(picture) if isinstance(picture, av.VideoFrame) else picture).astype(int)
    return float((np.abs(pixels - room).max(axis=2) < 60).mean())
