"""Pictures of any size in the one that is published."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.video.letterbox import Letterbox, published_size
from components.video.planes import I420, Size, new_frame


def plain(size: Size, luma: int) -> I420:
    half = (size[1] // 2, size[0] // 2)
    return I420(np.full(size[::-1], luma, np.uint8), np.full(half, 100, np.uint8), np.full(half, 160, np.uint8))


@pytest.mark.parametrize(
    ("camera", "published"),
    [
        ((640, 480), (640, 480)),
        ((1280, 720), (1280, 720)),
        ((1920, 1080), (1280, 720)),
        ((1080, 1920), (720, 1280)),
        ((1600, 1200), (960, 720)),
        ((320, 120), (426, 160)),
        ((3000, 100), (1280, 160)),
        ((2, 2), (160, 160)),
    ],
)
def test_the_published_size_is_the_cameras_within_what_stages_take(camera: Size, published: Size) -> None:
    assert published_size(camera) == published


@pytest.mark.parametrize(
    ("camera", "chosen", "published"),
    [
        ((640, 360), (1280, 720), (1280, 720)),
        ((1280, 720), (1280, 720), (1280, 720)),
        ((320, 180), (1280, 720), (1280, 720)),
        ((212, 160), (640, 480), (640, 480)),
        ((320, 240), (1280, 720), (960, 720)),
        ((640, 360), (640, 480), (640, 360)),
        ((1920, 1080), (1280, 720), (1280, 720)),
        ((480, 640), (640, 480), (480, 640)),
        ((160, 212), (640, 480), (480, 640)),
        ((360, 640), (1280, 720), (720, 1280)),
        ((240, 320), (1280, 720), (720, 960)),
        ((480, 480), (640, 480), (480, 480)),
        ((720, 1280), (640, 480), (360, 640)),
    ],
)
def test_the_chosen_size_is_published_in_the_cameras_shape(camera: Size, chosen: Size, published: Size) -> None:
    assert published_size(camera, chosen) == published


@given(
    camera=st.tuples(st.integers(2, 8192), st.integers(2, 8192)),
    chosen=st.none() | st.sampled_from([(640, 480), (1280, 720), (3840, 2160)]),
)
def test_every_published_size_is_one_that_stages_take(camera: Size, chosen: Size | None) -> None:
    width, height = published_size(camera, chosen)
    assert width % 2 == height % 2 == 0
    assert max(width, height) <= 1280
    assert 160 <= min(width, height) <= 720
    assert -(-width // 16) * -(-height // 16) <= 3600, "the most macroblocks of H.264's level 3.1"


def test_pictures_of_nearly_the_same_shape_have_no_bars() -> None:
    _, target = new_frame((640, 480))
    Letterbox(target).put(plain((212, 160), 200))
    assert (target.y == 200).all()
    assert (target.u == 100).all()


def test_a_letterbox_paints_its_bars_once_for_each_size() -> None:
    _, target = new_frame((64, 64))
    box = Letterbox(target)
    box.put(plain((32, 64), 200))
    assert (target.y[:, :16] == 16).all()
    assert (target.y[:, 16:48] == 200).all()
    assert (target.u[:, :8] == 128).all()
    box.put(plain((64, 32), 100))
    assert (target.y[:16] == 16).all()
    assert (target.y[16:48] == 100).all()
