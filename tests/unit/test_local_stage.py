"""Codes, who is on a stage of this server's own, and when it is dropped."""

from __future__ import annotations

import asyncio
from typing import Any

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.errors import JoinRefused, StageBusy
from components.stage import local
from components.stage.local import (
    EMPTY_SECONDS,
    EMPTY_SECONDS_AMONG_MANY,
    MANY_STAGES,
    MAX_PUBLISHERS,
    LocalDestination,
    LocalStage,
    LocalStages,
)
from components.stage.meter import Meter
from components.stage.room_code import ALPHABET, normalised
from components.stage.roster import LONGEST_NAME


class Clock:
    """Seconds, as the test wants them."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Silent:
    """A media of which nothing is asked."""


class Shy(Silent):
    muted = True
    hidden = True


ANYBODY: Any = Silent()
SHY: Any = Shy()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stages(clock: Clock) -> LocalStages:
    return LocalStages(clock)


def test_codes_are_long_and_each_is_another() -> None:
    codes = {LocalStage().code for _ in range(200)}
    assert len(codes) == 200
    for code in codes:
        groups = code.split("-")
        assert [len(group) for group in groups] == [4, 4, 4, 4]
        assert set("".join(groups)) <= set(ALPHABET)
    assert len(set("".join(codes)) - {"-"}) == len(set(ALPHABET)) == 32  # 5 bits a letter, all of them used


@given(st.text(ALPHABET, min_size=16, max_size=16), st.data())
def test_a_code_is_found_however_it_is_typed(code: str, data: st.DataObject) -> None:
    looks_alike = {"0": "oO0", "1": "iIlL1"}
    typed = "".join(
        data.draw(st.sampled_from(looks_alike.get(letter, letter + letter.upper())))
        + data.draw(st.sampled_from(["", "", " ", "-", " - ", "\u2013"]))
        for letter in code
    )
    assert normalised(typed) == normalised(code) == code


@given(st.text())
def test_whatever_else_is_typed_finds_nothing_and_is_not_repeated(typed: str) -> None:
    with pytest.raises(JoinRefused) as refusal:
        LocalStages().find(typed)
    assert "Ask for the code again" in str(refusal.value)


def test_a_stage_is_kept_while_somebody_is_on_it_or_watches(stages: LocalStages, clock: Clock) -> None:
    stage = stages.create()
    participant = stage.join("Ada", ANYBODY)
    stage.sit()
    clock.now += 2 * EMPTY_SECONDS
    assert stages.find(stage.code) is stage
    asyncio.run(stage.leave(participant))
    clock.now += 2 * EMPTY_SECONDS
    assert stages.find(stage.code) is stage
    stage.rise()
    clock.now += EMPTY_SECONDS - 1
    assert stages.find(stage.code) is stage
    clock.now += 2
    with pytest.raises(JoinRefused):
        stages.find(stage.code)


def test_there_is_an_end_to_stages_until_the_empty_ones_go(
    stages: LocalStages, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "MAX_STAGES", 2)
    stages.create(), stages.create().sit()
    with pytest.raises(StageBusy):
        stages.create()
    clock.now += EMPTY_SECONDS + 1
    stages.create()


def test_a_visit_has_one_empty_stage_at_most(stages: LocalStages) -> None:
    watched = stages.create("ada")
    watched.sit()
    first, others = stages.create("ada"), stages.create("grace")
    second = stages.create("ada")
    assert stages.find(watched.code) is watched
    assert stages.find(second.code) is second
    assert stages.find(others.code) is others
    with pytest.raises(JoinRefused):
        stages.find(first.code)


def test_among_many_stages_an_empty_one_goes_sooner(stages: LocalStages, clock: Clock) -> None:
    for visit in range(MANY_STAGES):
        stages.create(str(visit))
    watched = stages.create()
    watched.sit()
    clock.now += EMPTY_SECONDS_AMONG_MANY + 1
    last = stages.create()
    assert len(stages._stages) == 2
    clock.now += EMPTY_SECONDS_AMONG_MANY + 1
    assert stages.find(last.code) is last
    assert stages.find(watched.code) is watched


def test_the_watch_code_opens_the_stage_for_watching_alone(stages: LocalStages) -> None:
    stage = stages.create("ada")
    assert stages.find_to_watch(stage.watch_code.upper()) is stage
    assert stages.find_to_watch(stage.code) is stage
    with pytest.raises(JoinRefused, match="for watching"):
        stages.find(stage.watch_code)
    with pytest.raises(JoinRefused, match="for watching"):
        LocalDestination(stages, stage.watch_code, "Grace")


def test_a_dropped_stage_takes_its_watch_code_along(stages: LocalStages, clock: Clock) -> None:
    stage = stages.create()
    clock.now += EMPTY_SECONDS + 1
    with pytest.raises(JoinRefused, match="no stage"):
        stages.find_to_watch(stage.watch_code)
    assert not stages._by_watch_code


def test_a_locked_stage_lets_in_only_the_host_and_who_has_been_on() -> None:
    stage = LocalStage(visit="ada")
    stage.join("Grace", ANYBODY, "grace")
    stage.locked = True
    for visit in ("linus", None):
        with pytest.raises(JoinRefused, match="locked"):
            stage.join("Linus", ANYBODY, visit)
    stage.join("Grace", ANYBODY, "grace")
    stage.join("Ada", ANYBODY, "ada")
    stage.locked = False
    stage.join("Linus", ANYBODY, "linus")


def test_who_was_taken_off_is_told_and_stays_off() -> None:
    told: list[str] = []
    stage = LocalStage(visit="ada")
    grace = stage.join("Grace", ANYBODY, "grace")
    grace.when_removed = lambda: told.append("grace")
    stage.remove(grace.id)
    stage.remove("nobody")
    assert told == ["grace"]
    with pytest.raises(JoinRefused, match="taken you off"):
        stage.join("Grace", ANYBODY, "grace")
    stage.join("Linus", ANYBODY, "linus")


async def test_a_host_who_drops_finds_their_place_kept() -> None:
    stage = LocalStage(visit="ada")
    host = stage.join("Ada", ANYBODY, "ada")
    for number in range(MAX_PUBLISHERS - 1):
        stage.join("Guest", ANYBODY, str(number))
    await stage.leave(host)
    with pytest.raises(StageBusy):
        stage.join("Late", ANYBODY, "late")
    stage.join("Ada", ANYBODY, "ada")


def test_a_destination_without_a_code_makes_a_stage_and_with_one_finds_it(stages: LocalStages) -> None:
    first = LocalDestination(stages, None, "Ada")
    assert LocalDestination(stages, first.stage.code.upper(), "Grace").stage is first.stage
    assert LocalDestination(stages, None, "Ada").stage is not first.stage
    with pytest.raises(JoinRefused):
        LocalDestination(stages, "abcd-abcd-abcd-abcd", "Grace")


def test_the_roster_says_who_cannot_be_heard_or_seen() -> None:
    stage = LocalStage()
    for name, media in [("  Ada \n Lovelace", ANYBODY), ("", SHY), ("x" * 200, ANYBODY)]:
        stage.join(name, media)
    ada, guest, long = stage.roster()
    assert (ada.name, ada.muted, ada.hidden) == ("Ada Lovelace", False, False)
    assert (guest.name, guest.muted, guest.hidden) == ("Guest", True, True)
    assert long.name == "x" * LONGEST_NAME
    assert ada.joined_at
    assert len({person.id for person in (ada, guest, long)}) == 3


def test_the_meter_counts_what_is_encoded_since_it_was_asked_last(clock: Clock) -> None:
    meter = Meter(clock)
    for _ in range(30):
        meter.video(av.Packet(bytes(1000)))
    clock.now += 0.1
    assert meter.kbps() is None
    clock.now += 0.9
    assert meter.kbps() == pytest.approx(240)
    clock.now += 1
    assert meter.kbps() == 0
