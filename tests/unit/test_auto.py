"""Auto in a real worker: what it gives up under load, and that nothing of the room shows meanwhile."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from components.video.backdrop import Blur, Still, Strength
from components.video.frame_path import FramePath, Look
from components.video.pace import SharedCores
from components.video.planes import even
from components.video.processor import Processor
from components.video.quality import BEST, LADDER, Quality
from tests.fakes import GREEN, FakeSegmenter, camera_frame, share_of_room

WAIT = 10


class Cores(SharedCores):
    """A machine that gives every frame so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(1)
        self.seconds = seconds

    def budget(self) -> float:
        return self.seconds


class Stream:
    """A processor whose clock goes so far with every frame that a window of the controller is eight of them."""

    def __init__(self, look: Look, cores: SharedCores) -> None:
        self.now = 100.0
        self.look = look
        self.composed = threading.Semaphore(0)
        self.processor = Processor(FakeSegmenter, lambda: self.look, clock=lambda: self.now, cores=cores)
        self.processor.start(self.composed.release)

    def run(self, frames: int) -> set[tuple[int, int]]:
        """The sizes that came out."""
        sizes = set()
        for _ in range(frames):
            self.now += 0.13
            self.processor.submit(camera_frame(640, 480))
            assert self.composed.acquire(timeout=WAIT), self.processor.figures()
            picture, frame = self.processor.picture()
            assert frame is not None
            sizes.add(picture.size)
            assert share_of_room(picture) == 0
        return sizes


@contextmanager
def stream(cores: SharedCores, quality: Quality = Quality.AUTO) -> Iterator[Stream]:
    it = Stream(Look(Still.colour(*GREEN), quality=quality), cores)
    yield it
    it.processor.stop()
    assert it.processor.join(WAIT)


def test_a_machine_with_time_gets_the_best() -> None:
    with stream(Cores(100.0)) as it:
        assert it.run(90) == {(640, 480)}
        assert it.processor.figures().quality == "Auto: Best, every frame"


def test_a_machine_without_gets_less_and_less_and_at_last_a_smaller_picture() -> None:
    with stream(Cores(1e-6)) as it:
        assert it.run(8 * 2 * len(LADDER) + 10) == {(640, 480), (480, 360)}
        figures = it.processor.figures()
    assert figures.quality == "Auto: Fastest, every 3rd frame"
    assert figures.size == (480, 360)


def test_a_level_that_was_chosen_stays_whatever_it_costs() -> None:
    with stream(Cores(1e-6), Quality.BEST) as it:
        assert it.run(30) == {(640, 480)}
        assert it.processor.figures().quality == "Best"
        # What it cost by hand says nothing about Auto's place.
        it.look = replace(it.look, quality=Quality.AUTO)
        it.run(1)
        assert it.processor.figures().quality == "Auto: Balanced, every 2nd frame"


def test_a_worker_counts_as_long_as_it_lives() -> None:
    cores = SharedCores(1)
    alone = cores.budget()
    with stream(cores) as one, stream(cores) as other:
        one.run(1)
        other.run(1)
        assert cores.budget() < alone
    assert cores.budget() == alone


@pytest.mark.parametrize("size", [(160, 120), (641, 479), (1280, 720)])
def test_every_rung_makes_a_picture_without_the_room(size: tuple[int, int]) -> None:
    path, segmenter, look = FramePath(lambda: 0.0), FakeSegmenter(), Look(Still.colour(*GREEN))
    for rung in (*LADDER, *LADDER[::-1]):
        made, _ = path.composite(camera_frame(*size), segmenter, lambda: look, rung.steps)
        assert share_of_room(made) == 0
        assert min(made.width, made.height) >= min(360, *even(size))


def test_ones_own_room_blurred_gets_no_other_light() -> None:
    def composite(backdrop: Still | Blur) -> int:
        look = Look(backdrop)
        made, _ = FramePath(lambda: 0.0).composite(camera_frame(320, 240), FakeSegmenter(), lambda: look, BEST)
        return int(made.to_ndarray(format="rgb24")[180, 160].astype(int).sum())

    plain = int(camera_frame(320, 240).to_ndarray(format="rgb24")[180, 160].astype(int).sum())
    assert abs(composite(Blur(Strength.LIGHT)) - plain) <= 3
    assert composite(Still.colour(10, 10, 25)) < plain - 20
