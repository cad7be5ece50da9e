"""The way onto a stage and off it again: every state, in order, whatever happens."""

import asyncio
import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.errors import JoinRefused, MediaEnded, StageBusy, StageError, StageLost
from components.stage.destination import LegFigures
from components.stage.publication import Snapshot, State, may_follow
from components.stage.publisher import BACKOFF_S, GIVE_UP_S, MOST_DROPPED, STEADY_S, Publisher, leave_all
from tests.patience import until

LOST = StageLost("The connection has broken.")


class Recorder:
    """Media that only notes what is done to it."""

    def __init__(self) -> None:
        self.starts = self.stops = 0

    def start(self) -> None:
        self.starts += 1

    def stop(self) -> None:
        self.stops += 1


class Pier:
    """A destination, and the connections that were made to it. `answers` are errors to refuse with, in turn; with
    `closed` set, nobody gets an answer."""

    name = "Pier"

    def __init__(self, *answers: StageError | None, expires_at: float | None = None) -> None:
        self.answers = list(answers)
        self.expires_at = expires_at
        self.gate = asyncio.Event()
        self.gate.set()
        self.legs: list[Mooring] = []
        self.opened = self.cancelled = 0
        self.asked = asyncio.Event()

    async def open(self, media: Any, on_lost: Callable[[StageError], None]) -> "Mooring":
        self.opened += 1
        self.asked.set()
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.answers and (error := self.answers.pop(0)):
            raise error
        self.legs.append(Mooring(on_lost))
        return self.legs[-1]


class Mooring:
    def __init__(self, on_lost: Callable[[StageError], None]) -> None:
        self.lose = on_lost
        self.closes = 0
        self.closed = False
        self.read = asyncio.Event()
        self.closing = asyncio.Event()
        self.closing.set()

    async def close(self) -> None:
        self.closes += 1
        await self.closing.wait()
        for _ in range(3):  # A DELETE takes a while.
            await asyncio.sleep(0)
        self.closed = True

    async def figures(self) -> LegFigures:
        self.read.set()
        return LegFigures(kbps=1234.0)


class Harbour:
    """A publisher whose time passes as it is told to."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.history: list[Snapshot] = []
        self.now = 1000.0
        self.pauses: list[float] = []
        self.hold: asyncio.Event | None = None
        self._changed = asyncio.Event()
        self.publisher = Publisher(
            self.loop, on_change=self._note, clock=lambda: self.now, sleep=self._sleep, chance=lambda: 0.0
        )

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds
        if self.hold is not None:
            await self.hold.wait()
        await asyncio.sleep(0)

    def _note(self, snapshot: Snapshot) -> None:
        self.history.append(snapshot)
        self.loop.call_soon_threadsafe(self._changed.set)

    @property
    def states(self) -> list[str]:
        return [snapshot.state.value for snapshot in self.history]

    async def until(self, state: State, times: int = 1) -> Snapshot:
        async with asyncio.timeout(20):
            while [s.state for s in self.history].count(state) < times or self.publisher.snapshot().state != state:
                self._changed.clear()
                await self._changed.wait()
        return self.publisher.snapshot()


@pytest.fixture
async def harbour() -> Harbour:
    return Harbour()


async def test_joining_and_leaving(harbour: Harbour) -> None:
    pier, media = Pier(), Recorder()
    assert harbour.publisher.snapshot().state is State.IDLE
    assert harbour.publisher.join(pier, media)
    assert harbour.publisher.snapshot().state is State.JOINING
    live = await harbour.until(State.LIVE)
    assert (live.destination, live.since, live.live_since) == ("Pier", 1000.0, 1000.0)
    harbour.publisher.leave()
    assert harbour.publisher.snapshot().state is State.LEAVING
    await harbour.until(State.IDLE)
    assert harbour.states == ["joining", "live", "leaving", "idle"]
    assert (media.starts, media.stops, pier.legs[0].closes) == (1, 1, 1)


async def test_joining_twice_joins_once_and_leaving_twice_leaves_once(harbour: Harbour) -> None:
    pier, media = Pier(), Recorder()
    assert [harbour.publisher.join(pier, media) for _ in range(3)] == [True, False, False]
    await harbour.until(State.LIVE)
    assert not harbour.publisher.join(pier, media)
    for _ in range(3):
        harbour.publisher.leave()
    await harbour.until(State.IDLE)
    harbour.publisher.leave()
    assert (pier.opened, media.starts, media.stops, pier.legs[0].closes) == (1, 1, 1, 1)
    assert harbour.publisher.join(pier, Recorder())
    await harbour.until(State.LIVE, 2)
    harbour.publisher.leave()
    await harbour.until(State.IDLE, 2)


@pytest.mark.parametrize("begun", [False, True])
async def test_leaving_while_joining_cancels(harbour: Harbour, begun: bool) -> None:
    pier, media = Pier(), Recorder()
    pier.gate.clear()
    harbour.publisher.join(pier, media)
    if begun:
        await pier.asked.wait()
    harbour.publisher.leave()
    await harbour.until(State.IDLE)
    assert harbour.states == ["joining", "leaving", "idle"]
    assert pier.cancelled == pier.opened == int(begun)
    assert media.stops == 1


async def test_whoever_cannot_join_learns_why_at_once_and_may_try_again(harbour: Harbour) -> None:
    pier, media = Pier(StageBusy("The stage is full.")), Recorder()
    harbour.publisher.join(pier, media)
    failed = await harbour.until(State.FAILED)
    assert failed.reason == "The stage is full."
    assert media.stops == 1
    assert harbour.pauses == []
    harbour.publisher.join(pier, Recorder())
    assert harbour.publisher.snapshot().reason is None
    await harbour.until(State.LIVE)
    harbour.publisher.leave()
    await harbour.until(State.IDLE)


async def test_a_lost_connection_comes_back_by_itself_with_growing_pauses(harbour: Harbour) -> None:
    busy = StageBusy("out of order")
    pier, media = Pier(None, busy, busy, busy, busy, None), Recorder()
    harbour.publisher.join(pier, media)
    await harbour.until(State.LIVE)
    harbour.now += 2
    pier.legs[0].lose(LOST)
    pier.legs[0].lose(StageLost("again"))
    again = await harbour.until(State.LIVE, 2)
    assert harbour.pauses == [*BACKOFF_S, BACKOFF_S[-1]]
    waiting = [s for s in harbour.history if s.state is State.RECONNECTING]
    assert [s.attempt for s in waiting] == [1, 2, 3, 4, 5]
    assert [s.reason for s in waiting] == [str(LOST)] + 4 * ["out of order"]
    assert waiting[0].next_try_at == 1003.0
    assert {s.since for s in waiting} == {1002.0}
    assert again.live_since == 1000.0
    assert again.attempt == 0
    assert (media.starts, media.stops, pier.legs[0].closes) == (1, 0, 1)
    harbour.now += STEADY_S + 1
    pier.legs[1].lose(LOST)
    await harbour.until(State.LIVE, 3)
    assert harbour.pauses[-1] == BACKOFF_S[0]
    harbour.publisher.leave()
    await harbour.until(State.IDLE)


async def test_it_gives_up_when_the_stage_means_it_or_the_token_has_expired(harbour: Harbour) -> None:
    pier, media = Pier(None, JoinRefused("The stage is gone.")), Recorder()
    harbour.publisher.join(pier, media)
    await harbour.until(State.LIVE)
    pier.legs[0].lose(LOST)
    assert (await harbour.until(State.FAILED)).reason == "The stage is gone."
    assert media.stops == 1
    ending = Pier(expires_at=1500.0)
    harbour.publisher.join(ending, Recorder())
    await harbour.until(State.LIVE, 2)
    harbour.now = 1501.0
    ending.legs[0].lose(LOST)
    assert (await harbour.until(State.FAILED, 2)).reason == str(LOST)
    assert ending.opened == ending.legs[0].closes == 1


async def test_without_a_tokens_end_it_gives_up_after_a_while(harbour: Harbour) -> None:
    pier = Pier(None, *[LOST] * 200)
    harbour.publisher.join(pier, Recorder())
    await harbour.until(State.LIVE)
    pier.legs[0].lose(LOST)
    await harbour.until(State.FAILED)
    assert GIVE_UP_S < sum(harbour.pauses) < GIVE_UP_S + 2 * BACKOFF_S[-1]


async def test_who_leaves_while_a_broken_connection_is_closed_waits_for_it(harbour: Harbour) -> None:
    pier = Pier()
    harbour.publisher.join(pier, Recorder())
    await harbour.until(State.LIVE)
    leg = pier.legs[0]
    leg.closing.clear()
    leg.lose(LOST)
    await harbour.until(State.RECONNECTING)
    await until(lambda: leg.closes)
    harbour.publisher.leave()
    for _ in range(10):
        await asyncio.sleep(0)
    assert harbour.publisher.snapshot().state is State.LEAVING
    leg.closing.set()
    await harbour.until(State.IDLE)
    assert leg.closed


async def test_two_who_use_the_same_token_do_not_drop_each_other_for_ever(harbour: Harbour) -> None:
    pier = Pier()
    harbour.publisher.join(pier, Recorder())
    for times in range(1, MOST_DROPPED + 2):
        await harbour.until(State.LIVE, times)
        pier.legs[-1].lose(LOST)
    assert "same participant token" in ((await harbour.until(State.FAILED)).reason or "")
    assert [leg.closes for leg in pier.legs] == [1] * (MOST_DROPPED + 1)


async def test_leaving_while_reconnecting(harbour: Harbour) -> None:
    pier, media = Pier(), Recorder()
    harbour.hold = asyncio.Event()
    harbour.publisher.join(pier, media)
    await harbour.until(State.LIVE)
    pier.legs[0].lose(LOST)
    await harbour.until(State.RECONNECTING)
    harbour.publisher.leave()
    await harbour.until(State.IDLE)
    assert (pier.opened, pier.legs[0].closes, media.stops) == (1, 1, 1)


async def test_a_camera_that_stops_is_no_failure(harbour: Harbour) -> None:
    pier, media = Pier(), Recorder()
    harbour.publisher.join(pier, media)
    await harbour.until(State.LIVE)
    pier.legs[0].lose(MediaEnded("The camera has stopped."))
    assert (await harbour.until(State.IDLE)).reason == "The camera has stopped."
    assert (pier.legs[0].closes, media.stops) == (1, 1)


async def test_a_fault_of_ours_ends_it_in_words_and_in_the_log(
    harbour: Harbour, caplog: pytest.LogCaptureFixture
) -> None:
    media = Recorder()
    harbour.publisher.join(Pier(ZeroDivisionError()), media)  # type: ignore[arg-type]
    assert "fault of the studio" in ((await harbour.until(State.FAILED)).reason or "")
    assert media.stops == 1
    assert "ZeroDivisionError" in caplog.text


async def test_the_page_reads_figures_without_waiting(harbour: Harbour) -> None:
    pier = Pier()
    harbour.publisher.join(pier, Recorder())
    await harbour.until(State.LIVE)
    await pier.legs[0].read.wait()
    assert harbour.publisher.snapshot().figures.kbps == 1234.0
    harbour.publisher.leave()
    assert (await harbour.until(State.IDLE)).figures == LegFigures()


async def test_a_cancelled_loop_leaves_too(harbour: Harbour) -> None:
    """What asyncio.run does when a server ends."""
    pier, media = Pier(), Recorder()
    harbour.publisher.join(pier, media)
    await harbour.until(State.LIVE)
    (task,) = [task for task in asyncio.all_tasks() if task.get_name() == "publication"]
    task.cancel()
    await harbour.until(State.IDLE)
    assert (pier.legs[0].closes, media.stops) == (1, 1)


async def test_from_any_thread_and_at_the_interpreters_end(harbour: Harbour) -> None:
    pier, media = Pier(), Recorder()

    def elsewhere(*calls: Callable[[], object]) -> None:
        for call in calls:
            thread = threading.Thread(target=call)
            thread.start()
            thread.join()

    join = lambda: harbour.publisher.join(pier, media)  # noqa: E731
    elsewhere(join, join)
    await harbour.until(State.LIVE)
    await asyncio.get_running_loop().run_in_executor(None, leave_all)
    assert harbour.publisher.snapshot().state is State.IDLE
    assert (pier.opened, pier.legs[0].closes, media.stops) == (1, 1, 1)
    assert harbour.publisher.wait(0)


def test_a_closed_loop_is_nothing_to_wait_for() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    publisher = Publisher(loop)
    assert publisher.join(Pier(), Recorder())
    assert publisher.snapshot().state is State.IDLE
    leave_all()


steps = st.sampled_from(["join", "leave", "lose", "end", "settle", "settle"])
outcomes = st.lists(st.sampled_from([None, LOST, StageBusy("busy"), JoinRefused("no")]), max_size=4)


@settings(deadline=None)
@given(st.lists(steps, max_size=12), outcomes)
def test_in_whatever_order_things_happen_nothing_is_left_open(
    wanted: list[str], answers: list[StageError | None]
) -> None:
    async def happen() -> None:
        harbour, pier, medias = Harbour(), Pier(*answers), [Recorder() for _ in wanted]
        joined: list[Recorder] = []
        for step, media in zip(wanted, medias, strict=True):
            if step == "join":
                if harbour.publisher.join(pier, media):
                    joined.append(media)
            elif step == "leave":
                harbour.publisher.leave()
            elif step == "settle":
                for _ in range(10):
                    await asyncio.sleep(0)
            elif pier.legs:
                pier.legs[-1].lose(LOST if step == "lose" else MediaEnded("The camera has stopped."))
        harbour.publisher.leave()
        await asyncio.get_running_loop().run_in_executor(None, harbour.publisher.wait, 20)
        assert harbour.publisher.snapshot().state.resting
        assert all(leg.closes == 1 and leg.closed for leg in pier.legs)
        assert all(media.stops == (media in joined) for media in medias)
        for before, after in pairwise([Snapshot(), *harbour.history]):
            assert may_follow(before.state, after.state)

    asyncio.run(happen())
