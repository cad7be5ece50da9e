"""What the events socket's messages say, and where a token may be sent to hear them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.stage.events import StageState, events_address, read_message
from components.stage.roster import LONGEST_NAME, Present
from components.stage.secret import Secret
from components.stage.tokens import ParticipantToken

IVS = "wss://global.events.live-video.net"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def state(*participants: Any, number: Any = 1, kind: str = "STAGE_STATE", **more: Any) -> str:
    payload = {"stageId": "abc", "sequenceNumber": number, "participants": list(participants)}
    return json.dumps({"type": kind, "payload": payload | more, "unknown": [1]})


def person(**changes: Any) -> dict[str, Any]:
    return {"id": "p1", "userId": "ada", "attributes": {}, "isPublishing": True} | changes


@pytest.mark.parametrize("kind", ["STAGE_STATE", "aws:ivs:STAGE_STATE"])
def test_a_state_says_who_publishes(kind: str) -> None:
    text = state(
        person(audioMuted=True, joinedAt=5),
        person(id="p2", userId="", attributes={"name": "  Grace \n Hopper "}, videoStopped=True),
        person(id="p3", isPublishing=False),
        number=7,
        kind=kind,
        later={"format": 2},
    )
    assert read_message(text) == StageState(
        7, (Present("p1", "ada", muted=True), Present("p2", "Grace Hopper", hidden=True))
    )


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"attributes": None, "userId": None}, "Guest"),
        ({"attributes": {"name": 5, "username": "Ada"}}, "Ada"),
        ({"audioMuted": "yes", "videoStopped": None}, "ada"),
        ({"attributes": {"name": "x" * 500}}, "x" * LONGEST_NAME),
    ],
)
def test_what_is_odd_about_somebody_is_left_out(changes: dict[str, Any], name: str) -> None:
    read = read_message(state(person(**changes)))
    assert isinstance(read, StageState)
    assert read.present == (Present("p1", name),)


def test_one_entry_that_cannot_be_read_spoils_no_other() -> None:
    read = read_message(state(None, "p", person(id=""), person(id=5), person()))
    assert isinstance(read, StageState)
    assert [each.id for each in read.present] == ["p1"]


@pytest.mark.parametrize("kind", ["PING", "PONG", "DISCONNECT", "JOIN_ERROR"])
def test_the_other_messages_are_known_by_either_name(kind: str) -> None:
    assert read_message(json.dumps({"type": kind})) == kind
    assert read_message(json.dumps({"type": f"aws:ivs:{kind}", "payload": {"code": 1}})) == kind


@given(st.text() | st.binary() | JSON.map(json.dumps))
def test_whatever_comes_is_read_without_a_fall(text: str | bytes) -> None:
    read_message(text)


@given(JSON, JSON, st.dictionaries(st.sampled_from(["id", "userId", "attributes", "isPublishing", "audioMuted"]), JSON))
def test_whatever_a_state_holds_is_read_without_a_fall(number: Any, odd: Any, entry: dict[str, Any]) -> None:
    read = read_message(state(odd, entry, person(), number=number))
    if isinstance(read, StageState):
        assert "p1" in [each.id for each in read.present]
        assert all(each.name for each in read.present)


def token(**fields: Any) -> ParticipantToken:
    return ParticipantToken(Secret("a.b.c"), **({"topic": "abc"} | fields))


@pytest.mark.parametrize(
    "claimed",
    [
        "wss://events.example.com",
        "wss://live-video.net.example.com",
        "wss://evil@global.events.live-video.net.example.com",
        "wss://user:pass@global.events.live-video.net",
        "ws://global.events.live-video.net",
        "https://global.events.live-video.net",
        "ws://127.0.0.1:9",
        "wss://global.events.live-video.net#@example.com",
        "wss://[",
        "",
        None,
    ],
)
def test_the_token_goes_to_amazon_whatever_it_says_itself(claimed: str | None) -> None:
    address = events_address(token(events_url=claimed), IVS)
    assert address is not None
    assert address.startswith(f"{IVS}?error_over_ws=1&topic=abc/publishers&traceid=")
    assert "a.b.c" not in address


def test_the_stages_own_address_is_used_and_loopback_only_where_it_is_configured() -> None:
    theirs = "wss://eu.events.live-video.net"
    assert str(events_address(token(events_url=theirs), IVS)).startswith(f"{theirs}?")
    local = "ws://127.0.0.1:8080/events"
    assert str(events_address(token(events_url=local), "ws://localhost:1")).startswith(f"{local}?")


def test_without_a_stage_there_is_no_address_and_odd_topics_cannot_leave_their_place() -> None:
    assert events_address(token(topic=None), IVS) is None
    assert events_address(token(events_url=IVS), "none") is None
    assert "topic=a%26b%2F..%3F/publishers" in str(events_address(token(topic="a&b/..?"), IVS))
