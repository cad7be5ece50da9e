"""Pictures of any size in the one that is published."""

import numpy as np
import pytest

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
