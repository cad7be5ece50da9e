"""The garbage collector stays out of the frames' way, and still collects."""

import gc
import tomllib
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.ui.collector import settle

ROOT = Path(__file__).parents[2]


class Knot:
    """Garbage that only a collection finds."""

    def __init__(self) -> None:
        self.self = self


@pytest.fixture
def settled() -> Iterator[None]:
    settle()
    yield
    gc.unfreeze()


def test_streamlit_collects_nothing_between_frames() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert config["runner"]["postScriptGC"] is False


@pytest.mark.usefixtures("settled")
def test_a_collection_sees_only_what_is_new() -> None:
    assert gc.get_freeze_count() > 50 * len(gc.get_objects())


@pytest.mark.usefixtures("settled")
def test_new_garbage_is_collected_by_itself() -> None:
    knot = weakref.ref(Knot())
    kept = []
    while knot() is not None:
        kept.append([])
        assert len(kept) < 100_000


def test_what_was_in_use_before_is_collected_the_next_time() -> None:
    knot = Knot()
    seen = weakref.ref(knot)
    settle()
    del knot
    settle()
    gc.unfreeze()
    assert seen() is None
