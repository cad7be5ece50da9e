"""The quality bench's arithmetic. What it measures is never asserted."""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from bench.peers import PEERS, raw, tutorial
from bench.quality import RAW, Result, main
from bench.quality_table import interval, report, targets
from bench.scores import boundary_f, dtssd, flicker, gradient_error, iou, motion, score
from bench.takes import from_folder, own, steps_for
from components.video.planes import from_rgb
from components.video.quality import BEST


def disc(x: int = 60, radius: int = 30, soft: bool = False) -> np.ndarray:
    alpha = np.zeros((120, 160), np.uint8)
    cv2.circle(alpha, (x, 60), radius, 255, -1, cv2.LINE_AA)
    return cv2.GaussianBlur(alpha, (0, 0), 2) if soft else alpha


def test_the_truth_itself_has_no_error() -> None:
    perfect = score(disc(), disc())
    errors = perfect.mad, perfect.mse, perfect.gradient, perfect.rim
    assert (perfect.iou, perfect.boundary) == (1, 1)
    assert errors == pytest.approx((0, 0, 0, 0))


def test_scores_fall_with_the_error() -> None:
    near, far = score(disc(62), disc()), score(disc(80), disc())
    assert 1 > near.iou > far.iou > 0
    assert near.boundary > far.boundary
    assert near.mad < far.mad
    assert gradient_error(disc(soft=True), disc()) > 0
    assert iou(np.zeros_like(disc()), np.zeros_like(disc())) == 1
    assert boundary_f(np.zeros_like(disc()), disc()) == 0


def test_the_rim_is_the_room_that_is_shown_and_not_the_person_that_is_missing() -> None:
    assert score(disc(radius=34), disc()).rim > 10
    assert score(disc(radius=26), disc()).rim == pytest.approx(0, abs=0.2)


def test_a_matte_that_moves_with_the_truth_does_not_flicker_and_one_that_breathes_does() -> None:
    truths = [disc(60 + 2 * step) for step in range(5)]
    moved = motion(truths)
    breathing = [disc(60 + 2 * step, 30 + 3 * (step % 2)) for step in range(5)]
    assert flicker(truths, moved) < 0.35 * flicker(breathing, moved)
    assert dtssd(truths, truths) == 0
    assert dtssd(breathing, truths) > 1
    assert motion([disc(), disc()]) == [None]


@pytest.mark.parametrize("name", PEERS)
def test_every_peer_keeps_a_person_and_drops_a_room_that_the_model_is_sure_of(name: str) -> None:
    peer = PEERS[name]()
    picture = from_rgb(np.random.default_rng(1).integers(90, 110, (120, 160, 3), dtype=np.uint8))
    probability = np.zeros((64, 64), np.float32)
    probability[20:, 20:44] = 1
    for _ in range(3):
        alpha = peer(probability, picture)
    assert alpha.shape == (120, 160)
    assert alpha[80, 80] > 250
    assert alpha[10, 10] < 5


def test_raw_is_the_confidence_and_the_tutorial_knows_two_values() -> None:
    slope = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (64, 1))
    picture = from_rgb(np.zeros((64, 64, 3), np.uint8))
    assert abs(int(raw(slope, picture)[30, 32]) - 130) < 4
    assert set(np.unique(tutorial(slope, picture))) == {0, 255}


def write(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)


def test_a_folder_holds_stills_and_films(tmp_path: Path) -> None:
    picture = np.full((121, 160, 3), 100, np.uint8)
    mask = np.zeros((121, 160), np.uint8)
    mask[40:, 50:90] = 1
    write(tmp_path / "image" / "a.jpg", picture)
    write(tmp_path / "mask" / "a.png", mask)
    write(tmp_path / "image" / "without-mask.jpg", picture)
    for frame in range(3):
        write(tmp_path / "walk" / "image" / f"{frame:03}.png", picture)
        write(tmp_path / "walk" / "alpha" / f"{frame:03}.png", mask * 200)
    still, film = from_folder(tmp_path)
    assert (still.name, still.still, film.name, len(film.shots)) == ("a", True, "walk", 3)
    assert still.shots[0].picture.size == (160, 120)
    assert still.shots[0].truth.max() == 255
    assert film.shots[0].truth.max() == 200
    assert not steps_for(still, BEST).reuse
    with pytest.raises(FileNotFoundError, match="image/"):
        list(from_folder(tmp_path / "image"))


def test_a_folder_is_measured_into_a_fresh_clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "data" / "image" / "a.png", np.full((120, 160, 3), 100, np.uint8))
    write(tmp_path / "data" / "mask" / "a.png", disc())
    tables, numbers = tmp_path / "out" / "quality.md", tmp_path / "out" / "quality.json"
    words = ["quality", "--data", str(tmp_path / "data"), "--markdown", str(tables), "--out", str(numbers)]
    monkeypatch.setattr(sys, "argv", words)
    assert main() == 0
    assert "on the pictures in data" in tables.read_text()
    assert json.loads(numbers.read_text())["results"]


def test_own_films_are_chosen_by_name() -> None:
    assert len(own(("office", "cafe"), "fast 640x480")) == 2
    assert own(("office",), "no such film") == []


def test_the_tables_say_what_was_met_and_what_was_missed() -> None:
    good, bad = score(disc(61), disc()), score(disc(75), disc())
    results = [
        Result(name, kind, take, [each], 1.0, flickers)
        for take in ("x", "y")
        for name, each, flickers in ((RAW, bad, 2.0), ("level Best", good, 1.5))
        for kind in ("at 40% 640x480", "still, noisy 640x480", "fast 640x480")
    ]
    table = targets(results)
    assert "| IoU error, at 40% 640 | ≤ 0.5 of raw |" in table
    assert table.count("met") == 3
    assert "| 0.75 | missed |" in table
    text = report(results, "Here.", own_films=True)
    assert "## Targets" in text
    assert "level Best" in text


def test_the_interval_holds_the_mean() -> None:
    values = np.random.default_rng(2).normal(0.9, 0.02, 30)
    low, high = interval(values)
    assert low < values.mean() < high
    assert high - low < 0.03
