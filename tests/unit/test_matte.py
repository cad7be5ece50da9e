"""The pipeline: what it shows, when it looks, and what it never does."""

import functools
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from components.errors import SegmenterError
from components.video.box import ROUND
from components.video.drawing import Drawing
from components.video.edges import Edges
from components.video.follow import FULL_LOOK_SECONDS
from components.video.matte import Matte
from components.video.planes import I420, Plane
from components.video.quality import Steps
from components.video.segmenter import checked
from components.video.trust import believed

POSITIONS = st.floats(*Edges.POSITION_RANGE)
SOFTNESSES = st.floats(*Edges.SOFTNESS_RANGE)
PLAIN = Steps(follow=False, low_light=False, edge_aware=False, steady=False, clean=False, reuse=False)
ALL = st.builds(
    Steps,
    **{
        name: st.booleans()
        for name in ("follow", "square", "low_light", "edge_aware", "steady", "flow", "clean", "reuse")
    },
    stride=st.integers(1, 3),
)
Probability = NDArray[np.float32]


def picture(width: int = 64, height: int = 48, level: int = 120, noise: int = 0) -> I420:
    chance = np.random.default_rng(noise)
    y = np.full((height, width), level, np.uint8)
    if noise:
        y = (y + chance.integers(-noise, noise + 1, y.shape)).astype(np.uint8)
    grey = np.full((height // 2, width // 2), 128, np.uint8)
    return I420(y, grey, grey.copy())


class Scripted:
    """Answers as told by what it is shown, and counts."""

    def __init__(self, answer: Callable[[I420], Probability]) -> None:
        self._answer = answer
        self.shown: list[tuple[int, int]] = []

    def probability(self, picture: I420, *, low_light: bool, wide: bool) -> Probability:
        self.shown.append(picture.size)
        return self._answer(picture)

    def close(self) -> None: ...


def flat(level: float, cells: int = 32) -> Scripted:
    return Scripted(lambda _: np.full((cells, cells), level, np.float32))


def bright_is_person(picture: I420, cells: int = 64) -> Probability:
    """A segmenter that knows: what is brighter than 200 is the person."""
    rows = np.linspace(0, picture.y.shape[0] - 1, cells).round().astype(int)
    columns = np.linspace(0, picture.y.shape[1] - 1, cells).round().astype(int)
    return (picture.y[np.ix_(rows, columns)] > 200).astype(np.float32)


def people(*places: tuple[int, int, int, int]) -> I420:
    """A dim room of 640x480 with bright people at (left, top, right, bottom)."""
    it = picture(640, 480, 60)
    for left, top, right, bottom in places:
        it.y[top:bottom, left:right] = 230
    return it


def textured(left: int) -> I420:
    """Like `people`, with something for an optical flow to hold on to."""
    it = people()
    it.y[:] = _texture(480, 640, 40, 90)
    it.y[200:400, left : left + 80] = _texture(200, 80, 205, 250)
    return it


@functools.cache
def _texture(height: int, width: int, low: int, high: int) -> Plane:
    coarse = np.random.default_rng(1).integers(low, high, (height // 16, width // 16), np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8).clip(low, high)


def share(alpha: Plane, place: tuple[int, int, int, int]) -> float:
    left, top, right, bottom = place
    return float((alpha[top:bottom, left:right] > 128).mean())


ANNA, BEN = (280, 200, 360, 400), (40, 220, 120, 420)


@settings(deadline=None, max_examples=50)
@given(POSITIONS, SOFTNESSES, ALL)
def test_no_setting_lets_the_room_shine_through_or_the_person_vanish(
    position: float, softness: float, steps: Steps
) -> None:
    edges, matte = Edges(position, softness), Matte()
    for index in range(4):
        shot = picture(level=60 + 40 * index, noise=20 + index)
        assert matte.alpha(shot, flat(0.09), edges, steps, index / 30).max() == 0
    person = np.zeros((32, 32), np.float32)
    person[8:, :20] = 1
    alpha = Matte().alpha(picture(noise=20), Scripted(lambda _: person), edges, steps, 1.0)
    assert alpha[24:, :18].min() > 250


@given(st.floats(0.0, 1.0, width=32), POSITIONS, SOFTNESSES, ALL)
def test_the_same_for_the_whole_picture_is_never_a_person(
    level: float, position: float, softness: float, steps: Steps
) -> None:
    try:
        alpha = Matte().alpha(picture(noise=30), flat(level, 64), Edges(position, softness), steps, 0.0)
    except SegmenterError:
        return
    assert alpha.max() < 24


def test_the_ramp_rises_between_its_ends() -> None:
    slope = np.tile(np.linspace(-0.5, 1.5, 64, dtype=np.float32).clip(0, 1), (64, 1))
    alpha = Matte().alpha(picture(640, 480), Scripted(lambda _: slope), Edges(0.5, 0.4), PLAIN, 0.0)[240].astype(int)
    assert (np.diff(alpha) >= 0).all()
    assert alpha[int(640 * 0.375)] == 0
    assert alpha[int(640 * 0.625)] == 255
    assert alpha[320] == pytest.approx(127, abs=6)


def test_a_harder_edge_is_a_narrower_ramp() -> None:
    slope = np.tile(np.linspace(-0.5, 1.5, 64, dtype=np.float32).clip(0, 1), (64, 1))
    soft, hard = (
        Matte().alpha(picture(640, 480), Scripted(lambda _: slope), Edges(0.5, s), PLAIN, 0.0) for s in (0.5, 0.1)
    )
    between = [int(((a > 0) & (a < 255)).sum()) for a in (soft, hard)]
    assert between[1] < between[0] / 3


@pytest.mark.parametrize(("position", "softness"), [(0, 0.5), (1, 0.5), (0.5, 0), (float("nan"), 0.5)])
def test_edges_out_of_range_are_refused(position: float, softness: float) -> None:
    with pytest.raises(ValueError, match="is not in"):
        Edges(position, softness)


def test_the_model_looks_at_the_person_after_the_first_frame() -> None:
    matte, segmenter = Matte(), Scripted(bright_is_person)
    for index in range(3):
        alpha = matte.alpha(people(ANNA), segmenter, Edges(), replace(Steps(), reuse=False), index / 30)
    assert segmenter.shown[0] == (640, 480)
    width, height = segmenter.shown[2]
    assert 80 * 1.2 < width < 80 * 1.7 + ROUND
    assert 200 * 1.2 < height < 200 * 1.7 + ROUND
    assert share(alpha, ANNA) > 0.95
    assert (alpha > 128).sum() < 1.1 * 80 * 200


def test_somebody_who_comes_in_is_shown_within_half_a_second_and_costs_no_second_look() -> None:
    matte, segmenter = Matte(), Scripted(bright_is_person)
    for index in range(10):
        matte.alpha(people(ANNA), segmenter, Edges(), Steps(), index / 30)
    before, came = len(segmenter.shown), 10 / 30
    for index in range(16):
        alpha = matte.alpha(people(ANNA, BEN), segmenter, Edges(), Steps(), came + index / 30)
        if share(alpha, BEN) > 0.9:
            break
    assert index / 30 <= FULL_LOOK_SECONDS + 2 / 30
    assert share(alpha, ANNA) > 0.9
    assert len(segmenter.shown) - before <= index + 1


def test_a_person_who_jumps_out_of_the_box_is_found_again() -> None:
    matte, segmenter = Matte(), Scripted(bright_is_person)
    for index in range(4):
        matte.alpha(people(ANNA), segmenter, Edges(), Steps(), index / 30)
    for index in range(4, 8):
        alpha = matte.alpha(people(BEN), segmenter, Edges(), Steps(), index / 30)
    assert share(alpha, BEN) > 0.9
    assert share(alpha, ANNA) == 0


def test_the_whole_frame_is_looked_at_in_every_half_second() -> None:
    matte, segmenter = Matte(), Scripted(bright_is_person)
    for index in range(60):
        matte.alpha(people(ANNA), segmenter, Edges(), replace(Steps(), reuse=False), index / 30)
    looks = [index for index, size in enumerate(segmenter.shown) if size == (640, 480)]
    assert 4 <= len(looks) <= 7
    assert np.diff(looks).max() <= 15


def test_the_look_at_everything_does_not_blur_the_person() -> None:
    """From afar this one overlooks her: the box's own matte must last."""

    def short_sighted(picture: I420) -> Probability:
        return bright_is_person(picture) if picture.size[0] < 640 else np.zeros((64, 64), np.float32)

    matte = Matte()
    steps = replace(Steps(), reuse=False)
    for index in range(3):
        matte.alpha(people(ANNA), Scripted(bright_is_person), Edges(), steps, index / 30)
    for index in range(3, 40):
        alpha = matte.alpha(people(ANNA), Scripted(short_sighted), Edges(), steps, index / 30)
        assert share(alpha, ANNA) > 0.9


@pytest.mark.parametrize("follow", [True, False], ids=["in the person's box", "in the whole frame"])
def test_an_unchanged_picture_keeps_its_matte_for_half_a_second_at_most(follow: bool) -> None:
    matte, segmenter = Matte(), Scripted(bright_is_person)
    stamps: list[int] = []
    for index in range(90):
        before = len(segmenter.shown)
        shot = people(ANNA)
        shot.y[:] += np.random.default_rng(index).integers(0, 6, shot.y.shape, dtype=np.uint8)
        matte.alpha(shot, segmenter, Edges(), Steps(follow=follow), index / 30)
        if len(segmenter.shown) > before:
            stamps.append(index)
    assert len(stamps) < 19
    assert np.diff([*stamps, 90]).max() <= 0.5 * 30 + 1


def test_a_hand_that_moves_is_a_change() -> None:
    matte, segmenter = Matte(), Scripted(bright_is_person)
    looks = []
    for index in range(10):
        matte.alpha(people(ANNA), segmenter, Edges(), Steps(), index / 30)
        looks.append(len(segmenter.shown))
    assert looks[-1] == looks[-2], "the matte of the frame before was kept"
    hand = (360, 300, 385, 325)
    alpha = matte.alpha(people(ANNA, hand), segmenter, Edges(), Steps(), 10 / 30)
    assert share(alpha, hand) > 0.6


def test_what_was_brought_over_to_a_shake_is_not_kept_for_the_picture_before_it() -> None:
    matte, segmenter = Matte(), Scripted(bright_is_person)
    steps = replace(Steps(), stride=2)
    looks = index = 0
    while index < 20 or len(segmenter.shown) == looks:
        looks = len(segmenter.shown)
        still = matte.alpha(textured(280), segmenter, Edges(), steps, index / 30).copy()
        index += 1
    looks = len(segmenter.shown)
    shaken = matte.alpha(textured(284), segmenter, Edges(), steps, index / 30).copy()
    assert len(segmenter.shown) == looks, "brought over"
    again = matte.alpha(textured(280), segmenter, Edges(), steps, (index + 1) / 30)
    assert np.abs(shaken.astype(int) - still).mean() > 0.2
    assert np.abs(again.astype(int) - still).mean() < 0.1


@pytest.mark.parametrize("stride", [2, 3])
def test_with_a_stride_the_model_rests_and_the_matte_moves_on(stride: int) -> None:
    matte, segmenter = Matte(), Scripted(bright_is_person)
    for index in range(30):
        left = 200 + index
        place = (left, 200, left + 80, 400)
        alpha = matte.alpha(textured(left), segmenter, Edges(), replace(Steps(), stride=stride), index / 30)
        assert share(alpha, place) > 0.8
    # And once more when she is seen from near, and at everything every .45 s.
    assert len(segmenter.shown) <= 30 / stride + 4


def wide(shot: I420) -> I420:
    """The same room with more of it to the left and right: 1280x480."""
    return I420(*(np.pad(plane, ((0, 0), (plane.shape[1] // 2,) * 2), "edge") for plane in shot.planes))


@pytest.mark.parametrize(("square", "looks"), [(True, 0.5), (False, 1.0)])
def test_a_look_with_the_dearer_model_serves_two_frames(*, square: bool, looks: float) -> None:
    matte, segmenter = Matte(), Scripted(functools.partial(bright_is_person, cells=128))
    frames = 40
    for index in range(frames):
        alpha = matte.alpha(wide(textured(200 + index)), segmenter, Edges(), Steps(square=square), index / 30)
        assert share(alpha, (520 + index, 200, 600 + index, 400)) > 0.8
    # And at everything every .45 s.
    assert looks * frames <= len(segmenter.shown) <= looks * frames + 5


def test_an_arm_that_reaches_the_boxs_side_is_seen_whole_at_once() -> None:
    matte, segmenter = Matte(), Scripted(bright_is_person)
    for index in range(3):
        matte.alpha(people(ANNA), segmenter, Edges(), Steps(stride=1), index / 30)
    near = segmenter.shown[-1]
    assert near != (640, 480), "she is followed"
    arm = (360, 300, 395, 330)
    alpha = matte.alpha(people(ANNA, arm), segmenter, Edges(), Steps(stride=1), 3 / 30)
    assert share(alpha, arm) > 0.9
    assert segmenter.shown[-1] != (640, 480), "looked at from near, not instead at everything"


def fills_up_to_the_side(picture: I420) -> Probability:
    """What the model does with a person whom the box cuts off: all between her and the side is person."""
    probability = bright_is_person(picture)
    if picture.size[0] < 640 and probability[:, -1].any():
        probability[32:, -16:] = 1
    return probability


def test_a_strip_of_room_beside_a_person_whom_the_box_cuts_off_is_not_shown() -> None:
    matte, segmenter = Matte(), Scripted(fills_up_to_the_side)
    steps = replace(Steps(), reuse=False)
    for index in range(3):
        matte.alpha(people(ANNA), segmenter, Edges(), steps, index / 30)
    assert segmenter.shown[-1] != (640, 480), "she is followed"
    gone_on = (340, 200, 420, 400)
    alpha = matte.alpha(people(gone_on), segmenter, Edges(), steps, 3 / 30)
    assert share(alpha, gone_on) > 0.9
    elsewhere = alpha.copy()
    elsewhere[195:405, 335:425] = 0
    assert elsewhere.max() == 0


@pytest.mark.parametrize(
    "taken",
    [
        lambda index: 0.3 * index,
        lambda index: 0.0,
        lambda index: 7 - index / 30,
        lambda index: None if index % 2 else 1.0,
    ],
    ids=["taken long before", "standing still", "running back", "coming and going"],
)
def test_frames_whose_own_times_are_far_apart_or_wrong_each_get_a_look(taken: Callable[[int], float | None]) -> None:
    """After a pause, frames that were taken .3 s apart arrive at once: by our own clock they would be carried over."""
    matte, segmenter = Matte(), Scripted(bright_is_person)
    for index in range(12):
        before = len(segmenter.shown)
        matte.alpha(textured(200), segmenter, Edges(), Steps(stride=3), index / 100, taken(index))
        assert len(segmenter.shown) > before
    assert segmenter.shown[-1] == (640, 480), "where she was says nothing about where she is"


def test_frames_of_a_steady_camera_are_carried_over_as_before() -> None:
    matte, segmenter = Matte(), Scripted(bright_is_person)
    for index in range(30):
        matte.alpha(textured(200 + index), segmenter, Edges(), Steps(stride=3), index / 30, 9 + index / 30)
    assert len(segmenter.shown) <= 30 / 3 + 4


ORANGE, PURPLE = (80, 190), (190, 170)
"""u and v."""


def equally_bright(left: int, hand: bool = False) -> I420:
    """An orange person in a purple room, both of one luma, which tells nothing."""
    it = people()
    it.y[:] = 120
    it.u[:], it.v[:] = PURPLE
    places = [(left, 200, left + 80, 400)] + [(360, 300, 385, 330)] * hand
    for a, b, c, d in places:
        it.u[b // 2 : d // 2, a // 2 : c // 2], it.v[b // 2 : d // 2, a // 2 : c // 2] = ORANGE
    return it


def orange_is_person(picture: I420) -> Probability:
    u = cv2.resize(picture.u, (64, 64), interpolation=cv2.INTER_NEAREST)
    return (u < 130).astype(np.float32)


@pytest.mark.parametrize("stride", [2, 3])
def test_who_moves_before_a_wall_as_bright_as_they_are_leaves_no_room_behind(stride: int) -> None:
    matte, segmenter = Matte(), Scripted(orange_is_person)
    steps = Steps(stride=stride, low_light=False)
    for index in range(30):
        left = 200 + 40 * (index // 3)
        alpha = matte.alpha(equally_bright(left), segmenter, Edges(), steps, index / 30).copy()
        alpha[190:410, left - 12 : left + 92] = 0
        assert alpha.max() < 64, f"frame {index}"


def test_a_hand_as_bright_as_the_wall_is_a_change() -> None:
    matte, segmenter = Matte(), Scripted(orange_is_person)
    looks = []
    for index in range(10):
        matte.alpha(equally_bright(280), segmenter, Edges(), Steps(), index / 30)
        looks.append(len(segmenter.shown))
    assert looks[-1] == looks[-2], "the matte of the frame before was kept"
    alpha = matte.alpha(equally_bright(280, hand=True), segmenter, Edges(), Steps(), 10 / 30)
    assert len(segmenter.shown) > looks[-1]
    assert share(alpha, (360, 300, 380, 330)) > 0.4


def test_after_a_failure_or_a_new_size_nothing_is_remembered() -> None:
    matte, segmenter = Matte(), Scripted(bright_is_person)
    steps = replace(Steps(), reuse=False)
    for index in range(3):
        matte.alpha(people(ANNA), segmenter, Edges(), steps, index / 30)
    assert segmenter.shown[-1] != (640, 480), "she is followed"
    with pytest.raises(SegmenterError):
        matte.alpha(people(ANNA), flat(float("nan")), Edges(), steps, 0.1)
    alpha = matte.alpha(picture(640, 480, 60), segmenter, Edges(), steps, 0.13)
    assert segmenter.shown[-1] == (640, 480)
    assert alpha.max() == 0
    alpha = matte.alpha(picture(320, 240, 60), segmenter, Edges(), Steps(), 0.09)
    assert alpha.shape == (240, 320)
    assert alpha.max() == 0


@pytest.mark.parametrize("when", [0, 6], ids=["from the start", "of a person who is followed"])
def test_a_vague_answer_over_most_of_what_was_looked_at_is_refused(when: int) -> None:
    vague = np.zeros((64, 64), np.float32)
    vague[: round(0.85 * 64)] = 0.7
    matte = Matte()
    steps = replace(Steps(), reuse=False)
    for index in range(when):
        matte.alpha(people(ANNA), Scripted(bright_is_person), Edges(), steps, index / 30)
    with pytest.raises(SegmenterError):
        matte.alpha(people(ANNA), Scripted(lambda _: vague), Edges(), steps, when / 30)


def test_what_was_seen_before_a_pause_says_nothing_about_now() -> None:
    steps, matte = Steps(follow=False), Matte()
    for index in range(3):
        matte.alpha(people(ANNA), Scripted(bright_is_person), Edges(), steps, index / 30)
    unsure = Scripted(lambda shown: np.float32(0.6) * bright_is_person(shown))
    after = matte.alpha(people(ANNA), unsure, Edges(), steps, 0.5)
    fresh = Matte().alpha(people(ANNA), unsure, Edges(), steps, 0.5)
    assert np.array_equal(after, fresh)


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
    with pytest.raises(SegmenterError):
        Matte().alpha(picture(), Scripted(lambda _: rubbish), Edges(), Steps(), 0.0)  # type: ignore[arg-type,return-value]


def test_a_matte_without_or_with_a_person_is_believed() -> None:
    person = GOOD.copy()
    person[:, :230] = 1
    for probability in (GOOD, person):
        believed(Matte().alpha(picture(640, 480), Scripted(lambda _, p=probability: p), Edges(), Steps(), 0.0))  # type: ignore[misc]


@pytest.mark.parametrize(("level", "words"), [(255, "nearly everything"), (120, "person from room")])
def test_a_matte_that_would_show_the_room_is_refused_whatever_made_it(level: int, words: str) -> None:
    alpha = np.full((480, 640), level, np.uint8)
    alpha[:, :16] = 0
    with pytest.raises(SegmenterError, match=words):
        believed(alpha)


def test_a_drawing_gone_wrong_is_refused_and_nothing_of_it_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    matte, segmenter = Matte(), Scripted(bright_is_person)
    whole = Drawing.draw

    def wrong(self: Drawing, *arguments: object, **more: object) -> None:
        whole(self, *arguments, **more)  # type: ignore[arg-type]
        self.alpha.fill(255)

    with monkeypatch.context() as patch:
        patch.setattr(Drawing, "draw", wrong)
        with pytest.raises(SegmenterError, match="nearly everything"):
            matte.alpha(people(ANNA), segmenter, Edges(), Steps(), 0.0)
    alpha = matte.alpha(people(ANNA), segmenter, Edges(), Steps(), 0.03)
    assert segmenter.shown == [(640, 480)] * 2
    assert (alpha > 0).mean() < 0.1
