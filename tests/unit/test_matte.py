import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.errors import SegmenterError
from components.video.matte import Edges, Matte, believed
from components.video.segmenter import checked

POSITIONS = st.floats(*Edges.POSITION_RANGE)
SOFTNESSES = st.floats(*Edges.SOFTNESS_RANGE)


@given(POSITIONS, SOFTNESSES)
def test_no_setting_lets_the_room_shine_through_or_the_person_vanish(position: float, softness: float) -> None:
    edges = Edges(position, softness)
    room = Matte().alpha(np.full((32, 32), 0.09, np.float32), (64, 48), edges)
    assert room.max() == 0
    person = Matte().alpha(np.full((32, 32), 1.0, np.float32), (64, 48), edges)
    assert person.min() == 255


def test_the_ramp_rises_between_its_ends() -> None:
    probability = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (64, 1))
    alpha = Matte().alpha(probability, (640, 480), Edges(0.5, 0.4))[240].astype(int)
    assert (np.diff(alpha) >= 0).all()
    assert alpha[int(640 * 0.25)] == 0
    assert alpha[int(640 * 0.75)] == 255
    assert alpha[320] == pytest.approx(127, abs=6)


def test_a_harder_edge_is_a_narrower_ramp() -> None:
    probability = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (64, 1))
    soft, hard = (Matte().alpha(probability, (640, 480), Edges(0.5, s)) for s in (0.6, 0.1))
    between = [int(((a > 0) & (a < 255)).sum()) for a in (soft, hard)]
    assert between[1] < between[0] / 3


@pytest.mark.parametrize(("position", "softness"), [(0, 0.5), (1, 0.5), (0.5, 0), (float("nan"), 0.5)])
def test_edges_out_of_range_are_refused(position: float, softness: float) -> None:
    with pytest.raises(ValueError, match="is not in"):
        Edges(position, softness)


GOOD = np.zeros((144, 256), np.float32)


@pytest.mark.parametrize(
    "rubbish",
    [
        None,
        GOOD.tolist(),
        GOOD.astype(np.uint8),
        GOOD.astype(np.float64),
        GOOD[None],
        GOOD[:1],
        np.full_like(GOOD, np.nan),
        np.where(np.arange(256) == 9, np.float32(np.nan), GOOD),
        np.full_like(GOOD, np.inf),
        np.full_like(GOOD, -0.5),
        np.full_like(GOOD, 255),
    ],
    ids=["none", "list", "uint8", "float64", "3d", "thin", "nan", "one-nan", "inf", "negative", "255"],
)
def test_rubbish_is_no_matte(rubbish: object) -> None:
    with pytest.raises(SegmenterError):
        checked(rubbish)


def test_a_matte_without_or_with_a_person_is_believed() -> None:
    person = GOOD.copy()
    person[:, :230] = 1
    for probability in (GOOD, person):
        believed(Matte().alpha(checked(probability), (640, 480), Edges()))


@given(st.floats(0.0, 1.0, width=32), POSITIONS, SOFTNESSES)
def test_the_same_for_the_whole_picture_is_never_a_person(level: float, position: float, softness: float) -> None:
    alpha = Matte().alpha(np.full((64, 64), level, np.float32), (64, 48), Edges(position, softness))
    try:
        believed(alpha)
    except SegmenterError:
        return
    assert alpha.max() < 24
