import av
import numpy as np
import pytest

from components.video.planes import cover, even, from_rgb, new_frame, to_frame, to_rgb, view


@pytest.mark.parametrize("size", [(160, 120), (161, 121), (1, 1), (1, 9), (640, 480), (90, 160), (1279, 719)])
def test_a_colour_survives_the_way_to_planes_and_back(size: tuple[int, int]) -> None:
    pixels = np.full((size[1], size[0], 3), (30, 120, 200), np.uint8)
    back = to_rgb(from_rgb(pixels))
    assert back.shape == (*even(size)[::-1], 3)
    assert np.abs(back.astype(int) - (30, 120, 200)).max() <= 3


def test_a_view_shares_memory_with_its_frame_and_drops_the_odd_edge() -> None:
    frame = av.VideoFrame(161, 121, "yuv420p")
    planes = view(frame)
    assert [p.shape for p in planes.planes] == [(120, 160), (60, 80), (60, 80)]
    planes.y[:] = 77
    assert (view(frame).y == 77).all()


def test_a_copied_frame_is_the_callers_own() -> None:
    frame, planes = new_frame((64, 48))
    for plane in planes.planes:
        plane[:] = 128
    copy = to_frame(planes)
    planes.y[:] = 0
    assert (view(copy).y == 128).all()
    assert copy is not frame


def test_cover_keeps_the_middle_and_the_proportions() -> None:
    pixels = np.zeros((100, 300, 3), np.uint8)
    pixels[:, 100:200] = 255
    assert (cover(pixels, (50, 50)) > 250).all()
    tall = np.zeros((300, 100, 3), np.uint8)
    tall[100:200] = 255
    assert (cover(tall, (80, 80)) > 250).all()
    assert cover(np.zeros((1, 1, 3), np.uint8), (640, 480)).shape == (480, 640, 3)
