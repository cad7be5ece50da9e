"""What the model is shown of a picture that is mostly noise."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from components.video.edges import Edges
from components.video.matte import Matte
from components.video.model_input import model_input
from components.video.noise import Averaged
from components.video.planes import I420
from components.video.quality import Steps
from tests.fakes import FakeSegmenter, middle_third

LEVEL = 22


def noisy(level: float, seed: int, size: tuple[int, int] = (320, 240)) -> I420:
    width, height = size
    chance = np.random.default_rng(seed)
    luma = np.clip(chance.normal(level, 4, (height, width)), 0, 255).round().astype(np.uint8)
    grey = np.full((height // 2, width // 2), 128, np.uint8)
    return I420(luma, grey, grey.copy())


def test_a_picture_with_light_is_shown_as_it_is() -> None:
    averaged, picture = Averaged(), noisy(100, 0)
    assert averaged.see(picture) is picture


def test_noise_in_the_dark_goes_down_and_nothing_is_rounded_away() -> None:
    averaged = Averaged()
    shown = [averaged.see(noisy(LEVEL, seed)).y.copy() for seed in range(8)]
    assert shown[-1].std() == pytest.approx(shown[0].std() / np.sqrt(3), rel=0.1)
    assert shown[-1].mean() == pytest.approx(LEVEL, abs=0.1)
    assert shown[-1].dtype == np.float32


def test_when_the_light_goes_on_the_dark_is_forgotten() -> None:
    averaged = Averaged()
    averaged.see(noisy(LEVEL, 0))
    averaged.see(noisy(100, 1))
    last = noisy(LEVEL, 2)
    assert np.array_equal(averaged.see(last).y, last.y)


def test_broken_levels_become_the_same_input_as_whole_ones() -> None:
    picture = noisy(100, 0)
    broken = I420(*(plane.astype(np.float32) for plane in picture.planes))
    one, other = (model_input(each, (256, 256), low_light=True).astype(int) for each in (picture, broken))
    assert np.abs(one - other).max() <= 2
    black = I420(*(plane.astype(np.float32) for plane in noisy(0, 0).planes))
    assert model_input(black, (256, 256), low_light=False).max() < 8, "below black is black"


@pytest.mark.parametrize(("low_light", "calmer"), [(True, True), (False, False)])
def test_the_matte_shows_the_model_the_mean_where_low_light_is_on(*, low_light: bool, calmer: bool) -> None:
    noise: list[float] = []

    class Looking(FakeSegmenter):
        def probability(self, picture: I420, *, low_light: bool = True, wide: bool = False) -> NDArray[np.float32]:
            noise.append(float(picture.y.std()))
            return middle_third()

    steps = replace(Steps(), low_light=low_light, follow=False, reuse=False)
    matte = Matte()
    for seed in range(6):
        matte.alpha(noisy(LEVEL, seed), Looking(), Edges(), steps, seed / 30)
    assert (noise[-1] < 0.7 * noise[0]) is calmer
