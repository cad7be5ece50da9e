"""The bench of delays: numbers that survive the way, and what is made of when they were seen."""

import cv2
import numpy as np
import pytest

from bench import counter
from bench.delay import PLAIN, TO_STAGE, Delay, delay_of
from bench.table import delay_table

SIZE = (640, 480)


@pytest.fixture(scope="module")
def film() -> list[np.ndarray]:
    return [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in counter.film(SIZE)]


def test_every_number_is_read_back_smaller_darker_and_blurred(film: list[np.ndarray]) -> None:
    assert [counter.read(luma) for luma in film] == list(range(256))
    worn = [cv2.GaussianBlur(cv2.resize(luma, (320, 240)) // 2, (0, 0), 1) for luma in film]
    assert [counter.read(luma) for luma in worn] == list(range(256))


def test_what_carries_no_number_is_refused(film: list[np.ndarray]) -> None:
    assert counter.read(np.full((480, 640), 90, np.uint8)) is None
    # Half of one picture, half of the next that differs in every bit.
    assert counter.read(film[0] // 2 + film[255] // 2) is None


def test_a_delay_is_from_the_last_capture_to_the_first_sight() -> None:
    captured = [(number % 256, number / 30) for number in range(600)]
    seen = [(number % 256, number / 30 + 0.1) for number in range(300, 600) for _ in range(2)]
    delay = delay_of(PLAIN, captured, seen)
    assert delay.median_ms == pytest.approx(100)
    assert delay.p95_ms == pytest.approx(100)
    assert delay.fps == pytest.approx(30)


def test_the_table_says_how_much_is_ours() -> None:
    table = delay_table([Delay(PLAIN, 80, 90, 30), Delay(TO_STAGE, 230, 250, 30)])
    assert "| camera to stage | 230 | 250 | 30.0 | +150 ms, target ≤ +250 |" in table
    assert "Chromium" in delay_table([])
