"""The way onto a stage and off it again: every state, in order, whatever happens."""

import asyncio
import threading
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.errors import JoinRefused, MediaEnded, StageBusy, StageError
from components.stage.destination import LegFigures
from components.stage.publication import Snapshot, State, may_follow
from components.stage.publisher import Publisher, leave_all
from tests.harbour import LOST, Harbour, Pier, Recorder


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
