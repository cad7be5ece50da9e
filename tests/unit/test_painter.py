"""The built-in scenes: the same picture every time, at every size, and recognisably the place in their name."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from components.backgrounds.painter import SCENES, Scene, paint
from components.backgrounds.scenes.canvas import Canvas
from components.backgrounds.scenes.mood import Mood, Palette, Season, Weather

KEYS = [scene.key for scene in SCENES]
OUTDOORS = [scene.key for scene in SCENES if scene.outdoors]
WIDE = (480, 270)
"""The least size that is painted as it is: every smaller one costs the same."""
ANYHOW = Mood()


def painted(
    key: str, width: int = WIDE[0], height: int = WIDE[1], seed: int = 0, mood: Mood = ANYHOW
) -> NDArray[np.uint8]:
    """A picture that is painted once, however many tests look at it."""
    return _painted(key, width, height, seed, mood)


# `cache` takes a default and the same value given for two calls: hence the function around it.
_painted = cache(paint)


def small(key: str, mood: Mood = ANYHOW) -> NDArray[np.float32]:
    """The picture shrunk to 320x180, in 0..1."""
    return cv2.resize(painted(key, mood=mood), (320, 180), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def band(
    key: str, top: float, bottom: float, left: float = 0.0, right: float = 1.0, mood: Mood = ANYHOW
) -> NDArray[np.float32]:
    """Mean RGB of a part of the picture, given as shares of its size."""
    picture = small(key, mood)
    height, width = picture.shape[:2]
    part = picture[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]
    return part.reshape(-1, 3).mean(axis=0)


def test_the_first_eight_keep_their_order_and_the_picker_shows_sixteen_or_more() -> None:
    assert [scene.name for scene in SCENES[:8]] == [
        "Beach",
        "Mountain lake",
        "City at night",
        "Library",
        "Modern office",
        "Forest in mist",
        "Aurora over snow",
        "Studio gradient",
    ]
    assert len(set(KEYS)) == len(KEYS) >= 16
    assert len({scene.name for scene in SCENES}) == len(SCENES)


SIZES = [(key, *WIDE) for key in KEYS] + [(key, 90, 160) for key in ("dunes", "fireside")]
SIZES += [("orbit", 1280, 720), ("library", 161, 121), ("milky-way", 64, 64), ("snow-village", 9, 9)]


@pytest.mark.parametrize(("key", "width", "height"), SIZES)
def test_every_scene_fills_every_size(key: str, width: int, height: int) -> None:
    picture = painted(key, width, height)
    assert picture.shape == (height, width, 3)
    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous
    assert picture.flags.writeable
    assert picture.std() > 12, "a flat picture is no scene"
    clipped = ((picture == 0) | (picture == 255)).all(axis=-1).mean()
    assert clipped < 0.05, "large parts without any detail"


def sketch(scene: Scene, seed: int) -> NDArray[np.float32]:
    """What a scene paints on the smallest canvas, encoded: what is under test is its chance, not its pixels."""
    light = scene.paint(Canvas(96, 54, np.random.default_rng(seed)))
    return np.clip(light, 0, 1) ** np.float32(1 / 2.2) * 255


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.key)
def test_a_seed_gives_the_same_picture_and_another_another_composition(scene: Scene) -> None:
    one, again, other = sketch(scene, 0), sketch(scene, 0), sketch(scene, 1)
    assert np.array_equal(one, again)
    assert np.abs(cv2.blur(one, (5, 5)) - cv2.blur(other, (5, 5))).mean() > 2.0, "not just other grain"


def test_the_grain_is_the_seeds_too() -> None:
    assert np.array_equal(paint("studio", *WIDE), painted("studio"))


@pytest.mark.parametrize("key", ["snow-village"])
def test_a_thumbnail_is_the_picture_made_small(key: str) -> None:
    full = cv2.resize(paint(key, 960, 540), (80, 45), interpolation=cv2.INTER_AREA).astype(np.float32)
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


def test_the_new_places_look_like_their_names() -> None:
    assert band("dunes", 0.7, 1.0)[0] > 1.3 * band("dunes", 0.7, 1.0)[2]
    assert band("meadow", 0.6, 0.9).argmax() == 1
    assert band("lavender", 0.6, 0.9).argmax() == 2
    assert band("reef", 0.3, 0.7)[2] > 2 * band("reef", 0.3, 0.7)[0]
    assert band("fireside", 0, 1)[0] > 1.5 * band("fireside", 0, 1)[2]
    assert band("milky-way", 0, 1).mean() < 0.3
    assert band("orbit", 0, 1).mean() < 0.35


def test_asking_nothing_changes_nothing() -> None:
    assert np.array_equal(paint("beach", *WIDE, mood=Mood()), painted("beach"))


@pytest.mark.parametrize("key", ["beach", "loft"])
def test_nights_are_darker_than_days_and_evenings_are_warmer(key: str) -> None:
    day, night, evening = (band(key, 0, 1, mood=Mood(hour=hour)) for hour in ("day", "night", "golden"))
    assert night.mean() < 0.72 * day.mean()
    assert evening[0] / evening[2] > 1.15 * day[0] / day[2]


def test_the_city_has_a_day() -> None:
    assert band("city-night", 0, 0.3, mood=Mood(hour="day")).mean() > 0.5


@pytest.mark.parametrize("weather", ["fog", "snow", "storm"])
def test_weather_hides_the_distance_outdoors(weather: Weather) -> None:
    clear, hidden = (small("mountain-lake", mood)[40:100, 60:260] for mood in (ANYHOW, Mood(weather=weather)))
    assert hidden.std() < 0.8 * clear.std()
    assert np.array_equal(painted("mountain-lake", mood=Mood(weather="clear")), painted("mountain-lake"))


@pytest.mark.parametrize("weather", ["snow", "storm"])
def test_nothing_falls_indoors(weather: Weather) -> None:
    inside = [painted("library", mood=mood).astype(np.float32) for mood in (ANYHOW, Mood(weather=weather))]
    # Flakes and streaks would be detail that is not there without them; a grey day only takes light away.
    fine = [np.abs(picture - cv2.blur(picture, (5, 5))).mean() for picture in inside]
    assert fine[1] <= fine[0] * 1.02


@pytest.mark.parametrize("season", ["autumn", "winter"])
def test_seasons_turn_the_meadow(season: Season) -> None:
    now, then = (band("meadow", 0.6, 0.9, mood=mood) for mood in (ANYHOW, Mood(season=season)))
    assert then[1] / then.mean() < now[1] / now.mean() - 0.1


def test_the_sea_does_not_turn_to_snow() -> None:
    sea = band("beach", 0.56, 0.64, 0.3, 0.7, Mood(season="winter"))
    sand = band("beach", 0.9, 1.0, 0.3, 0.7, Mood(season="winter"))
    assert sea[2] > 1.3 * sea[0]
    assert sand[2] >= sand[0]


PALETTES: list[tuple[Palette, int]] = [("red", 0), ("green", 1), ("blue", 2), ("warm", 0), ("cold", 2)]


@pytest.mark.parametrize(("palette", "channel"), PALETTES)
def test_a_palette_leans_to_its_colour(palette: Palette, channel: int) -> None:
    before, after = (band("studio", 0, 1, mood=mood) for mood in (ANYHOW, Mood(palette=palette)))
    assert after[channel] / after.mean() > before[channel] / before.mean() + 0.03


def test_black_and_white_has_no_colour() -> None:
    assert np.ptp(small("cherry-blossom", Mood(palette="monochrome")), axis=-1).mean() < 0.01


@pytest.mark.parametrize("key", ["snow-village", "aurora", "reef", "cafe"])
def test_every_mood_of_every_kind_of_place_is_a_picture(key: str) -> None:
    mood = Mood("night" if key != "snow-village" else "dawn", "winter", "storm", "pastel")
    picture = painted(key, mood=mood)
    assert picture.std() > 8
    assert 12 < picture.mean() < 225
