"""Two clocks, of which the one that says more counts."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.video.moment import NEVER, Moment

SECONDS = st.floats(0, 1e6)


@pytest.mark.parametrize(
    ("worked", "taken", "seconds"),
    [(0.03, 0.03, 0.03), (0.01, 0.3, 0.3), (0.3, 0.01, 0.3)],
    ids=["both alike", "frames that waited", "a slow worker"],
)
def test_the_clock_that_says_more_counts(worked: float, taken: float, seconds: float) -> None:
    assert Moment(1 + worked, 5 + taken).since(Moment(1, 5)) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "later",
    [Moment(1.1, 5), Moment(1.1, 4.9), Moment(0.9, 5.1), Moment(1.1), Moment(math.nan, 5.1), Moment(1.1, math.nan)],
    ids=["the camera's stands still", "it runs back", "ours runs back", "it is lost", "ours is none", "its is none"],
)
def test_a_clock_that_cannot_be_right_makes_everything_long_ago(later: Moment) -> None:
    assert later.since(Moment(1, 5)) == math.inf


@given(SECONDS, SECONDS)
def test_a_moment_is_now_and_never_is_always_long_ago(worked: float, taken: float) -> None:
    assert Moment(worked, taken).since(Moment(worked, taken)) == 0
    assert Moment(worked, taken).since(NEVER) == math.inf
    assert Moment(worked).since(NEVER) == math.inf


def test_without_a_cameras_clock_ours_counts_alone() -> None:
    assert Moment(1.5).since(Moment(1)) == 0.5
