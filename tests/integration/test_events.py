"""The roster over a real socket, to a stage on loopback that behaves as Amazon's does, and worse."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from components.errors import StageAccessRefused
from components.stage import events
from components.stage.roster import Present
from components.stage.roster_watch import Poll, RosterWatch
from components.stage.tokens import ParticipantToken, parse
from tests.fake_events import FakeEventsStage, participant
from tests.fake_stage_tokens import TOPIC
from tests.patience import until

ADA = participant("p1", {"user_id": "ada"})
GRACE = participant("p2", {"user_id": "grace", "attributes": {"name": "Grace"}})


@pytest.fixture
async def stage() -> AsyncIterator[FakeEventsStage]:
    async with FakeEventsStage() as stage:
        yield stage


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.stage.roster_watch.BACKOFF_S", (0.02, 0.1))
    monkeypatch.setattr("components.stage.roster_watch.POLL_S", 0.02)


def token_for(stage: FakeEventsStage) -> ParticipantToken:
    return parse(stage.token())


def watching(stage: FakeEventsStage, poll: Poll | None = None) -> RosterWatch:
    return RosterWatch(asyncio.get_running_loop(), token_for(stage), stage.events_url, poll)


def ids(watch: RosterWatch) -> list[str] | None:
    present = watch.look()
    return None if present is None else [each.id for each in present]


async def test_who_comes_and_goes_is_known_at_once(stage: FakeEventsStage) -> None:
    watch = watching(stage)
    assert watch.look() is None
    assert watch.look() is None
    await until(lambda: watch.look() == ())
    await stage.announce(ADA, GRACE)
    await until(lambda: watch.look() == (Present("p1", "ada"), Present("p2", "Grace")))
    await stage.announce(GRACE | {"audioMuted": True})
    await until(lambda: watch.look() == (Present("p2", "Grace", muted=True),))
    assert stage.asked == [f"{TOPIC}/publishers"]
    await watch.close()
    await watch.close()
    await until(lambda: not stage.sockets)


async def test_it_ends_when_nobody_looks_any_more_and_begins_again(
    stage: FakeEventsStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("components.stage.roster_watch.IDLE_S", 0.3)
    watch = watching(stage)
    await stage_has(stage, watch, ADA)
    await until(lambda: not stage.sockets)
    assert watch.look() is None
    await until(lambda: ids(watch) == ["p1"])
    await watch.close()


async def test_late_states_and_nonsense_are_passed_over(stage: FakeEventsStage) -> None:
    watch = watching(stage)
    await stage_has(stage, watch, ADA)
    late = {"sequenceNumber": 1, "participants": [GRACE]}
    for message in ("no json", "[]", {"type": "aws:ivs:NEW", "payload": {}}, {"type": "STAGE_STATE", "payload": late}):
        await stage.say(message)
    await stage.say({"type": "PING"})
    await until(lambda: json.dumps({"type": "PONG"}, separators=(",", ":")) in stage.said)
    assert ids(watch) == ["p1"]
    assert len(stage.asked) == 1
    await watch.close()


async def stage_has(stage: FakeEventsStage, watch: RosterWatch, *entries: dict[str, object]) -> None:
    await until(lambda: watch.look() is not None and stage.sockets)
    await stage.announce(*entries)
    await until(lambda: ids(watch) == [entry["id"] for entry in entries])


async def test_it_pings_and_a_socket_that_falls_silent_is_opened_anew(
    stage: FakeEventsStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "PING_S", 0.02)
    watch = watching(stage)
    await until(lambda: watch.look() == () and len(stage.said) > 3)
    assert set(stage.said) == {'{"type":"PING"}'}
    assert len(stage.asked) == 1
    monkeypatch.setattr(events, "PONG_S", -1.0)
    await until(lambda: len(stage.asked) > 1)
    await watch.close()


async def test_a_lost_socket_comes_back_by_itself(stage: FakeEventsStage) -> None:
    watch = watching(stage)
    await stage_has(stage, watch, ADA)
    await stage.stop()
    await until(lambda: watch.look() is None)
    await stage.start()
    await until(lambda: ids(watch) == ["p1"])
    await watch.close()


async def test_without_the_socket_aws_is_asked_and_the_socket_wins_when_it_is_back(stage: FakeEventsStage) -> None:
    stage.refuse_events = True
    asked = 0

    def poll() -> tuple[Present, ...]:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise StageAccessRefused("no")
        return (Present("polled", "Polled"),)

    watch = watching(stage, poll)
    await until(lambda: ids(watch) == ["polled"] and asked >= 3)
    stage.refuse_events = False
    await until(lambda: watch.look() == ())
    seen = asked
    await stage_has(stage, watch, ADA)
    assert asked <= seen + 1
    await watch.close()


async def test_the_socket_can_be_switched_off_and_then_aws_alone_is_asked(stage: FakeEventsStage) -> None:
    loop, polled = asyncio.get_running_loop(), (Present("polled", "Polled"),)
    watch = RosterWatch(loop, token_for(stage), "none", lambda: polled)
    await until(lambda: watch.look() == polled)
    assert stage.seen == []
    await watch.close()


async def test_what_nobody_thought_of_is_logged_and_the_next_look_begins_anew(
    stage: FakeEventsStage, caplog: pytest.LogCaptureFixture
) -> None:
    loop, polled = asyncio.get_running_loop(), (Present("polled", "Polled"),)
    answers = iter([RuntimeError("token-of-somebody"), polled])

    def poll() -> tuple[Present, ...]:
        answer = next(answers, polled)
        if isinstance(answer, Exception):
            raise answer
        return answer

    watch = RosterWatch(loop, token_for(stage), "none", poll)
    await until(lambda: watch.look() == polled)
    assert "(RuntimeError)" in caplog.text
    assert "token-of-somebody" not in caplog.text
    await watch.close()


@pytest.mark.parametrize("kind", ["aws:ivs:DISCONNECT", "aws:ivs:JOIN_ERROR"])
async def test_who_is_thrown_out_does_not_knock_again(stage: FakeEventsStage, kind: str) -> None:
    asked = 0

    def poll() -> tuple[Present, ...]:
        nonlocal asked
        asked += 1
        return (Present("polled", "Polled"),)

    watch = watching(stage, poll)
    await stage_has(stage, watch, ADA)
    await stage.say({"type": kind, "payload": {"code": "PARTICIPANT_DISCONNECTED"}})
    await until(lambda: ids(watch) == ["polled"])
    # The longest pause between two knocks is five of these.
    await until(lambda: asked >= 15)
    assert len(stage.asked) == 1
    await watch.close()


async def test_the_token_goes_to_no_other_host_and_into_no_log(
    stage: FakeEventsStage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    strangers: list[web.Request] = []

    async def stranger(request: web.Request) -> web.Response:
        strangers.append(request)
        return web.Response(status=403)

    elsewhere = web.AppRunner(web.Application())
    elsewhere.app.router.add_get("/{any:.*}", stranger)
    await elsewhere.setup()
    site = web.TCPSite(elsewhere, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]

    watch = watching(stage)
    await stage_has(stage, watch, ADA)
    stage.redirect_events = f"ws://127.0.0.1:{port}/"
    await stage.hang_up()
    requests = len(stage.seen)
    await until(lambda: len(stage.seen) > requests + 2)
    stage.redirect_events, stage.refuse_events = None, True
    await until(lambda: len(stage.seen) > requests + 4)
    await watch.close()
    await elsewhere.cleanup()
    assert strangers == []
    assert "events have ended" in caplog.text
    assert watch.token.secret.reveal() not in caplog.text
    assert watch.token.secret.reveal().rpartition(".")[2] not in caplog.text
