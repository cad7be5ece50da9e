"""The real model and a person who sways: on no level, and at no frame rate, does the room show."""

from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction

import av
import numpy as np
import pytest

from components.backgrounds.gallery import picture
from components.settings import read_settings
from components.video.backdrop import Still
from components.video.frame_path import FramePath, Look
from components.video.models import find_models
from components.video.planes import to_rgb, view
from components.video.quality import LADDER, Steps
from components.video.segmenter import SelfieSegmenter
from tests.fakes import MAGENTA
from tests.material import moving_person

FPS = 30


def room(frame: av.VideoFrame) -> float:
    """The share of the picture that is more magenta than anything on the beach (as in tests/browser/watcher.js)."""
    red, green, blue = np.moveaxis(to_rgb(view(frame)).astype(int), 2, 0)
    return float(((red > 150) & (blue > 150) & (green < 110)).mean())


def skin(frame: av.VideoFrame) -> float:
    """The share of the picture that has the colour of the astronaut's face (as in tests/browser/watcher.js)."""
    red, green, blue = np.moveaxis(to_rgb(view(frame)).astype(int), 2, 0)
    face = (red > 150) & (green > 90) & (abs(red - green - 57) < 33) & (abs(green - blue - 37) < 33)
    return float(face[:, frame.width // 4 : -frame.width // 4].mean())


@pytest.fixture(scope="module")
def film() -> list[np.ndarray]:
    return list(moving_person(960, 720, 60, room=MAGENTA))


@pytest.fixture(scope="module")
def segmenter() -> Iterator[SelfieSegmenter]:
    with closing(SelfieSegmenter(find_models(read_settings().model_dir))) as it:
        yield it


@pytest.mark.parametrize("steps", [rung.steps for rung in LADDER], ids=str)
@pytest.mark.parametrize("every", [1, 2, 7], ids=["30 fps", "15 fps", "4 fps"])
def test_the_room_never_shows(film: list[np.ndarray], segmenter: SelfieSegmenter, steps: Steps, every: int) -> None:
    now = 0.0
    path = FramePath(lambda: now)
    look = Look(Still(picture("beach")))
    for index in range(0, 60 * every, every):
        now = index / FPS
        camera = av.VideoFrame.from_ndarray(film[index % len(film)], format="rgb24").reformat(format="yuv420p")
        composite, _ = path.composite(camera, segmenter, lambda: look, steps)
        assert room(composite) < 0.01
        assert skin(composite) > 0.004
    path.release()


GAPS = (1, 1, 9, 1, 12, 1, 6)
"""Frames of a camera from one that arrives to the next: what a starved machine, or a network, lets through."""


@pytest.mark.parametrize("size", [(640, 360), (960, 540)], ids=str)
@pytest.mark.parametrize("waited", [True, False], ids=["all at once", "as they were taken"])
def test_the_room_never_shows_after_a_pause(segmenter: SelfieSegmenter, size: tuple[int, int], waited: bool) -> None:
    """In a wide picture the model looks at the person's box, which she has left half-way when a pause ends."""
    film = list(moving_person(*size, 60, room=MAGENTA))
    now, taken = 0.0, 0
    path = FramePath(lambda: now)
    look = Look(Still(picture("beach")))
    for index in range(42):
        gap = GAPS[index % len(GAPS)]
        taken += gap
        now += 0.01 if waited else gap / FPS
        camera = av.VideoFrame.from_ndarray(film[taken % len(film)], format="rgb24").reformat(format="yuv420p")
        camera.pts, camera.time_base = taken, Fraction(1, FPS)
        composite, _ = path.composite(camera, segmenter, lambda: look, LADDER[0].steps)
        assert room(composite) < 0.005
    path.release()
