"""Finding the models: what is trusted, what heals, and what a person is told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from components.errors import ModelUnavailable
from components.video import models
from components.video.model_sources import ModelFile, SourceError
from components.video.models import GENERAL, LANDSCAPE, ModelPaths, find_models

CONTENTS = {GENERAL.name: b"general " * 900, LANDSCAPE.name: b"landscape " * 800}


@pytest.fixture(autouse=True)
def small_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand-ins with known bytes under the real names."""
    stand_ins = tuple(
        replace(model, size=len(CONTENTS[model.name]), sha256=hashlib.sha256(CONTENTS[model.name]).hexdigest())
        for model in (GENERAL, LANDSCAPE)
    )
    monkeypatch.setattr(models, "_MODELS", stand_ins)


@dataclass
class Shelf:
    """A source that hands out `contents` and remembers what it was asked for."""

    contents: dict[str, bytes] = field(default_factory=lambda: dict(CONTENTS))
    failure: str = ""
    name: str = "the shelf"
    asked: list[list[str]] = field(default_factory=list)

    def fetch(self, models: Sequence[ModelFile]) -> Iterator[tuple[ModelFile, bytes]]:
        self.asked.append([model.name for model in models])
        for model in models:
            if model.name in self.contents:
                yield model, self.contents[model.name]
        if self.failure:
            raise SourceError(self.failure)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def assert_complete(folder: Path, found: ModelPaths) -> None:
    assert found == ModelPaths(general=folder / GENERAL.name, landscape=folder / LANDSCAPE.name)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENTS


def test_the_constants_are_the_published_files() -> None:
    assert (GENERAL.width, GENERAL.height, GENERAL.size) == (256, 256, 249_505)
    assert (LANDSCAPE.width, LANDSCAPE.height, LANDSCAPE.size) == (256, 144, 250_145)


def test_a_missing_folder_is_made_and_filled(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet"
    assert_complete(folder, find_models(folder, sources=[Shelf()]))


def test_verified_files_need_no_source_and_say_nothing(tmp_path: Path) -> None:
    find_models(tmp_path, sources=[Shelf()])
    said: list[str] = []
    shelf = Shelf()
    assert_complete(tmp_path, find_models(tmp_path, sources=[shelf], report=said.append))
    assert shelf.asked == []
    assert said == []


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: data[:-1], id="half-written"),
        pytest.param(lambda data: data + b"\0", id="too long"),
        pytest.param(lambda data: b"X" + data[1:], id="one byte changed"),
    ],
)
def test_a_damaged_file_is_fetched_again_and_only_that_one(tmp_path: Path, damage) -> None:
    find_models(tmp_path, sources=[Shelf()])
    (tmp_path / LANDSCAPE.name).write_bytes(damage(CONTENTS[LANDSCAPE.name]))
    shelf = Shelf()
    assert_complete(tmp_path, find_models(tmp_path, sources=[shelf]))
    assert shelf.asked == [[LANDSCAPE.name]]


def test_a_source_that_lies_is_not_believed(tmp_path: Path) -> None:
    liar = Shelf({name: data[::-1] for name, data in CONTENTS.items()}, name="the liar")
    honest = Shelf()
    assert_complete(tmp_path, find_models(tmp_path, sources=[liar, honest]))
    assert honest.asked == [[GENERAL.name, LANDSCAPE.name]]


def test_what_one_source_delivered_is_not_asked_of_the_next(tmp_path: Path) -> None:
    half = Shelf({GENERAL.name: CONTENTS[GENERAL.name]}, failure="the shelf broke down")
    whole = Shelf()
    assert_complete(tmp_path, find_models(tmp_path, sources=[half, whole]))
    assert whole.asked == [[LANDSCAPE.name]]


def test_the_page_is_told_what_happens(tmp_path: Path) -> None:
    said: list[str] = []
    broken = Shelf({}, failure="the official address did not answer", name="the official address")
    find_models(tmp_path, sources=[broken, Shelf(name="the mediapipe package")], report=said.append)
    assert said == [
        "Fetching the segmentation models (15 kB)…",
        "The official address did not answer; trying the mediapipe package…",
    ]


def test_when_nothing_works_the_person_learns_which_file_goes_where(tmp_path: Path) -> None:
    broken = Shelf({GENERAL.name: CONTENTS[GENERAL.name]}, failure="the shelf broke down")
    with pytest.raises(ModelUnavailable) as caught:
        find_models(tmp_path, sources=[broken])
    text = str(caught.value)
    assert "the shelf broke down" in text
    assert str(tmp_path) in text
    assert LANDSCAPE.url in text
    assert GENERAL.url not in text  # That one was delivered.
    assert names_in(tmp_path) == [GENERAL.name]


def test_a_source_that_silently_delivers_nothing_is_a_failure_too(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"selfie_segmentation\.tflite"):
        find_models(tmp_path, sources=[Shelf({})])


def test_a_file_where_the_folder_should_be_is_said_before_anything_is_fetched(tmp_path: Path) -> None:
    place = tmp_path / "models"
    place.write_text("in the way")
    shelf = Shelf()
    with pytest.raises(ModelUnavailable) as caught:
        find_models(place, sources=[shelf])
    assert str(place) in str(caught.value)
    assert GENERAL.url in str(caught.value)
    assert shelf.asked == []
    assert place.read_text() == "in the way"


def test_a_folder_where_the_file_should_be_is_said_and_leaves_no_temporaries(tmp_path: Path) -> None:
    (tmp_path / GENERAL.name / "inside").mkdir(parents=True)
    with pytest.raises(ModelUnavailable, match="cannot be kept"):
        find_models(tmp_path, sources=[Shelf()])
    assert names_in(tmp_path) == [GENERAL.name]


def test_a_refused_replace_is_fine_when_another_process_has_stored_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose_the_race(source: Path, target: Path) -> None:
        target.write_bytes(CONTENTS[target.name])
        raise PermissionError(13, "Access is denied")  # What Windows says of a file that is open elsewhere.

    monkeypatch.setattr(models.os, "replace", lose_the_race)
    assert_complete(tmp_path, find_models(tmp_path, sources=[Shelf()]))


def test_stored_files_can_be_read_by_every_user(tmp_path: Path) -> None:
    found = find_models(tmp_path, sources=[Shelf()])
    assert found.general.stat().st_mode & 0o444 == 0o444
