"""What a camera sends is bounded: the size of its pictures, and how often that size may change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.video.camera_size import CHANGES_AT_ONCE, LONG_SIDE, SHORT_SIDE, SizeChanges, bounded
from components.video.frame_path import scaled

SIDES = st.integers(1, 16_384)


@given(SIDES, SIDES, st.sampled_from([1.0, 0.75, 0.5]))
def test_no_picture_is_worked_on_above_full_hd_or_enlarged(width: int, height: int, scale: float) -> None:
    for size in (bounded((width, height)), scaled((width, height), scale)):
        assert max(size) <= LONG_SIDE
        assert min(size) <= SHORT_SIDE
        assert size[0] % 2 == size[1] % 2 == 0
        assert 2 <= size[0] <= max(2, width)
        assert 2 <= size[1] <= max(2, height)


@pytest.mark.parametrize(
    ("camera", "worked_on"),
    [
        ((1920, 1080), (1920, 1080)),
        ((1080, 1920), (1080, 1920)),
        ((641, 481), (640, 480)),
        ((4096, 4096), (1080, 1080)),
        ((3840, 2160), (1920, 1080)),
        ((2160, 3840), (1080, 1920)),
    ],
)
def test_a_large_camera_keeps_its_shape(camera: tuple[int, int], worked_on: tuple[int, int]) -> None:
    assert bounded(camera) == worked_on


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_browser_that_starts_small_is_followed_at_once() -> None:
    changes = SizeChanges(Clock())
    assert all(changes.accepts(size) for size in [(320, 180), (320, 180), (640, 360), (960, 540), (1280, 720)])


def test_a_size_that_changes_with_every_frame_is_followed_once_a_second() -> None:
    clock = Clock()
    changes = SizeChanges(clock)
    accepted = []
    for frame in range(10 * 30):
        clock.now = frame / 30
        accepted.append(changes.accepts((640 + 2 * frame, 480)))
    assert sum(accepted[:30]) == 1 + CHANGES_AT_ONCE
    assert sum(accepted) <= 1 + CHANGES_AT_ONCE + 10


def test_a_size_that_stays_is_accepted_within_a_second() -> None:
    clock = Clock()
    changes = SizeChanges(clock)
    while changes.accepts((640 + 2 * int(1e6 * clock.now), 480)):
        clock.now += 0.001
    clock.now += 1.0
    assert changes.accepts((1280, 720))
