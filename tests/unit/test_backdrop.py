import numpy as np
import pytest

from components.video.backdrop import FADE_SECONDS, Blur, CrossFade, Still, Strength
from components.video.compositor import Compositor
from components.video.planes import I420, from_rgb, new_frame, to_rgb, view
from tests.fakes import GREEN, MAGENTA, SKIN, camera_frame, share_of_room

SIZES = [(160, 120), (161, 121), (360, 640), (641, 479), (1920, 1080)]


def alpha_of(width: int, height: int) -> np.ndarray:
    alpha = np.zeros((height, width), np.uint8)
    alpha[height // 4 :, width // 3 : 2 * width // 3] = 255
    return alpha


def scene(size: tuple[int, int]) -> tuple[I420, np.ndarray]:
    camera = view(camera_frame(*size))
    return camera, alpha_of(*camera.size)


@pytest.mark.parametrize("size", SIZES)
def test_the_composite_is_person_on_backdrop_at_any_size(size: tuple[int, int]) -> None:
    camera, alpha = scene(size)
    frame, out = new_frame(camera.size)
    Compositor().composite(camera, Still.colour(*GREEN).render(camera, alpha, 0), alpha, out)
    pixels = to_rgb(view(frame)).astype(int)
    height, width = alpha.shape
    assert np.abs(pixels[height // 2, width // 2] - SKIN).max() < 6
    assert np.abs(pixels[height // 8, width // 8] - GREEN).max() < 6
    assert share_of_room(frame) == 0


def test_half_alpha_is_half_of_each() -> None:
    camera = from_rgb(np.full((48, 64, 3), 200, np.uint8))
    frame, out = new_frame((64, 48))
    Compositor().composite(camera, from_rgb(np.full((48, 64, 3), 100, np.uint8)), np.full((48, 64), 128, np.uint8), out)
    assert np.abs(to_rgb(view(frame)).astype(int) - 150).max() <= 3


@pytest.mark.parametrize("size", SIZES)
def test_blur_shows_the_room_without_a_halo_of_the_person(size: tuple[int, int]) -> None:
    camera, alpha = scene(size)
    blurred = to_rgb(Blur(Strength.STRONG).render(camera, alpha, 0)).astype(int)
    beside = alpha == 0
    assert blurred.shape[:2] == alpha.shape
    # Skin has three times the green that magenta has; a halo would lift it near the person.
    assert np.abs(blurred[beside] - MAGENTA).max() < 40


def test_stronger_blur_leaves_less_detail() -> None:
    step = np.zeros((480, 640, 3), np.uint8)
    step[:, 320:] = 255
    camera, alpha = from_rgb(step), np.zeros((480, 640), np.uint8)
    blurred = (to_rgb(Blur(strength).render(camera, alpha, 0)).astype(int) for strength in Strength)
    steepness = [np.diff(pixels[240, :, 0]).max() for pixels in blurred]
    assert steepness[0] > 1.7 * steepness[1] > 2.9 * steepness[2] > 0


def test_blur_without_a_matte_shows_nothing_of_the_room() -> None:
    assert share_of_room(Blur(Strength.LIGHT).bare((320, 240))) == 0


def test_a_still_is_fitted_once_for_a_size() -> None:
    still = Still(np.zeros((90, 160, 3), np.uint8))
    assert still.bare((64, 48)) is still.bare((64, 48))
    assert still.bare((48, 64)).size == (48, 64)


def brightness(picture: I420) -> float:
    return float(picture.y.mean())


def test_a_change_fades_over_and_ends_at_the_new_backdrop() -> None:
    fade, (camera, alpha) = CrossFade(), scene((160, 120))
    black, white = Still.colour(0, 0, 0), Still.colour(255, 255, 255)
    steps = [brightness(fade.render(black, camera, alpha, 10))]
    steps += [brightness(fade.render(white, camera, alpha, 10 + FADE_SECONDS * s / 4)) for s in range(5)]
    assert steps[0] == steps[1] == 16
    assert steps[1] < steps[2] < steps[3] < steps[4] < steps[5] == 235
    assert steps[2] > (16 + 235) / 2, "half of it comes in the first quarter of the time"


def test_the_first_picture_after_a_change_shows_some_of_it() -> None:
    fade, (camera, alpha) = CrossFade(), scene((160, 120))
    fade.render(Still.colour(0, 0, 0), camera, alpha, 10)
    first = brightness(fade.render(Still.colour(255, 255, 255), camera, alpha, 10 + 1 / 30))
    assert 16 + 219 * 0.15 < first < 16 + 219 * 0.35


def test_nothing_fades_out_of_a_picture_from_before_an_outage() -> None:
    fade, (camera, alpha) = CrossFade(), scene((160, 120))
    fade.render(Blur(Strength.LIGHT), camera, alpha, 0)
    assert share_of_room(fade.render(Still.colour(*GREEN), camera, alpha, 60)) == 0


def test_a_change_within_a_change_does_not_jump() -> None:
    fade, (camera, alpha) = CrossFade(), scene((160, 120))
    black, white = Still.colour(0, 0, 0), Still.colour(255, 255, 255)
    fade.render(black, camera, alpha, 1)
    fade.render(white, camera, alpha, 1)
    halfway = brightness(fade.render(white, camera, alpha, 1 + FADE_SECONDS / 2))
    assert brightness(fade.render(black, camera, alpha, 1 + FADE_SECONDS / 2)) == pytest.approx(halfway, abs=1)


def test_the_first_backdrop_and_a_new_size_come_at_once() -> None:
    fade, white, black = CrossFade(), Still.colour(255, 255, 255), Still.colour(0, 0, 0)
    assert brightness(fade.render(black, *scene((160, 120)), 0)) == 16
    assert brightness(fade.render(white, *scene((320, 240)), FADE_SECONDS / 8)) == 235
