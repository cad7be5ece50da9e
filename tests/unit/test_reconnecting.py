"""A connection that breaks comes back by itself, for as long as that makes sense."""

import asyncio

import pytest

from components.errors import JoinRefused, StageBusy, StageLost
from components.stage.publication import State
from components.stage.publisher import BACKOFF_S, GIVE_UP_S, MOST_DROPPED, STEADY_S
from tests.harbour import LOST, Harbour, Pier, Recorder
from tests.patience import until


@pytest.fixture
async def harbour() -> Harbour:
    return Harbour()


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
