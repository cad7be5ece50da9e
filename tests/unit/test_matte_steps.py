"""The matte's steps, each on arrays small enough to follow."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.video.box import ROUND, Box, whole
from components.video.carry import Carrier, colour_explained, explained
from components.video.clean import cleaned
from components.video.follow import Follow, found
from components.video.guided import Ramp, coefficients
from components.video.model_input import model_input, shrink
from components.video.planes import I420, from_rgb
from components.video.steady import STILL_WEIGHT, showable, steadied
from components.video.unchanged import Unchanged

SIZE = (640, 480)


def blob(*places: tuple[int, int, int, int], cells: int = 128, level: float = 1.0) -> np.ndarray:
    probability = np.zeros((cells, cells), np.float32)
    for left, top, right, bottom in places:
        probability[top:bottom, left:right] = level
    return probability


@settings(deadline=None)
@given(st.integers(0, 600), st.integers(0, 440), st.integers(2, 600), st.integers(2, 440), st.floats(0, 0.5))
def test_a_padded_box_is_even_and_round_lies_in_the_frame_and_holds_the_person(
    left: int, top: int, width: int, height: int, share: float
) -> None:
    person = Box(left, top, min(640, left + width), min(480, top + height))
    box = person.padded(share, SIZE)
    assert all(side % 2 == 0 for side in (box.left, box.top, box.right, box.bottom))
    assert all(side % ROUND == 0 for side in box.size)
    assert whole(SIZE).holds(box)
    assert box.holds(person)


def test_the_box_is_around_everybody_but_not_around_specks() -> None:
    person = found(blob((20, 40, 50, 100), (90, 60, 110, 100), (3, 3, 4, 4)), whole(SIZE))
    assert person is not None
    assert abs(person.left - 100) <= 10
    assert abs(person.right - 550) <= 10
    assert abs(person.top - 150) <= 10
    assert found(blob(), whole(SIZE)) is None


def test_a_small_step_does_not_move_the_box_and_a_big_one_does() -> None:
    follow = Follow(SIZE)
    follow.saw_all(blob((40, 50, 70, 100)), None, 0.0)
    before = follow.box
    assert before.area < 0.4 * 640 * 480
    follow.saw_all(blob((42, 50, 72, 100)), None, 0.1)
    assert follow.box == before
    follow.saw_all(blob((80, 50, 110, 100)), None, 0.2)
    assert follow.box != before


def test_whoever_reaches_the_boxs_side_makes_it_look_up() -> None:
    follow = Follow(SIZE)
    follow.saw_all(blob((40, 50, 70, 100)), None, 0.0)
    before = follow.box
    follow.saw_box(blob((30, 30, 90, 110)), before)
    assert (follow.at_a_side, follow.wants_full_look(0.25)) == (False, False)
    follow.saw_box(blob((30, 30, 128, 110)), before)
    assert follow.at_a_side
    assert follow.box.right > before.right
    assert not follow.wants_full_look(0.1), "the box that has moved comes first"
    assert follow.wants_full_look(0.25)


def test_a_strip_along_the_boxs_side_that_is_shown_half_is_a_strip_too() -> None:
    follow = Follow(SIZE)
    follow.saw_all(blob((40, 50, 70, 100)), None, 0.0)
    strip = blob((30, 30, 90, 110))
    strip[40:100, -20:] = 0.3
    follow.saw_box(strip, follow.box)
    assert follow.at_a_side


def test_an_empty_box_makes_it_look_up_at_once() -> None:
    follow = Follow(SIZE)
    follow.saw_all(blob((40, 50, 70, 100)), None, 0.0)
    follow.saw_box(blob(), follow.box)
    assert follow.wants_full_look(0.03)


def test_specks_go_and_a_second_person_stays() -> None:
    probability = cleaned(blob((20, 20, 60, 120), (90, 60, 105, 100), (5, 5, 8, 8)))
    assert probability[6, 6] == 0
    assert probability[80, 97] == 1
    assert probability[80, 40] == 1


def test_an_unsure_pinhole_is_closed_and_a_gap_that_is_room_is_not() -> None:
    unsure = blob((20, 20, 100, 128))
    unsure[60:63, 50:53] = 0.4
    assert cleaned(unsure)[61, 51] > 0.9
    gap = blob((20, 20, 100, 128))
    gap[60:63, 50:53] = 0.02
    assert cleaned(gap)[61, 51] < 0.05
    # What is surely room makes all of its gap room, where the model was less sure too.
    rimmed = blob((20, 20, 100, 128))
    rimmed[60:64, 50:54] = 0.4
    rimmed[62:64, 52:54] = 0.02
    assert cleaned(rimmed)[60, 50] == pytest.approx(0.4)
    window = blob((20, 20, 100, 128))
    window[40:80, 40:70] = 0.4
    assert cleaned(window)[60, 55] == pytest.approx(0.4)


def test_edges_of_the_matte_go_where_the_pictures_are() -> None:
    """The model is a cell off; the picture knows."""
    luma = np.full((256, 256), 40, np.uint8)
    luma[:, 128:] = 200
    probability = blob((65, 0, 128, 128))
    probability = cv2.blur(probability, (5, 5))
    guide = shrink(luma, (128, 128)).astype(np.float32) / 255
    ends = 0.35, 0.85
    plain, fine = np.empty_like(luma), np.empty_like(luma)
    ramp = Ramp()
    ramp.plain(probability, ends, plain)
    ramp.guided(coefficients(probability, guide), luma, ends, fine)
    truth = np.where(luma > 100, 255, 0).astype(int)
    errors = [np.abs(each.astype(int) - truth)[20:-20].mean() for each in (plain, fine)]
    assert errors[1] < 0.85 * errors[0]


@settings(deadline=None, max_examples=40)
@given(st.floats(0, 1, width=32), st.integers(0, 255))
def test_where_the_model_says_one_thing_the_picture_changes_nothing(level: float, noise: int) -> None:
    luma = np.random.default_rng(noise).integers(0, 256, (64, 64), dtype=np.uint8)
    out = np.empty_like(luma)
    guide = shrink(luma, (32, 32)).astype(np.float32) / 255
    Ramp().guided(coefficients(np.full((32, 32), level, np.float32), guide), luma, (0.1, 0.6), out)
    assert np.ptp(out) <= 2
    assert abs(int(out[30, 30]) - 255 * min(1, max(0, (level - 0.1) / 0.5))) <= 3


def noisy(seed: int, shift: int = 0) -> np.ndarray:
    guide = np.full((128, 128), 100, np.uint8)
    guide[40:, 40 + shift : 80 + shift] = 180
    return (guide + np.random.default_rng(seed).integers(0, 8, guide.shape)).astype(np.uint8)


def test_noise_is_no_motion() -> None:
    old, shimmer = blob((40, 40, 80, 128)), blob((40, 40, 80, 128), level=0.8)
    before, now = (
        np.clip(noisy(0) + np.random.default_rng(seed).normal(0, 8, (128, 128)), 0, 255).astype(np.uint8)
        for seed in (1, 2)
    )
    still = steadied(shimmer, old, old, before, now)
    assert (1 - still[50:120, 45:75]).mean() == pytest.approx(0.2 * STILL_WEIGHT, abs=0.01)


def test_a_still_person_does_not_shimmer_and_a_moving_one_leaves_no_ghost() -> None:
    old, shimmer = blob((40, 40, 80, 128)), blob((40, 40, 80, 128), level=0.8)
    still = steadied(shimmer, old, old, noisy(1), noisy(2))
    assert 1 - still[90, 60] == pytest.approx(0.2 * STILL_WEIGHT, abs=0.01)
    moved = steadied(blob((60, 40, 100, 128)), old, old, noisy(1, 20), noisy(2))
    assert moved[90, 45] < 0.05
    assert moved[90, 95] > 0.95


def test_one_look_that_drops_the_person_is_not_believed_and_two_are() -> None:
    old, gone = blob((40, 40, 80, 128)), blob()
    assert steadied(gone, old, old, noisy(1), noisy(2))[90, 60] > 0.7
    assert steadied(gone, old, gone, noisy(1), noisy(2))[90, 60] < 0.05


@given(st.floats(0, 1, width=32), st.floats(0, 1, width=32), st.floats(0.1, 0.6))
def test_memory_shows_nothing_where_this_frame_has_room(memory: float, look: float, floor: float) -> None:
    bright = np.full((8, 8), 100, np.uint8)
    shown = showable(np.full((8, 8), memory, np.float32), np.full((8, 8), look, np.float32), floor, bright)
    assert shown.max() <= look + floor + 1e-6
    assert shown.max() <= memory


def test_in_the_dark_memory_holds_the_person_whom_every_other_look_misses() -> None:
    held = np.full((8, 8), 0.8, np.float32)
    assert showable(held, np.zeros((8, 8), np.float32), 0.35, np.full((8, 8), 22, np.uint8)).min() > 0.7


def test_the_matte_is_carried_along_with_what_moves() -> None:
    before = cv2.GaussianBlur(noisy(1), (0, 0), 2)
    after = cv2.GaussianBlur(noisy(2, 6), (0, 0), 2)
    (carried,), guide = Carrier().carried([blob((40, 40, 80, 128))], before, after)
    truth = blob((46, 40, 86, 128))
    assert np.abs(carried - truth).mean() < 0.35 * np.abs(blob((40, 40, 80, 128)) - truth).mean()
    assert np.abs(guide.astype(int) - after).mean() < np.abs(before.astype(int) - after).mean()


def test_what_was_brought_over_stands_only_where_it_is_what_is_there() -> None:
    wall = cv2.GaussianBlur(np.random.default_rng(1).integers(60, 180, (128, 128), np.uint8), (0, 0), 3)
    person = wall.copy()
    person[40:, 40:80] = 230
    matte = blob((40, 40, 80, 128))
    assert explained(matte, person, person)
    assert explained(matte, noisy_version(person, 4), noisy_version(person, 5))
    assert not explained(matte, person, wall)
    # Far from the person anything may happen.
    television = person.copy()
    television[:20, 100:] = 255
    assert explained(matte, person, television)
    # An arm, a tenth of the picture wide, has gone, and the wall behind it shows.
    reaching, arm = wall.copy(), blob((40, 60, 50, 120))
    reaching[60:120, 40:50] = 200
    assert not explained(arm, reaching, wall)
    # In the dark people differ less from their rooms, and less may be different.
    dim_person, dim_wall = person // 3, wall // 3
    assert explained(matte, dim_person, dim_person)
    assert not explained(matte, dim_person, dim_wall)


@pytest.mark.parametrize("plane", [0, 1], ids=["u", "v"])
def test_a_carried_matte_is_rejected_where_the_colour_differs(plane: int) -> None:
    bright, wall = np.full((128, 128), 120, np.uint8), np.full((64, 64, 2), 128, np.uint8)
    person = wall.copy()
    person[20:, 20:40, plane] = 190
    matte = blob((40, 40, 80, 128))
    assert explained(matte, bright, bright), "the luma tells nothing"
    assert colour_explained(matte, person, person, bright)
    assert not colour_explained(matte, person, wall, bright)
    # Far from the person anything may happen.
    television = person.copy()
    television[:10, 50:] = 255
    assert colour_explained(matte, person, television, bright)
    # In the dark colours differ less, and less may be different.
    assert not colour_explained(matte, (person // 2) + 64, (wall // 2) + 64, bright // 2)


def test_colour_is_carried_along_with_what_moves() -> None:
    before = cv2.GaussianBlur(noisy(1), (0, 0), 2)
    after = cv2.GaussianBlur(noisy(2, 6), (0, 0), 2)
    carrier = Carrier()
    carrier.carried([blob((40, 40, 80, 128))], before, after)
    old, new = (np.dstack([half(guide)] * 2) for guide in (before, after))
    moved = carrier.carried_colour(old)
    assert np.abs(moved.astype(int) - new).mean() < 0.5 * np.abs(old.astype(int) - new).mean()


def half(plane: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.resize(plane, (64, 64), interpolation=cv2.INTER_AREA), np.uint8)


def noisy_version(luma: np.ndarray, seed: int) -> np.ndarray:
    return (luma + np.random.default_rng(seed).normal(0, 3, luma.shape)).clip(0, 255).astype(np.uint8)


def flat(red: int, green: int, blue: int) -> I420:
    return from_rgb(np.full((96, 128, 3), (red, green, blue), np.uint8))


def test_the_model_is_shown_dark_rooms_bright_and_bright_ones_as_they_are() -> None:
    bright = model_input(flat(150, 150, 150), (64, 64), low_light=True)
    assert np.abs(bright.astype(int) - 150).max() <= 3
    dark = flat(12, 12, 12)
    assert 80 < model_input(dark, (64, 64), low_light=True).mean() < 110
    assert abs(model_input(dark, (64, 64), low_light=False).mean() - 12) < 3
    assert model_input(flat(0, 0, 0), (64, 64), low_light=True).max() < 40


def test_the_model_is_shown_loud_colours_calm() -> None:
    red, green, blue = (int(c) for c in model_input(flat(255, 0, 255), (64, 64), low_light=False)[30, 30])
    assert 60 <= green < red
    assert abs(red - blue) < 20


def test_shrinking_counts_every_pixel() -> None:
    luma = np.random.default_rng(1).integers(0, 256, (720, 1280), dtype=np.uint8)
    small = shrink(luma, (256, 144))
    assert small.shape == (144, 256)
    assert abs(float(small.mean()) - float(luma.mean())) < 1
    assert small.std() < 0.4 * luma.std()


def scene(seed: int, level: int = 110) -> np.ndarray:
    luma = np.full((480, 640), level, np.float32)
    luma[200:, 200:400] += 60
    return (luma + np.random.default_rng(seed).normal(0, 6, luma.shape)).clip(0, 255).astype(np.uint8)


def test_noise_is_no_change_and_a_finger_is() -> None:
    unchanged = Unchanged()
    assert not unchanged.still(scene(1))
    unchanged.looked(scene(1))
    assert unchanged.still(scene(2))
    finger = scene(3)
    finger[100:160, 300:312] = 200
    assert not unchanged.still(finger)
    assert unchanged.still(scene(4))


def test_a_change_of_colour_alone_is_a_change() -> None:
    unchanged, grey = Unchanged(), np.full((240, 320), 128, np.uint8)
    unchanged.looked(scene(1), grey, grey)
    assert unchanged.still(scene(2), grey, grey)
    finger = grey.copy()
    finger[50:80, 150:156] = 190
    assert not unchanged.still(scene(3), finger, grey)
    assert not unchanged.still(scene(3), grey, finger)
