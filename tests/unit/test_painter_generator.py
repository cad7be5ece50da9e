"""The painter as a generator: it understands what it can, says what it cannot, and costs nothing."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from components.backgrounds.generator import Generator, ImageRequest
from components.backgrounds.painter import SCENES, Scene
from components.backgrounds.painter_generator import SIZES, PainterGenerator
from components.backgrounds.scenes import vocabulary
from components.backgrounds.scenes.mood import Mood
from components.backgrounds.scenes.understanding import Understanding, understand

KEYS = {scene.key for scene in SCENES}
NOTE = "Painted here, no AI; add AWS credentials for generated pictures."


def silent(_: str) -> None:
    """A page that shows nothing."""


@pytest.mark.parametrize(
    ("prompt", "scene", "mood"),
    [
        ("beach with palm trees", "beach", Mood()),
        ("Sunset at the sea", "beach", Mood(hour="golden")),
        ("TROPICAL ISLANDS, sunny day", "beach", Mood(hour="day", weather="clear")),
        ("the Alps in winter", "mountain-lake", Mood(season="winter")),
        ("snowy mountains at night", "mountain-lake", Mood("night", "winter", "snow")),
        ("a rainy evening in a coffee shop", "cafe", Mood(hour="golden", weather="rain")),
        ("city skyline by day", "city-night", Mood(hour="day")),
        ("a black and white photo of Paris", "city-night", Mood(palette="monochrome")),
        ("our team\u2019s meeting room", "office", Mood()),
        ("foggy forest at dawn", "forest-mist", Mood(hour="dawn", weather="fog")),
        ("starry night over the desert", "dunes", Mood(hour="night")),
        ("golden hour in a poppy field", "meadow", Mood(hour="golden")),
        ("green hills under a blue sky", "meadow", Mood(weather="clear")),
        ("blue gradient", "studio", Mood(palette="blue")),
        ("fish under the sea", "reef", Mood()),
        ("autumn park in a thunderstorm", "autumn-avenue", Mood(season="autumn", weather="storm")),
        ("gaming room with purple LED lights", "neon-room", Mood(palette="purple")),
    ],
)
def test_words_become_a_place_and_its_mood(prompt: str, scene: str, mood: Mood) -> None:
    assert understand(prompt) == Understanding(scene, mood, exact=True)


@pytest.mark.parametrize(
    ("prompt", "negative", "scene", "mood"),
    [
        ("office, no people, no rain", "", "office", Mood()),
        ("library without snow or fog", "", "library", Mood()),
        ("no beach, mountains", "", "mountain-lake", Mood()),
        ("no people on a beach", "", "beach", Mood()),
        ("snow-free mountains", "", "mountain-lake", Mood()),
        ("not a forest but a lake", "", "mountain-lake", Mood()),
        ("mountains, don\u2019t show any snow", "", "mountain-lake", Mood()),
        ("a beach", "snow, night-time, storms, city", "beach", Mood()),
        ("a city", "night", "city-night", Mood(hour="day")),
    ],
)
def test_what_is_not_wanted_switches_nothing_on(prompt: str, negative: str, scene: str, mood: Mood) -> None:
    assert understand(prompt, negative) == Understanding(scene, mood, exact=True)


def test_falling_snow_is_not_autumn() -> None:
    assert understand("snow falling on a village").mood == Mood(season="winter", weather="snow")


@pytest.mark.parametrize(
    ("prompt", "scene"),
    [("forrest", "forest-mist"), ("libary", "library"), ("something purple", "lavender"), ("winter", "snow-village")],
)
def test_an_unknown_place_gets_the_nearest(prompt: str, scene: str) -> None:
    wish = understand(prompt)
    assert wish.scene_key == scene
    assert wish.exact == (prompt == "winter")


def test_words_that_mean_nothing_here_always_get_the_same_outdoor_scene() -> None:
    wishes = {understand("qwrtz plmok") for _ in range(3)}
    assert len(wishes) == 1
    assert not wishes.pop().exact


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200), st.text(max_size=60))
def test_any_text_is_understood_as_some_scene(prompt: str, negative: str) -> None:
    wish = understand(prompt, negative)
    assert wish.scene_key in KEYS
    assert understand(prompt, negative) == wish


WORDS = sorted(
    {word.strip() for table in vocabulary.SCENES.values() for entry in table.values() for word in entry.split(",")}
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([*WORDS, "no", "without", "but", "at", ",", "night", "snow", "red"]), max_size=12))
def test_any_mixture_of_known_words_is_understood(words: list[str]) -> None:
    assert understand(" ".join(words)).scene_key in KEYS


def test_the_longest_prompt_of_unknown_words_takes_no_noticeable_time() -> None:
    understand(" ".join(f"w{chr(97 + i % 26)}rdq{i}" for i in range(150)))


def test_the_vocabulary_names_only_scenes_that_exist_and_every_one_of_them() -> None:
    assert set(vocabulary.SCENES) == KEYS
    assert set(vocabulary.NEAREST.values()) <= KEYS


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.key)
def test_every_scene_is_found_by_its_own_name(scene: Scene) -> None:
    assert understand(scene.name) == Understanding(scene.key, understand(scene.name).mood, exact=True)


def test_the_painter_is_a_generator_and_free() -> None:
    painter: Generator = PainterGenerator()
    assert painter.name == "Built-in painter"
    assert [(model.id, model.cost, model.retired) for model in painter.models()] == [("painter", 0.0, False)]


def test_a_prompt_becomes_a_jpeg_with_its_seed_and_the_truth_about_it() -> None:
    said: list[str] = []
    image = PainterGenerator().generate(ImageRequest("a photo studio", seed=7), said.append)
    picture = Image.open(io.BytesIO(image.data))
    assert (picture.format, picture.size) == ("JPEG", (1280, 720))
    assert (image.media_type, image.width, image.height) == ("image/jpeg", 1280, 720)
    assert (image.seed, image.cost, image.model, image.generator) == (7, 0.0, "painter", "Built-in painter")
    assert image.note == NOTE
    assert image.seconds > 0
    assert said == ["Painting \u201cStudio gradient\u201d"]


def test_a_seed_that_was_chosen_and_told_gives_the_same_file_again() -> None:
    painter = PainterGenerator()
    chosen, other = (painter.generate(ImageRequest("gradient"), silent) for _ in range(2))
    assert chosen.seed is not None
    assert chosen.seed != other.seed
    assert chosen.data != other.data
    assert painter.generate(ImageRequest("gradient", seed=chosen.seed), silent).data == chosen.data


@pytest.mark.parametrize("ratio", ["4:3", "1:1", "3:4", "9:16"])
def test_every_ratio_gets_its_size(ratio: str) -> None:
    request = ImageRequest("gradient", aspect_ratio=ratio, seed=1)  # type: ignore[arg-type]
    picture = Image.open(io.BytesIO(PainterGenerator().generate(request, silent).data))
    across, down = (int(part) for part in ratio.split(":"))
    assert picture.size == SIZES[request.aspect_ratio]
    assert picture.width * down == picture.height * across


def test_a_prompt_that_names_no_scene_says_which_one_is_nearest() -> None:
    image = PainterGenerator().generate(ImageRequest("bluu gradiemt", seed=1), silent)
    assert image.note == f"{NOTE} No scene here fits these words; this is the nearest: Studio gradient."
