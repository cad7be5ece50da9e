"""The way of a background, with a generator that does what the test says."""

import struct
import threading
from collections.abc import Callable
from concurrent.futures import wait
from pathlib import Path

import pytest

from components.backgrounds.budget import Budget
from components.backgrounds.entries import Details, Entry
from components.backgrounds.generator import GeneratedImage, ImageRequest, ModelChoice, Report
from components.backgrounds.library import Library, folder_library
from components.backgrounds.patience import patiently
from components.backgrounds.workshop import MODELS_S, Job, Workshop
from components.errors import (
    BudgetSpent,
    ContentRefused,
    GenerationCancelled,
    GenerationError,
    GenerationTimeout,
    GeneratorBusy,
    LibraryError,
    StudioError,
)
from tests.fake_generator import Painter, png, raising

WAIT = 10
REQUEST = ImageRequest("a beach", seed=7, model="m")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return folder_library(tmp_path)


@pytest.fixture
def make(tmp_path: Path, library: Library) -> Callable[..., Workshop]:
    def workshop(painter: Painter, keep: Library | None = None) -> Workshop:
        return Workshop(painter, Budget(tmp_path / "budget.sqlite", per_session=2, per_day=10), keep or library)

    return workshop


def finished(job: Job) -> Job:
    assert job.wait(WAIT)
    return job


def test_a_picture_is_made_counted_and_kept(make: Callable[[Painter], Workshop]) -> None:
    workshop = make(Painter())
    job = finished(workshop.start("me", REQUEST))
    assert job.made is not None
    assert job.made.pixels.shape == (36, 64, 3)
    assert tuple(job.made.pixels[0, 0]) == (10, 200, 30)
    assert workshop.left("me").session == 1
    assert [entry.prompt for entry in workshop.library.find("me").entries] == ["a beach"]
    assert workshop.library.find("somebody else").entries == ()


def test_a_paid_picture_is_not_lost_by_what_surrounds_its_pixels(make: Callable[[Painter], Workshop]) -> None:
    plain = png()
    # More bytes than an upload may have, and a text with a wrong sum.
    surrounded = plain[:33] + struct.pack(">I", 21_000_000) + b"tEXt" + bytes(21_000_004) + plain[33:]
    job = finished(make(Painter(answer=lambda: surrounded)).start("me", REQUEST))
    assert job.error is None
    assert job.made is not None
    assert job.made.entry is not None
    assert tuple(job.made.pixels[0, 0]) == (10, 200, 30)


def test_the_same_request_again_is_free_and_asks_nobody(make: Callable[[Painter], Workshop]) -> None:
    painter = Painter()
    workshop = make(painter)
    finished(workshop.start("me", REQUEST))
    again = finished(workshop.start("me", REQUEST))
    assert again.made is not None
    assert again.made.image is None
    assert (painter.calls, workshop.left("me").session) == (1, 1)


@pytest.mark.parametrize(
    ("error", "left"),
    [
        (GeneratorBusy("busy"), 2),
        (ContentRefused("refused by the model's content filter"), 1),
        (GenerationTimeout("too long"), 1),
        (ZeroDivisionError("unforeseen"), 1),
    ],
)
def test_an_error_is_a_sentence_and_counts_only_if_it_may_be_billed(
    error: Exception, left: int, make: Callable[[Painter], Workshop]
) -> None:
    workshop = make(Painter(raising(error)))
    job = finished(workshop.start("me", REQUEST))
    assert job.made is None
    assert isinstance(job.error, StudioError)
    assert "Zero" not in str(job.error)
    assert workshop.left("me").session == left


def test_a_spent_budget_stops_the_call(make: Callable[[Painter], Workshop]) -> None:
    painter = Painter()
    workshop = make(painter)
    for seed in (1, 2):
        finished(workshop.start("me", ImageRequest("a beach", seed=seed)))
    with pytest.raises(BudgetSpent):
        workshop.start("me", ImageRequest("a beach", seed=3))
    assert painter.calls == 2


def test_one_at_a_time_for_each_visitor(make: Callable[[Painter], Workshop]) -> None:
    gate = threading.Event()

    def slowly() -> bytes:
        gate.wait(WAIT)
        return png()

    painter = Painter(slowly)
    workshop = make(painter)
    job = workshop.start("me", REQUEST)
    with pytest.raises(GeneratorBusy):
        workshop.start("me", REQUEST)
    gate.set()
    finished(job)
    assert painter.calls == 1


def test_cancelled_before_it_is_sent_costs_nothing_and_afterwards_it_is_kept(
    make: Callable[[Painter], Workshop],
) -> None:
    sent, gate = threading.Event(), threading.Event()

    def slowly() -> bytes:
        sent.set()
        gate.wait(WAIT)
        return png()

    painter = Painter(slowly)
    workshop = make(painter)
    under_way = [workshop.start(f"visitor {number}", REQUEST) for number in range(4)]
    assert sent.wait(WAIT)
    assert not under_way[0].cancel()
    gate.set()
    for job in under_way:
        finished(job)
    assert workshop.library.find("visitor 0").total == 1
    early = Job(REQUEST, lambda: 0.0)
    assert early.cancel()
    assert not early.send()


def test_models_are_asked_for_again_after_a_while_and_known_meanwhile(tmp_path: Path, library: Library) -> None:
    painter, now = Painter(), 0.0
    workshop = Workshop(painter, Budget(tmp_path / "budget.sqlite"), library, clock=lambda: now)
    wait([workshop._asked])
    assert [model.id for model in workshop.models()] == ["m"]
    painter.models = lambda: (ModelChoice("new", "New", None),)  # type: ignore[method-assign]
    now = MODELS_S - 1
    assert [model.id for model in workshop.models()] == ["m"]
    now = MODELS_S
    assert [model.id for model in workshop.models()] == ["m"]
    wait([workshop._asked])
    assert [model.id for model in workshop.models()] == ["new"]


class BusyPainter(Painter):
    """Turned away at first; sleeps between two attempts until the test lets it go on."""

    def __init__(self) -> None:
        super().__init__()
        self.asleep, self.go_on = threading.Event(), threading.Event()

    def generate(self, request: ImageRequest, report: Report) -> GeneratedImage:
        def attempt() -> GeneratedImage:
            if not self.asleep.is_set():
                raise GeneratorBusy("busy")
            return super(BusyPainter, self).generate(request, report)

        def sleep(seconds: float) -> None:
            self.asleep.set()
            assert self.go_on.wait(WAIT)

        return patiently(attempt, report, sleep)


def test_cancelled_while_the_service_is_busy_it_is_never_sent_costs_nothing_and_blocks_nobody(
    make: Callable[[Painter], Workshop],
) -> None:
    painter = BusyPainter()
    workshop = make(painter)
    job = workshop.start("me", REQUEST)
    assert painter.asleep.wait(WAIT)
    assert job.sentence is not None
    assert job.sentence.startswith("Busy, trying again")
    assert job.cancel()
    assert workshop.left("me").session == 2
    another = workshop.start("me", ImageRequest("a lake"))
    painter.go_on.set()
    assert isinstance(finished(job).error, GenerationCancelled)
    assert finished(another).made is not None
    assert [request.prompt for request in painter.requests] == ["a lake"]
    assert workshop.left("me").session == 1


def test_cancelled_after_it_was_sent_again_it_counts() -> None:
    job = Job(REQUEST, lambda: 0.0)
    assert job.send()
    job.report("Busy, trying again in 2 s")
    job.report(None)
    job.report("Trying again")
    assert not job.cancel()
    with pytest.raises(GenerationCancelled):
        job.report("Busy, trying again in 4 s")


class FullLibrary:
    """A library whose disk is full."""

    def served(self, owner: str, request: ImageRequest) -> Entry | None:
        raise LibraryError("The library cannot be searched.")

    def keep(self, owner: str, data: bytes, details: Details) -> Entry:
        raise LibraryError("The disk is full.")


def test_a_picture_that_cannot_be_kept_goes_on_screen_all_the_same(make: Callable[..., Workshop]) -> None:
    workshop = make(Painter(), FullLibrary())
    job = finished(workshop.start("me", REQUEST))
    assert job.made is not None
    assert job.made.entry is None
    assert job.made.note == "It is on screen, but it was not kept: The disk is full."


def test_an_answer_that_is_no_picture_is_a_sentence(make: Callable[[Painter], Workshop]) -> None:
    workshop = make(Painter(lambda: b"no picture"))
    job = finished(workshop.start("me", REQUEST))
    assert isinstance(job.error, StudioError)
    assert not isinstance(job.error, GenerationError) or str(job.error)


def test_a_kept_picture_that_fails_in_an_unknown_way_ends_the_job_with_a_sentence(
    make: Callable[[Painter], Workshop], monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = make(Painter())
    finished(workshop.start("me", REQUEST))
    monkeypatch.setattr(Library, "read", lambda *_: raising(RuntimeError("nobody thought of this"))())
    job = finished(workshop.start("me", REQUEST))
    assert isinstance(job.error, LibraryError)
    assert "nobody" not in str(job.error)
