"""Person over backdrop: what is mixed along the edge, and what never is."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.video.compositor import Blending, Compositor
from components.video.light_match import Tone
from components.video.planes import I420, from_rgb, new_frame
from components.video.spill import chroma_matte

W, H = 320, 240
SHARES = st.floats(0, 1)
TONES = st.builds(Tone, st.floats(0.3, 2), st.floats(-30, 30), st.floats(-30, 30))


def noise(rng: np.random.Generator, width: int, height: int) -> I420:
    shapes = ((height, width), (height // 2, width // 2), (height // 2, width // 2))
    return I420(*(rng.integers(256, size=shape, dtype=np.uint8) for shape in shapes))


def blobs(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """A matte of soft shapes, with much that is exactly 0."""
    coarse = rng.integers(-400, 400, size=(5, 5)).clip(0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height)), np.uint8)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 90),
    st.integers(1, 90),
    st.builds(Blending, SHARES, SHARES, TONES),
)
def test_where_nobody_is_the_backdrop_stands_untouched(seed: int, width: int, height: int, how: Blending) -> None:
    rng = np.random.default_rng(seed)
    size = (2 * width, 2 * height)
    camera, backdrop, alpha = noise(rng, *size), noise(rng, *size), blobs(rng, *size)
    out = noise(rng, *size)
    Compositor().composite(camera, backdrop, alpha, out, how)
    nobody = alpha == 0
    assert np.array_equal(out.y[nobody], backdrop.y[nobody])
    nobody = alpha.reshape(height, 2, width, 2).max(axis=(1, 3)) == 0
    for made, behind in ((out.u, backdrop.u), (out.v, backdrop.v)):
        assert np.array_equal(made[nobody], behind[nobody])


def test_one_compositor_serves_any_size_and_box() -> None:
    rng, compositor = np.random.default_rng(1), Compositor()
    for width, height in ((64, 48), (160, 120), (2, 2), (642, 482), (64, 48)):
        camera, backdrop, alpha = noise(rng, width, height), noise(rng, width, height), blobs(rng, width, height)
        made, again = new_frame((width, height))[1], new_frame((width, height))[1]
        how = Blending(0.3, 0.8, Tone(0.9, 3, -3))
        compositor.composite(camera, backdrop, alpha, made, how)
        Compositor().composite(camera, backdrop, alpha, again, how)
        for plane, other in zip(made.planes, again.planes, strict=True):
            assert np.array_equal(plane, other)


def plain(red: int, green: int, blue: int) -> I420:
    return from_rgb(np.full((H, W, 3), (red, green, blue), np.uint8))


def half_person() -> np.ndarray:
    """The left half, with a soft edge of 8 pixels."""
    ramp = np.clip((W / 2 + 4 - np.arange(W)) / 8, 0, 1)
    return np.tile(np.rint(255 * ramp).astype(np.uint8), (H, 1))


def composite(camera: I420, backdrop: I420, how: Blending) -> I420:
    frame, out = new_frame((W, H))
    Compositor().composite(camera, backdrop, half_person(), out, how)
    return I420(*(plane.copy() for plane in out.planes)) if frame else out


def test_light_comes_around_the_edge_and_no_further() -> None:
    dark, bright = plain(40, 40, 40), plain(230, 230, 230)
    without, wrapped = (composite(dark, bright, Blending(share, 0)).y.astype(int) for share in (0.0, 0.5))
    gained = (wrapped - without)[H // 2]
    assert gained[W // 2 - 5] > 20
    assert (np.diff(gained[: W // 2 - 5]) >= -1).all()
    assert (gained[: W // 2 - 24] == 0).all()
    assert wrapped.max() <= bright.y.max()


def test_no_light_comes_from_the_dark() -> None:
    bright, dark = plain(200, 190, 180), plain(20, 20, 40)
    without, wrapped = (composite(bright, dark, Blending(share, 0)).y.astype(int) for share in (0.0, 1.0))
    assert np.abs(wrapped - without).max() <= 1


def in_room(room: tuple[int, int, int], person: tuple[int, int, int]) -> I420:
    alpha = half_person()[..., None] / 255
    return from_rgb(np.rint(alpha * np.array(person) + (1 - alpha) * np.array(room)).astype(np.uint8))


def chroma_error(made: I420, wanted: I420) -> float:
    columns = slice(W // 4 - 4, W // 4 + 4)
    planes = zip(made.planes[1:], wanted.planes[1:], strict=True)
    return float(np.hypot(*(a[:, columns].astype(float) - b[:, columns] for a, b in planes)).mean())


def test_a_loud_rooms_colour_is_taken_from_the_edge() -> None:
    camera, backdrop = in_room((255, 0, 255), (210, 160, 130)), plain(0, 120, 60)
    left, taken = (composite(camera, backdrop, Blending(0, share)) for share in (0.0, 1.0))
    magenta = from_rgb(np.full((2, 2, 3), (255, 0, 255), np.uint8))
    edge = slice(W // 4 - 2, W // 4 + 2)
    nearness = [np.abs(picture.v[:, edge].astype(int) - int(magenta.v[0, 0])).min() for picture in (left, taken)]
    assert nearness[1] > nearness[0] + 5


@pytest.mark.parametrize("room", [(150, 140, 130), (235, 232, 225), (40, 38, 36)])
def test_a_quiet_room_costs_the_edge_no_colour(room: tuple[int, int, int]) -> None:
    person, behind = (210, 160, 130), (0, 120, 60)
    alpha = half_person()[..., None] / 255
    wanted = from_rgb(np.rint(alpha * np.array(person) + (1 - alpha) * np.array(behind)).astype(np.uint8))
    camera, backdrop = in_room(room, person), plain(*behind)
    left, taken = (composite(camera, backdrop, Blending(0, share)) for share in (0.0, 1.0))
    assert chroma_error(taken, wanted) < chroma_error(left, wanted) + 0.5


def test_the_chroma_matte_is_never_wider() -> None:
    rng = np.random.default_rng(3)
    alpha, camera = blobs(rng, 64, 48), noise(rng, 128, 96)
    for share in (0.0, 0.4, 1.0):
        matte = chroma_matte(alpha, camera.u, camera.v, share, 3)
        assert (matte <= alpha).all()
        assert (matte == alpha).all() == (share == 0)


def test_the_rooms_light_is_taken_from_the_edge_too() -> None:
    person, room = (60, 50, 45), (240, 240, 240)
    camera, backdrop = in_room(room, person), plain(10, 10, 30)
    alpha = half_person()[..., None] / 255
    wanted = from_rgb(np.rint(alpha * np.array(person) + (1 - alpha) * np.array((10, 10, 30))).astype(np.uint8))
    edge = slice(W // 2 - 6, W // 2 + 6)
    left, taken = (composite(camera, backdrop, Blending(1e-9, share)).y.astype(int) for share in (0.0, 1.0))
    errors = [np.abs(made - wanted.y)[:, edge].mean() for made in (left, taken)]
    assert errors[1] < 0.95 * errors[0]


@pytest.mark.parametrize("light_wrap", [0, 0.3])
def test_a_tone_changes_the_person_and_nothing_else(light_wrap: float) -> None:
    camera, backdrop = plain(180, 140, 120), plain(20, 30, 60)
    made = composite(camera, backdrop, Blending(light_wrap, 0, Tone(0.8, 6, -4)))
    gain, offset = Tone(0.8).luma
    assert made.y[H // 2, 10] == pytest.approx(gain * int(camera.y[0, 0]) + offset, abs=1)
    assert made.u[H // 4, 5] == pytest.approx(128 + 0.8 * (int(camera.u[0, 0]) - 128) + 6, abs=1)
    assert made.v[H // 4, 5] == pytest.approx(128 + 0.8 * (int(camera.v[0, 0]) - 128) - 4, abs=1)
    assert (made.y[:, W - 10 :] == backdrop.y[:, W - 10 :]).all()
