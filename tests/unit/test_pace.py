"""Auto's controller, under loads that the tests make up."""

import itertools
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.video.pace import FRAME_SECONDS, SHARE, USABLE, WINDOW_SECONDS, Pace, SharedCores
from components.video.quality import LADDER, START

COSTS = (9.7, 8.0, 6.1, 5.2, 4.2, 4.0)
"""Milliseconds of a frame on each rung, as measured at 640x480."""

DEARER = tuple(rung.dearer for rung in LADDER)
FULL = 1000 * FRAME_SECONDS * SHARE


class Camera:
    """Thirty frames a second on a machine that is `load` times as slow as the one of `COSTS`."""

    def __init__(self, load: float, seed: int = 1, noise: float = 0.08) -> None:
        self.load, self.noise = load, noise
        self.now = 0.0
        self.skipped = 0
        self.rungs: list[int] = []
        self.budget = FULL / 1000
        self.pace = Pace(lambda: self.now, lambda: self.budget, DEARER, START)
        self._random = random.Random(seed)

    def run(self, seconds: float, skips: Callable[[], float] = lambda: 0.0) -> int:
        """The rung at the end."""
        until = self.now + seconds
        while self.now < until:
            cost = COSTS[self.pace.rung] * self.load * self._random.gauss(1, self.noise) / 1000
            periods = max(1, int(cost / FRAME_SECONDS) + 1)
            self.skipped += periods - 1 + (self._random.random() < skips())
            self.now += periods * FRAME_SECONDS
            self.pace.spent(cost, self.skipped)
            self.rungs.append(self.pace.rung)
        return self.pace.rung

    def changes(self, since: int = 0) -> int:
        late = self.rungs[since:]
        return sum(a != b for a, b in itertools.pairwise(late))


def test_a_quick_machine_gets_the_best() -> None:
    camera = Camera(0.8)
    assert camera.run(20) == 0
    assert camera.changes() == START


@pytest.mark.parametrize(("load", "rung"), [(2.3, 2), (3.5, 3), (4.2, 4), (30.0, 5)])
def test_a_slow_machine_gets_what_it_can_carry(load: float, rung: int) -> None:
    camera = Camera(load)
    assert camera.run(40) == rung


def test_the_worst_overload_is_answered_within_seconds() -> None:
    camera = Camera(4.4)
    camera.run(10)
    assert COSTS[camera.pace.rung] * 4.4 < FULL


def test_one_slow_second_is_a_hiccup_and_two_are_a_load() -> None:
    def hiccup(seconds: float) -> int:
        camera = Camera(3.0, noise=0)
        start = camera.run(5)
        camera.load = 1.2 * FULL / COSTS[start]
        camera.run(seconds)
        camera.load = 3.0
        return camera.run(3) - start

    assert (hiccup(WINDOW_SECONDS), hiccup(3 * WINDOW_SECONDS)) == (0, 1)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.2, 12), st.integers(0, 1000), st.floats(0, 0.25))
def test_it_settles_under_any_steady_load(load: float, seed: int, noise: float) -> None:
    camera = Camera(load, seed, noise)
    camera.run(120)
    settled = len(camera.rungs)
    camera.run(300)
    # At most two tries of the rung above, each taken back, in five minutes.
    assert camera.changes(settled) <= 4
    # And what it settles on is within the budget, where there is such a rung.
    usual = max(set(camera.rungs[settled:]), key=camera.rungs[settled:].count)
    assert COSTS[usual] * load < 1.05 * FULL or usual == len(COSTS) - 1


def test_it_comes_back_when_the_load_goes() -> None:
    camera = Camera(4.2)
    assert camera.run(40) == 4
    camera.load = 0.8
    assert camera.run(40) == 0


def test_one_hiccup_changes_nothing() -> None:
    camera = Camera(1.0)
    start = camera.run(30)
    camera.pace.spent(0.9, camera.skipped + 2)
    camera.skipped += 2
    assert camera.run(10) == start
    assert camera.changes(since=30 * 30) == 0


def test_frames_that_do_not_get_their_turn_count_as_load() -> None:
    camera = Camera(1.6, noise=0)
    before = camera.run(20)
    # Two thirds of the budget used, and yet a fifth of the frames pushed out: others hold the cores.
    assert camera.run(5, skips=lambda: 0.25) > before


def test_a_camera_that_sends_in_bursts_is_no_load() -> None:
    camera = Camera(0.3)
    assert camera.run(20, skips=lambda: 0.3) == 0


def test_a_step_up_that_fails_is_tried_ever_more_seldom() -> None:
    # The rung above costs far more than foreseen.
    camera = Camera(1.0, noise=0.02)
    camera.budget = 12.5 / 1000
    dear = {0: 20.0, 2: 6.0}
    tries: list[float] = []

    for _ in range(30 * 900):
        cost = dear.get(camera.pace.rung, 8.0) / 1000
        before = camera.pace.rung
        camera.now += FRAME_SECONDS
        camera.pace.spent(cost, 0)
        if camera.pace.rung < before:
            tries.append(camera.now)
    gaps = [b - a for a, b in itertools.pairwise(tries)]
    assert 3 <= len(tries) <= 5
    assert all(later > 1.5 * earlier for earlier, later in itertools.pairwise(gaps))


def test_workers_share_the_cores_equally() -> None:
    cores = SharedCores(2)
    alone = cores.budget()
    assert alone == pytest.approx(FRAME_SECONDS * SHARE)
    workers = [object() for _ in range(4)]
    for worker in workers:
        cores.join(worker)
        cores.join(worker)
    assert cores.budget() == pytest.approx(FRAME_SECONDS * USABLE * 2 / 4)
    for worker in workers:
        cores.leave(worker)
        cores.leave(worker)
    assert cores.budget() == alone


def test_sessions_side_by_side_end_on_the_same_rung() -> None:
    cores = SharedCores(2)
    cameras = [Camera(1.0, seed) for seed in range(4)]
    for camera in cameras:
        cores.join(camera)
    for _ in range(60):
        # What all of them ask for, beyond what two cores give, makes each frame take longer.
        asked = sum(COSTS[camera.pace.rung] for camera in cameras) / (2 * 1000 * FRAME_SECONDS)
        for camera in cameras:
            camera.load, camera.budget = max(1.0, asked), cores.budget()
            camera.run(1)
    rungs = {camera.pace.rung for camera in cameras}
    assert len(rungs) == 1
    assert COSTS[rungs.pop()] * 4 < 2 * 1000 * FRAME_SECONDS
