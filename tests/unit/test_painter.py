"""The built-in scenes: the same picture every time, at every size, and recognisably the place in their name."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from components.backgrounds.painter import SCENES, paint

KEYS = [scene.key for scene in SCENES]
SIZES = [(64, 64), (161, 121), (360, 640), (1280, 720)]


@cache
def painted(key: str, width: int, height: int, seed: int = 0) -> NDArray[np.uint8]:
    """A picture that is painted once, however many tests look at it."""
    return paint(key, width, height, seed)


def small(key: str) -> NDArray[np.float32]:
    """The full picture shrunk to 320x180, in 0..1."""
    return cv2.resize(painted(key, 1280, 720), (320, 180), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def band(key: str, top: float, bottom: float, left: float = 0.0, right: float = 1.0) -> NDArray[np.float32]:
    """Mean RGB of a part of the picture, given as shares of its size."""
    picture = small(key)
    height, width = picture.shape[:2]
    part = picture[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]
    return part.reshape(-1, 3).mean(axis=0)


def test_the_picker_shows_eight_scenes_in_this_order() -> None:
    assert [scene.name for scene in SCENES] == [
        "Beach",
        "Mountain lake",
        "City at night",
        "Library",
        "Modern office",
        "Forest in mist",
        "Aurora over snow",
        "Studio gradient",
    ]
    assert len(set(KEYS)) == len(KEYS)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_scene_fills_every_size(key: str, width: int, height: int) -> None:
    picture = painted(key, width, height)
    assert picture.shape == (height, width, 3)
    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous
    assert picture.flags.writeable
    assert picture.std() > 12, "a flat picture is no scene"
    clipped = ((picture == 0) | (picture == 255)).all(axis=-1).mean()
    assert clipped < 0.05, "large parts without any detail"


@pytest.mark.parametrize("key", KEYS)
def test_the_same_seed_gives_the_same_pixels(key: str) -> None:
    assert np.array_equal(paint(key, 64, 64), painted(key, 64, 64))


@pytest.mark.parametrize("key", KEYS)
def test_another_seed_gives_another_composition_not_just_other_grain(key: str) -> None:
    soft = [cv2.blur(painted(key, 64, 64, seed), (3, 3)).astype(np.float32) for seed in (0, 1)]
    assert np.abs(soft[0] - soft[1]).mean() > 2.5


@pytest.mark.parametrize("key", ["mountain-lake", "city-night", "aurora"])
def test_a_thumbnail_is_the_picture_made_small(key: str) -> None:
    full = cv2.resize(painted(key, 1280, 720), (80, 45), interpolation=cv2.INTER_AREA).astype(np.float32)
    thumbnail = cv2.resize(paint(key, 160, 90), (80, 45), interpolation=cv2.INTER_AREA).astype(np.float32)
    # Grain and the finest octaves differ; a hill or a tree elsewhere would differ by tens of levels.
    assert np.abs(full - thumbnail).mean() < 6


@pytest.mark.parametrize("seed", [-1, 2**63, 2**70])
def test_any_integer_is_a_seed(seed: int) -> None:
    assert paint("studio", 64, 64, seed).shape == (64, 64, 3)


def test_gradients_do_not_band() -> None:
    row = paint("studio", 640, 360).astype(np.int16)[180, :, 0]
    runs = np.diff(np.flatnonzero(np.diff(row)))
    assert runs.max() < 25, "a long run of one value is a visible band"


def test_an_unknown_scene_is_a_programmers_error() -> None:
    with pytest.raises(ValueError, match="No such scene: 'moon'"):
        paint("moon", 64, 64)


@pytest.mark.parametrize(("width", "height"), [(0, 64), (64, -1)])
def test_a_picture_needs_a_size(width: int, height: int) -> None:
    with pytest.raises(ValueError, match="positive size"):
        paint("beach", width, height)


def test_the_beach_has_blue_above_and_sand_below() -> None:
    sky, sand = band("beach", 0, 0.25, 0.35, 0.65), band("beach", 0.85, 1, 0.3, 0.7)
    assert sky[2] > sky[0]
    assert sand[0] > sand[1] > sand[2]


def test_the_beach_keeps_its_palms_out_of_the_middle() -> None:
    middle, edges = band("beach", 0, 0.4, 0.4, 0.6), band("beach", 0, 0.4, 0, 0.12)
    assert middle.mean() > edges.mean()


def test_the_lake_gives_back_the_sky_only_dimmer() -> None:
    above, below = band("mountain-lake", 0.05, 0.5, 0.2, 0.8), band("mountain-lake", 0.7, 0.95, 0.2, 0.8)
    assert below.mean() < above.mean()
    assert below[2] > below[0]


def test_the_city_is_dark_with_points_of_light() -> None:
    grey = small("city-night").mean(axis=-1)
    assert np.median(grey) < 0.35
    assert np.percentile(grey, 99) > 0.6


def test_the_library_is_warm_and_the_office_is_daylit() -> None:
    books, office = band("library", 0, 1), band("office", 0, 1)
    assert books[0] > 1.2 * books[2]
    assert office.mean() > books.mean() + 0.1


def test_the_forest_pales_with_distance() -> None:
    far, near = band("forest-mist", 0.4, 0.6, 0.35, 0.65), band("forest-mist", 0.92, 1, 0.3, 0.7)
    assert far.mean() > near.mean() + 0.15


def test_the_aurora_is_green_in_a_dark_sky() -> None:
    sky = band("aurora", 0.1, 0.5)
    assert sky[1] > sky[0]
    assert sky[1] > sky[2]
    assert band("aurora", 0, 0.1).mean() < 0.45
