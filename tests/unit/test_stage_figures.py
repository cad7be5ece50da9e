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
from components.video.frame_path import Look
from components.video.quality import Override, Quality

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


def advice(quality: Quality, *, large: bool, fps_in: float = 30, **by_hand: Any) -> str:
    encoder = EncoderFigures(size=(640, 480), aim_kbps=2000)
    feed: Any = SimpleNamespace(figures=lambda: FeedFigures(encoder, 0.0, 0.0, 0))
    on_stage: Any = SimpleNamespace(feed=feed, kbps=2000)
    look = Look(backdrop=None, quality=quality, override=Override(**by_hand))  # type: ignore[arg-type]
    camera: Any = SimpleNamespace(fps_in=fps_in)
    snapshot = Snapshot(state=State.LIVE, figures=GOOD)
    [sentence] = warnings(on_stage, snapshot, 9, camera=camera, look=look, large=large)
    return sentence


@pytest.mark.parametrize("large", [True, False])
def test_a_busy_server_never_advises_what_is_set_already(large: bool) -> None:
    for quality in (Quality.BEST, Quality.BALANCED):
        assert "Choose “Fastest” or “Auto”" in advice(quality, large=large)
    for quality in (Quality.FASTEST, Quality.AUTO):
        assert "Fastest" not in advice(quality, large=large)
        assert "Reset steps" in advice(quality, large=large, edge_aware=True)
        assert "Reset steps" in advice(quality, large=large, stride=1)
        # Less than "Fastest" does is no load that could be taken away.
        assert "Reset steps" not in advice(quality, large=large, spill=0.0, clean=False)
        assert ("480p" in advice(quality, large=large)) == large
        assert ("ask the least" in advice(quality, large=large)) != large


def test_few_pictures_from_the_camera_are_not_called_the_servers_fault() -> None:
    sentence = advice(Quality.BEST, large=True, fps_in=9)
    assert "9 pictures a second come from your camera" in sentence
    assert "server is too busy" not in sentence
