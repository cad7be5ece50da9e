"""What is wrong with a stream, in words."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from components.stage.destination import LegFigures
from components.stage.publication import Snapshot, State
from components.ui.stage_figures import warnings
from components.video.encoder import EncoderFigures
from components.video.feed import FeedFigures

GOOD = LegFigures(kbps=1900, round_trip_ms=40, loss=0.0)


def said(
    figures: LegFigures, *, aim: int = 2000, composed_fps: float | None = 30, state: State = State.LIVE
) -> list[str]:
    encoder = EncoderFigures(size=(640, 480), aim_kbps=aim)
    feed: Any = SimpleNamespace(figures=lambda: FeedFigures(encoder, 0.0, 0.0, 0))
    on_stage: Any = SimpleNamespace(feed=feed, kbps=2000)
    return warnings(on_stage, Snapshot(state=state, figures=figures), composed_fps)


def test_a_good_stream_needs_no_words() -> None:
    assert said(GOOD) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"figures": GOOD, "aim": 900}, "Your upload is slow; quality lowered"),
        ({"figures": replace(GOOD, loss=0.12)}, "12% of what is sent gets lost"),
        ({"figures": replace(GOOD, round_trip_ms=650)}, "The way to the stage is long"),
        ({"figures": GOOD, "composed_fps": 9}, "too busy"),
    ],
)
def test_each_trouble_has_its_sentence(changes: dict[str, Any], words: str) -> None:
    [sentence] = said(**changes)
    assert words in sentence


def test_who_is_not_live_is_not_warned() -> None:
    assert said(replace(GOOD, loss=0.5), state=State.RECONNECTING) == []
