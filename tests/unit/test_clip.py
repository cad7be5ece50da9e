"""A clip as a backdrop: its pace, its shape, and what is shown when it cannot be played on."""

import io
import itertools
import struct
from collections.abc import Callable, Iterator
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest

from components.video.clip import Clip
from components.video.planes import to_rgb, view
from tests.fakes import GREEN, camera_frame

SIZE = (64, 48)
STILL = np.full((48, 64, 3), GREEN, np.uint8)
LEVELS = [36, 73, 109, 146, 182]
"""Of the eight greys that rgb8, hence our gif, can say."""


def film(pictures: list[np.ndarray], fps: int = 10, kind: str = "mp4", at: list[int] | None = None) -> bytes:
    """These pictures as a film; `at` gives their times in milliseconds."""
    codec, pixels = {"mp4": ("libx264", "yuv420p"), "webm": ("libvpx-vp9", "yuv420p"), "gif": ("gif", "rgb8")}[kind]
    data = io.BytesIO()
    with av.open(data, "w", format=kind) as container:
        stream = container.add_stream(codec, rate=fps)
        stream.height, stream.width, stream.pix_fmt = *pictures[0].shape[:2], pixels
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pixels)
            if at:
                frame.pts, frame.time_base = at[index], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return data.getvalue()


def greys(*levels: int) -> list[np.ndarray]:
    return [np.full((*SIZE[::-1], 3), level, np.uint8) for level in levels]


class Opener:
    def __init__(self, data: bytes, wrap: Callable[[Any], Any] = lambda container: container) -> None:
        self.data, self.wrap, self.times = data, wrap, 0

    def __call__(self) -> Any:
        self.times += 1
        return self.wrap(av.open(io.BytesIO(self.data)))


def pixels(clip: Clip, now: float, size: tuple[int, int] = SIZE) -> np.ndarray:
    return to_rgb(clip.render(view(camera_frame(*size)), np.zeros(size[::-1], np.uint8), now))


def levels(clip: Clip, *times: float) -> list[float]:
    return [float(pixels(clip, now).mean()) for now in times]


def near(*wanted: float) -> Any:
    return pytest.approx(list(wanted), abs=12)


@pytest.mark.parametrize("kind", ["mp4", "webm", "gif"])
def test_a_clip_plays_at_its_own_pace_and_loops(kind: str) -> None:
    opener = Opener(film(greys(*LEVELS), 10, kind))
    clip = Clip(opener, STILL)
    shown = levels(clip, *(50 + i * 0.02 for i in range(50)))
    assert shown[2::5] == near(*LEVELS, *LEVELS)
    assert opener.times == 2


def test_unequal_times_are_kept_and_a_late_first_time_stamp_delays_nothing() -> None:
    clip = Clip(Opener(film(greys(40, 120, 200), 30, at=[5000, 5100, 6000])), STILL)
    assert levels(clip, 50, 50.15, 50.95, 51.02) == near(40, 120, 120, 200)


def test_one_picture_is_not_opened_over_and_over() -> None:
    opener = Opener(film(greys(120)))
    assert levels(Clip(opener, STILL), *(50 + i / 30 for i in range(90))) == near(*[120] * 90)
    assert opener.times <= 2


@pytest.mark.parametrize("size", [(160, 120), (120, 160), (162, 122), (640, 480), (426, 240), (48, 640)])
def test_any_size_is_covered_and_a_change_of_it_does_not_start_anew(size: tuple[int, int]) -> None:
    opener = Opener(film(greys(*LEVELS)))
    clip = Clip(opener, STILL)
    for now, wanted in ((50.0, SIZE), (50.1, size), (50.2, SIZE)):
        shown = pixels(clip, now, wanted)
        assert shown.shape == (*wanted[::-1], 3)
        assert shown.std() < 3
    assert opener.times == 1


@pytest.mark.parametrize(("matrix", "red"), [((0, 1, -1, 0), 1), ((-1, 0, 0, -1), 3), ((0, -1, 1, 0), 2)])
def test_a_film_is_turned_as_its_display_matrix_says(matrix: tuple[int, ...], red: int) -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[:32, :32, 0] = 250  # top left
    data = bytearray(film([picture] * 3))
    a, b, c, d = (part << 16 for part in matrix)
    place = data.find(b"tkhd") + 44  # ISO 14496-12, 8.3.2
    data[place : place + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    shown = pixels(Clip(Opener(bytes(data)), STILL), 0, (64, 64))[:, :, 0]
    quarters = [shown[16, 16], shown[16, 48], shown[48, 16], shown[48, 48]]
    assert [value > 125 for value in quarters] == [place == red for place in range(4)]


def cut_short(container: Any) -> Any:
    def decode(stream: av.VideoStream) -> Iterator[av.VideoFrame]:
        yield from itertools.islice(container.decode(stream), 2)
        raise av.error.InvalidDataError(1, "damaged")

    return SimpleNamespace(streams=container.streams, close=container.close, decode=decode)


def test_a_clip_that_ends_in_a_decode_error_loops_over_what_could_be_played() -> None:
    clip = Clip(Opener(film(greys(*LEVELS)), cut_short), STILL)
    shown = levels(clip, *(50 + i * 0.02 for i in range(20)))
    assert shown[2::5] == near(36, 73, 36, 73)
