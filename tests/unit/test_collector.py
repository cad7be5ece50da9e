"""The garbage collector stays out of the frames' way, and still collects."""

import gc
import threading
import tomllib
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.ui import collector
from components.ui.collector import SettlingSeats, settle
from components.ui.session import _seats

WAIT = 10
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


def test_when_the_last_camera_is_off_what_was_in_use_before_is_collected() -> None:
    knot, collected = Knot(), threading.Event()
    weakref.finalize(knot, collected.set)
    settle()
    del knot
    seats = SettlingSeats(2, quiet_s=0)
    assert seats.claim("me")
    seats.release("me")
    assert collected.wait(WAIT)
    gc.unfreeze()


def test_nothing_is_collected_so_while_a_camera_is_on() -> None:
    seats = SettlingSeats(2, quiet_s=3600)
    before = due()
    assert seats.claim("me")
    assert seats.claim("you")
    seats.release("me")
    assert due() == before
    seats.release("you")
    (timer,) = due() - before
    assert seats.claim("me")
    timer.join(WAIT)
    assert not timer.is_alive()


def test_who_comes_during_a_collection_is_live_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seats, free, over = SettlingSeats(1, quiet_s=0), [], threading.Event()
    comer = threading.Thread(target=seats.claim, args=("you",))

    def slow() -> None:
        comer.start()
        comer.join(0.1)
        free.append(seats.free)
        over.set()

    monkeypatch.setattr(collector, "settle", slow)
    assert seats.claim("me")
    seats.release("me")
    assert over.wait(WAIT)
    comer.join(WAIT)
    assert (free, seats.free) == ([1], 0)


def test_the_studios_seats_are_such() -> None:
    assert isinstance(_seats(1), SettlingSeats)


def due() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)}
