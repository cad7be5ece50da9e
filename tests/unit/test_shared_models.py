"""The models are fetched once for all visitors, and a failure is not repeated at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from components.errors import ModelUnavailable
from components.video.models import ModelPaths
from components.video.shared_models import ASKED_PAUSE_SECONDS, PAUSE_SECONDS, SharedModels

PATHS = ModelPaths(Path("general"), Path("landscape"))


class Finder:
    def __init__(self, *answers: ModelPaths | ModelUnavailable) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.may_answer = threading.Event()
        self.may_answer.set()

    def __call__(self, report: Callable[[str], None]) -> ModelPaths:
        self.asked += 1
        assert self.may_answer.wait(10)
        answer = self.answers.pop(0)
        if isinstance(answer, ModelUnavailable):
            raise answer
        return answer


def test_visitors_who_come_together_wait_for_one_fetch() -> None:
    finder = Finder(PATHS)
    finder.may_answer.clear()
    models = SharedModels(finder)
    with ThreadPoolExecutor(8) as visitors:
        results = [visitors.submit(models.get, print) for _ in range(8)]
        finder.may_answer.set()
        assert {result.result(10) for result in results} == {PATHS}
    assert finder.asked == 1
    assert models.found == PATHS


def test_after_a_failure_nothing_is_fetched_for_a_while_and_then_it_is_tried_again() -> None:
    now = 100.0
    finder = Finder(ModelUnavailable("no way out"), PATHS)
    models = SharedModels(finder, clock=lambda: now)
    for _ in range(5):
        with pytest.raises(ModelUnavailable, match="no way out"):
            models.get(print)
    assert finder.asked == 1
    now += PAUSE_SECONDS
    assert models.get(print) == PATHS


def test_who_asks_for_another_attempt_gets_one_but_not_any_number_of_them() -> None:
    now = 100.0
    finder = Finder(ModelUnavailable("no way out"), ModelUnavailable("still none"), PATHS)
    models = SharedModels(finder, clock=lambda: now)
    with pytest.raises(ModelUnavailable):
        models.get(print)
    for _ in range(5):
        with pytest.raises(ModelUnavailable, match="no way out"):
            models.get(print, asked=True)
    now += ASKED_PAUSE_SECONDS
    with pytest.raises(ModelUnavailable, match="still none"):
        models.get(print, asked=True)
    now += ASKED_PAUSE_SECONDS
    assert models.get(print, asked=True) == PATHS
    assert finder.asked == 3
