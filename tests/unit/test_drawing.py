"""The matte at full size: only where somebody is, and there as if all of it were drawn."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from components.video.box import ROUND, Box
from components.video.drawing import Drawing
from components.video.edges import Edges
from components.video.guided import Ramp, coefficients
from components.video.model_input import shrink

SIZE = (640, 480)
LUMA = np.random.default_rng(5).integers(0, 256, SIZE[::-1], dtype=np.uint8)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    """As `follow` gives them: round, but for a frame that is not."""
    cut = draw(st.sampled_from([0, 2, 8, 22]))
    width, height = ROUND * draw(st.integers(2, 20)) - cut, ROUND * draw(st.integers(2, 15)) - cut
    left, top = 2 * draw(st.integers(0, (SIZE[0] - width) // 2)), 2 * draw(st.integers(0, (SIZE[1] - height) // 2))
    return Box(left, top, left + width, top + height)


@st.composite
def people(draw: st.DrawFn) -> np.ndarray:
    """Somebody with soft sides on one of the models' grids."""
    height, width = draw(st.sampled_from([(144, 256), (256, 256)]))
    left, top = draw(st.integers(0, width - 20)), draw(st.integers(0, height - 20))
    right, bottom = draw(st.integers(left + 5, width)), draw(st.integers(top + 5, height))
    shown = np.zeros((height, width), np.float32)
    shown[top:bottom, left:right] = 0.5
    shown[top + 2 : bottom - 2, left + 2 : right - 2] = 1
    return shown


def drawn_whole(shown: np.ndarray, over: Box, *, edge_aware: bool) -> np.ndarray:
    whole, out, ramp = np.zeros(SIZE[::-1], np.uint8), np.empty(over.size[::-1], np.uint8), Ramp()
    if edge_aware:
        guide = shrink(over.cut(LUMA), shown.shape[::-1]).astype(np.float32) / 255
        ramp.guided(coefficients(shown, guide), over.cut(LUMA), Edges().ramp, out)
    else:
        ramp.plain(shown, Edges().ramp, out)
    over.cut(whole)[:] = out
    return whole


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(people(), boxes()), min_size=1, max_size=3), st.booleans())
def test_the_part_is_the_same_picture_as_the_whole_and_the_last_one_is_gone(
    frames: list[tuple[np.ndarray, Box]], edge_aware: bool
) -> None:
    drawing = Drawing(SIZE)
    for shown, over in frames:
        guide = shrink(over.cut(LUMA), shown.shape[::-1])
        drawing.draw(shown, guide, over, LUMA, Edges(), edge_aware=edge_aware)
        assert np.abs(drawing.alpha.astype(int) - drawn_whole(shown, over, edge_aware=edge_aware)).max() <= 1
        assert over.holds(drawing.box)
        inside = np.count_nonzero(drawing.box.cut(drawing.alpha))
        assert inside == np.count_nonzero(drawing.alpha)


def test_where_nobody_is_nothing_is_drawn() -> None:
    drawing, over = Drawing(SIZE), Box(64, 64, 320, 320)
    shown = np.ones((256, 256), np.float32)
    guide = np.zeros((256, 256), np.uint8)
    drawing.draw(shown, guide, over, LUMA, Edges(), edge_aware=True)
    assert drawing.alpha.max() == 255
    drawing.draw(0.04 * shown, guide, over, LUMA, Edges(), edge_aware=True)
    assert drawing.alpha.max() == drawing.box.area == 0


def test_only_the_part_with_somebody_in_it_is_drawn() -> None:
    shown, over = np.zeros((256, 256), np.float32), Box(0, 0, 512, 480)
    shown[100:150, 100:150] = 1
    drawing = Drawing(SIZE)
    drawing.draw(shown, np.zeros((256, 256), np.uint8), over, LUMA, Edges(), edge_aware=True)
    assert drawing.box.area < 0.1 * over.area
