"""The person's light follows the backdrop's: how far, how fast, and for whom."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.video.light_match import (
    LEAST_GAIN,
    MOST_GAIN,
    MOST_TINT,
    NEUTRAL,
    TIME_CONSTANT,
    WARM,
    LightMatch,
    Tone,
)
from components.video.planes import I420, from_rgb

W, H = 320, 240
ALPHA = np.zeros((H, W), np.uint8)
ALPHA[60:, 100:220] = 255
NOBODY = np.zeros_like(ALPHA)
CAMERA_ROOM = (130, 130, 130)
MONK = ((243, 231, 219), (234, 218, 186), (215, 189, 150), (160, 126, 86), (130, 92, 67), (96, 65, 52), (58, 49, 42))
"""Skin from light to dark: seven of the ten tones of the Monk scale (skintone.google, CC BY 4.0)."""


def picture(*colour: int) -> I420:
    return from_rgb(np.full((H, W, 3), colour, np.uint8))


def camera(skin: tuple[int, int, int], clothes: tuple[int, int, int] = (90, 90, 110)) -> I420:
    pixels = np.full((H, W, 3), CAMERA_ROOM, np.uint8)
    pixels[ALPHA == 255] = clothes
    pixels[60:140, 120:200] = skin
    return from_rgb(pixels)


NIGHT, NOON, SUNSET, WOOD, LAWN = (20, 25, 50), (215, 220, 225), (200, 110, 50), (90, 60, 40), (60, 150, 40)


def tone(behind: I420 | None, share: float = 1.0, person: I420 | None = None) -> Tone:
    return LightMatch().tone(person or camera(MONK[3]), behind, ALPHA, share, 0.0)


def test_night_darkens_noon_brightens_and_sunset_warms() -> None:
    assert tone(picture(*NIGHT)).gain < 0.85
    assert tone(picture(*NOON)).gain > 1.05
    assert (tone(picture(*SUNSET)).shift_u, tone(picture(*SUNSET)).shift_v) > (-math.inf, 2)
    assert tone(picture(*SUNSET)).shift_u < -2
    assert tone(picture(*NIGHT)).shift_u > 2


@settings(max_examples=60, deadline=None)
@given(st.tuples(*[st.integers(0, 255)] * 3), st.sampled_from(MONK), st.floats(0, 1))
def test_it_is_bounded_for_any_backdrop(colour: tuple[int, int, int], skin: tuple[int, int, int], share: float) -> None:
    made = tone(picture(*colour), share, camera(skin))
    assert LEAST_GAIN**share - 1e-9 <= made.gain <= MOST_GAIN**share + 1e-9
    assert math.hypot(made.shift_u, made.shift_v) <= share * MOST_TINT + 1e-9


@pytest.mark.parametrize("behind", [NIGHT, SUNSET, WOOD, LAWN])
@pytest.mark.parametrize("clothes", [(40, 40, 45), (200, 200, 200)])
def test_the_same_light_falls_on_every_skin(behind: tuple[int, int, int], clothes: tuple[int, int, int]) -> None:
    tones = [tone(picture(*behind), 1, camera(skin, clothes)) for skin in MONK]
    gains = [each.gain for each in tones]
    assert max(gains) - min(gains) < 0.03
    for one, other in itertools.pairwise(tones):
        assert math.hypot(one.shift_u - other.shift_u, one.shift_v - other.shift_v) < 1


def test_light_skin_does_not_burn_out() -> None:
    person = camera(MONK[0], (240, 240, 240))
    gain, offset = tone(picture(*NOON), 1, person).luma
    assert gain * float(person.y.max()) + offset < 235


def test_a_dark_face_keeps_its_features_at_night() -> None:
    eye, skin = 30, 48
    gain, offset = tone(picture(*NIGHT)).luma
    assert gain * skin + offset > 40
    assert (gain * skin + offset) - (gain * eye + offset) > 0.6 * (skin - eye)


def test_skin_is_not_turned_green() -> None:
    made = tone(picture(*LAWN))
    across = np.array([made.shift_u, made.shift_v]) - np.dot([made.shift_u, made.shift_v], WARM) * WARM
    assert np.hypot(*across) < 4


def test_an_ordinary_backdrop_changes_nothing() -> None:
    made = tone(picture(112, 112, 112))
    assert made.gain == pytest.approx(1, abs=0.03)
    assert math.hypot(made.shift_u, made.shift_v) < 1


def test_a_share_of_nothing_is_nothing_and_acts_at_once() -> None:
    match, night = LightMatch(), picture(*NIGHT)
    full = match.tone(camera(MONK[3]), night, ALPHA, 1, 0.0)
    assert match.tone(camera(MONK[3]), night, ALPHA, 0, 0.03) == NEUTRAL
    assert match.tone(camera(MONK[3]), night, ALPHA, 1, 0.06).gain == pytest.approx(full.gain, abs=0.01)
    assert match.tone(camera(MONK[3]), night, ALPHA, 0.5, 0.09).gain == pytest.approx(full.gain**0.5, abs=0.01)


def test_a_change_of_backdrop_is_followed_slowly_and_without_a_swing() -> None:
    match, person = LightMatch(), camera(MONK[3])
    gains = [match.tone(person, picture(*NOON), ALPHA, 1, 0.0).gain]
    wanted = tone(picture(*NIGHT)).gain
    gains += [match.tone(person, picture(*NIGHT), ALPHA, 1, n / 30).gain for n in range(1, 30 * 6)]
    steps = np.diff(gains)
    assert (steps <= 0).all()
    assert np.abs(steps).max() < 0.02
    after_one = gains[round(30 * TIME_CONSTANT)]
    assert (gains[0] - after_one) / (gains[0] - wanted) == pytest.approx(1 - 1 / math.e, abs=0.06)
    assert gains[-1] == pytest.approx(wanted, abs=0.01)


def test_nothing_moves_while_nobody_is_there() -> None:
    match, person = LightMatch(), camera(MONK[3])
    before = match.tone(person, picture(*NIGHT), ALPHA, 1, 0.0)
    for n in range(1, 60):
        assert match.tone(picture(*CAMERA_ROOM), picture(*NOON), NOBODY, 1, n / 30) == pytest.approx(before)


def test_before_there_is_anybody_nothing_is_changed() -> None:
    assert LightMatch().tone(picture(*CAMERA_ROOM), picture(*NIGHT), NOBODY, 1, 0.0) == NEUTRAL


def test_ones_own_room_has_the_right_light() -> None:
    match, person = LightMatch(), camera(MONK[3])
    match.tone(person, picture(*NIGHT), ALPHA, 1, 0.0)
    for n in range(1, 300):
        made = match.tone(person, None, ALPHA, 1, n / 30)
    assert made.gain == pytest.approx(1, abs=0.01)


def test_someone_who_moves_about_does_not_pump() -> None:
    match, night, rng = LightMatch(), picture(*NIGHT), np.random.default_rng(1)
    gains = []
    for n in range(150):
        alpha = np.roll(ALPHA, int(rng.integers(-60, 60)), axis=1)
        gains.append(match.tone(camera(MONK[n % 7]), night, alpha, 1, n / 30).gain)
    assert max(gains) - min(gains) < 0.02
