"""Levels, what is set by hand, and Auto's ladder in words."""

from dataclasses import fields

import pytest

from components.ui.picture import line
from components.video.figures import Figures
from components.video.frame_path import SMALLEST, scaled
from components.video.quality import (
    BALANCED,
    BEST,
    LADDER,
    LEVELS,
    START,
    Override,
    Quality,
    Steps,
    described,
    steps_of,
)


def test_every_step_can_be_set_by_hand_but_the_size() -> None:
    assert {field.name for field in fields(Override)} == {field.name for field in fields(Steps)} - {"scale"}


def test_what_is_set_by_hand_wins_over_any_level_and_rung() -> None:
    override = Override(steady=False, light_match=0.8)
    for quality in Quality:
        for rung, place in enumerate(LADDER):
            steps = steps_of(quality, rung, override)
            assert (steps.steady, steps.light_match) == (False, 0.8)
            expected = place.steps if quality is Quality.AUTO else LEVELS[quality]
            assert (steps.stride, steps.edge_aware) == (expected.stride, expected.edge_aware)


def test_a_level_that_is_chosen_does_not_move_with_the_load() -> None:
    assert {steps_of(Quality.BEST, rung, Override()) for rung in range(len(LADDER))} == {BEST}


def test_the_ladder_gives_up_refinement_then_the_rate_then_the_size() -> None:
    effort = [(place.steps.scale, -place.steps.stride, place.steps.steady, place.steps.edge_aware) for place in LADDER]
    assert effort == sorted(effort, reverse=True)
    assert LADDER[START].steps == BALANCED
    # The load may change how fine the edge is, never the colour of a face.
    assert len({place.steps.light_match for place in LADDER}) == 1


@pytest.mark.parametrize(
    ("quality", "rung", "words"),
    [
        (Quality.AUTO, 0, "Auto: Best, every frame"),
        (Quality.AUTO, 1, "Auto: Balanced, every frame"),
        (Quality.AUTO, 3, "Auto: Fastest, every 3rd frame"),
        (Quality.BEST, 3, "Best"),
    ],
)
def test_the_figures_say_what_auto_did(quality: Quality, rung: int, words: str) -> None:
    figures = Figures(size=(640, 480), quality=described(quality, rung, Override()))
    assert f"ms per frame · 640 × 480 · {words}" in line(figures).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("camera", "scale", "size"),
    [
        ((1280, 720), 1.0, (1280, 720)),
        ((1280, 720), 0.75, (960, 540)),
        ((1280, 720), 0.5, (640, SMALLEST)),
        ((640, 480), 0.5, (480, SMALLEST)),
        ((720, 1280), 0.5, (SMALLEST, 640)),
        ((160, 120), 0.5, (160, 120)),
        ((641, 479), 1.0, (640, 478)),
    ],
)
def test_a_picture_is_made_smaller_evenly_and_not_too_small(
    camera: tuple[int, int], scale: float, size: tuple[int, int]
) -> None:
    assert scaled(camera, scale) == size


def test_the_figures_line_breaks_between_two_figures_only() -> None:
    figures = Figures(fps_in=30, fps_out=9, frame_ms=7, size=(640, 480), skipped=12)
    parts = line(figures).split(" ")
    assert [part.replace("\u00a0", " ").replace("\u2007", "_") for part in parts] == [
        "30 fps in ·",
        "_9 fps out ·",
        "__7 ms per frame ·",
        "640 × 480 ·",
        "12 skipped",
    ]
