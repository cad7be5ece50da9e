"""The test material: what other tests rely on when they call a pixel person or room."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from tests.material import astronaut, moving_cutout, moving_person, write_y4m

MAGENTA = (255, 0, 255)


def test_the_astronaut_is_the_photo_and_a_soft_outline() -> None:
    photo, alpha = astronaut()
    assert (photo.shape, photo.dtype) == ((512, 512, 3), np.uint8)
    assert (alpha.shape, alpha.dtype) == ((512, 512), np.float32)
    assert alpha.min() == 0
    assert alpha.max() == pytest.approx(1)
    soft = np.count_nonzero((alpha > 0.05) & (alpha < 0.95))
    assert 2000 < soft < 10_000  # An outline of some 1,500 pixels, a few pixels wide.


@pytest.mark.parametrize(
    ("place", "at"),
    [("hair", (30, 240)), ("face", (120, 222)), ("collar", (280, 150)), ("chest", (400, 180)), ("bottom", (511, 120))],
)
def test_the_person_is_opaque(place: str, at: tuple[int, int]) -> None:
    assert astronaut()[1][at] > 0.99, place


@pytest.mark.parametrize(
    ("place", "at"),
    [
        ("wall", (40, 330)),
        ("flag", (300, 10)),
        ("flag beside the hand", (470, 8)),
        ("shuttle", (150, 410)),
        ("table", (320, 420)),
        ("helmet", (440, 400)),
        ("helmet's rim", (440, 290)),
        ("helmet's white", (350, 400)),
    ],
)
def test_everything_else_is_transparent(place: str, at: tuple[int, int]) -> None:
    assert astronaut()[1][at] == 0, place


def test_the_person_is_one_piece_without_holes() -> None:
    solid = (astronaut()[1] > 0.5).astype(np.uint8)
    assert cv2.connectedComponents(solid)[0] == 2
    assert cv2.connectedComponents(1 - solid)[0] == 2


def test_the_outline_carries_nothing_of_the_photos_background() -> None:
    """Hair is warm where the wall behind it is grey, so the wall would show as a fall in red over blue."""
    person, alpha = next(moving_cutout(640, 512, 1, scale=0.97))
    head = slice(None, 120)
    warmth = (person[..., 0] - person[..., 2]) / np.maximum(alpha, 1e-3)
    rim = (alpha[head] > 0.1) & (alpha[head] < 0.9)
    hair = (alpha[head] > 0.99) & (cv2.erode(alpha[head], np.ones((15, 15))) < 0.99)
    assert np.median(warmth[head][hair]) > 20
    assert np.median(warmth[head][rim]) > 0.8 * np.median(warmth[head][hair])
    assert np.percentile(warmth[head][rim], 10) > 10


def test_the_room_keeps_its_colour_and_the_person_stands_on_the_bottom_edge() -> None:
    for frame, (_, alpha) in zip(moving_person(320, 180, 4), moving_cutout(320, 180, 4), strict=True):
        assert (frame.shape, frame.dtype) == ((180, 320, 3), np.uint8)
        assert (frame[alpha == 0] == MAGENTA).all()
        assert (frame[:17] == MAGENTA).all()
        assert (frame[19:24] != MAGENTA).any()
        assert (alpha[-1] > 0.99).sum() > 60


def test_the_person_sways_as_far_as_asked_and_comes_back() -> None:
    columns = np.arange(640)
    centres = [float((a * columns).sum() / a.sum()) for _, a in moving_cutout(640, 360, 8, amplitude=0.1, scale=0.5)]
    expected = 64 * np.sin(2 * np.pi * np.arange(8) / 8)
    assert np.array(centres) - centres[0] == pytest.approx(expected, abs=0.2)


def test_the_last_frame_leads_into_the_first() -> None:
    frames = [frame.astype(int) for frame in moving_person(160, 90, 30)]
    steps = [np.abs(frames[index] - frames[index - 1]).mean() for index in range(30)]
    assert steps[0] <= max(steps[1:])
    assert min(steps[1:4]) > 0


def test_a_y4m_film_reads_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "person.y4m"
    frames = list(moving_person(160, 120, 3, room=(40, 200, 90)))
    write_y4m(path, frames, fps=25)
    assert path.read_bytes().startswith(b"YUV4MPEG2 W160 H120 F25:1 Ip A1:1 C420jpeg\nFRAME\n")
    with av.open(str(path)) as film:
        assert film.streams.video[0].average_rate == 25
        decoded = [frame.to_ndarray(format="yuv420p") for frame in film.decode(video=0)]
    assert len(decoded) == 3
    for written, read in zip(frames, decoded, strict=True):
        back = cv2.cvtColor(read, cv2.COLOR_YUV2RGB_I420)
        assert np.abs(back.astype(int) - written).mean() < 3


def test_a_y4m_film_is_in_limited_range(tmp_path: Path) -> None:
    path = tmp_path / "steps.y4m"
    frame = np.zeros((4, 4, 3), np.uint8)
    frame[:, 2:] = 255
    write_y4m(path, [frame])
    body = path.read_bytes().partition(b"FRAME\n")[2]
    assert body == bytes([16, 16, 235, 235] * 4) + bytes([128] * 8)


def test_a_film_that_420_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="even"):
        write_y4m(tmp_path / "odd.y4m", [np.zeros((3, 4, 3), np.uint8)])
    with pytest.raises(ValueError, match="one size"):
        write_y4m(tmp_path / "two.y4m", [np.zeros((4, 4, 3), np.uint8), np.zeros((6, 4, 3), np.uint8)])
    with pytest.raises(ValueError, match="needs a frame"):
        write_y4m(tmp_path / "none.y4m", [])
