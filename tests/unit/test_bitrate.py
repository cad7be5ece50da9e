"""How the picture's rate follows what the line carries."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.stage.bitrate import Aim, Report, adjusted
from components.video.h264 import LEAST_KBPS, MOST_KBPS

GOOD = Report(loss=0.0, sent_kbps=1900, estimate_kbps=None)


@pytest.mark.parametrize(("loss", "kbps"), [(0.04, 2000), (0.06, 1700), (0.2, 1400)])
def test_loss_lowers_it_at_once(loss: float, kbps: int) -> None:
    assert adjusted(Aim(2000, 0), Report(loss, 2000, None), 1, 2000).kbps == kbps


def test_without_loss_it_climbs_back_slowly_and_not_over_the_setting() -> None:
    aim, climbed = Aim(1000, 0), []
    for second in range(1, 101):
        aim = adjusted(aim, GOOD, second, 2000)
        climbed.append(aim.kbps)
    assert climbed[3] == 1000
    assert climbed[4] == 1050
    assert climbed[-1] == 2000
    assert max(climbed) == 2000


def test_no_report_changes_nothing() -> None:
    assert adjusted(Aim(1000, 0), Report(None, 900, None), 60, 2000).kbps == 1000


def test_a_receivers_estimate_counts_where_it_is_below_what_is_sent() -> None:
    congested = Report(loss=0.0, sent_kbps=1900, estimate_kbps=1800)
    assert adjusted(Aim(2000, 0), congested, 60, 2000).kbps == 1800
    still_picture = Report(loss=0.0, sent_kbps=100, estimate_kbps=150)
    assert adjusted(Aim(2000, 0), still_picture, 60, 2000).kbps == 2000


def test_an_estimate_lowers_it_by_steps() -> None:
    assert adjusted(Aim(2000, 0), Report(0.0, 1900, 600), 1, 2000).kbps == 1700


def test_an_estimate_while_little_is_sent_says_nothing() -> None:
    assert adjusted(Aim(2000, 0), Report(0.0, 120, 100), 1, 2000).kbps == 2000


reports = st.builds(
    Report,
    st.none() | st.floats(0, 1),
    st.none() | st.floats(0, 10_000),
    st.none() | st.floats(0, 10_000),
)


@settings(deadline=None)
@given(st.lists(reports, max_size=40), st.integers(300, 9000))
def test_it_stays_within_bounds(found: list[Report], ceiling: int) -> None:
    aim = Aim(min(ceiling, MOST_KBPS), 0)
    for second, report in enumerate(found):
        aim = adjusted(aim, report, second, ceiling)
        assert LEAST_KBPS <= aim.kbps <= min(ceiling, MOST_KBPS)
