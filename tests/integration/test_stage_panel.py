"""From the panel onto this server's own stage, any WHIP server and an RTMP server: what is offered, said and kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from components.settings import Settings
from components.stage.publication import State
from components.ui import _compat
from components.ui.on_stage import CAMERA_GONE
from components.ui.viewer import local_stages
from tests.dummy_account import no_account
from tests.fake_stage import FakeStage
from tests.panel_stand import Panel, stopped
from tests.rtmp_server import free_port

SERVERLESS = Settings(ice_servers="none", stage_private_addresses=True)


@pytest.fixture(autouse=True)
def _no_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    no_account(monkeypatch)


@pytest.fixture
def panel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Panel]:
    panel = Panel(SERVERLESS)
    monkeypatch.setattr(_compat, "get_global_event_loop", lambda: panel.loop.loop)
    panel.run()
    yield panel
    panel.close()


@pytest.fixture
def stage(panel: Panel) -> Iterator[FakeStage]:
    stage = FakeStage()
    panel.loop.run(stage.start())
    yield stage
    panel.loop.run(stage.stop())


def test_joining_is_offered_when_there_is_a_picture(panel: Panel) -> None:
    join = panel.app.button(key="join-stage")
    assert (join.disabled, join.help) == (True, "Start the camera first.")
    panel.studio.live = panel.connection  # The camera has come, and its first frame has not.
    join = panel.run().button(key="join-stage")
    assert (join.disabled, join.help) == (True, "Your picture is on its way.")
    panel.start_camera()
    assert not panel.run().button(key="join-stage").disabled


def test_who_leaves_and_joins_again_is_on_the_same_stage(panel: Panel) -> None:
    panel.start_camera()
    panel.press("join-stage")
    panel.reach(State.LIVE)
    stage = panel.on_stage.local
    assert stage is not None
    link, code = f"/watch?room={stage.watch_code}", stage.code
    assert {code, link} <= {element.value for element in panel.app.code}

    panel.press("leave-stage")
    panel.reach(State.IDLE)
    assert panel.app.text_input(key="room-code").value == code
    panel.press("join-stage")
    panel.reach(State.LIVE)
    assert panel.on_stage.local is stage


def test_the_host_locks_the_stage_and_takes_somebody_off(panel: Panel) -> None:
    panel.start_camera()
    panel.press("join-stage")
    panel.reach(State.LIVE)
    stage = panel.on_stage.local
    assert stage is not None
    assert "Nobody else is on the stage." in panel.words
    told: list[str] = []
    guest = stage.join("*Grace*", panel.on_stage.feed, "grace")  # type: ignore[arg-type]
    guest.when_removed = lambda: told.append("removed")
    guest.media = object()  # type: ignore[assignment]
    panel.run()
    panel.app.toggle(key=f"lock-{stage.code}").set_value(True)
    panel.run()
    assert stage.locked
    panel.press(f"remove-{guest.id}")
    assert told == ["removed"]
    panel.app.toggle(key=f"lock-{stage.code}").set_value(False)
    panel.run()
    assert not stage.locked


def test_somebody_elses_stage_is_not_ones_own_to_manage(panel: Panel) -> None:
    theirs = local_stages().create("somebody else")
    panel.start_camera()
    panel.fill(room_code=theirs.code)
    panel.press("join-stage")
    panel.reach(State.LIVE)
    assert panel.on_stage.local is theirs
    assert not panel.app.toggle
    panel.press("leave-stage")
    panel.reach(State.IDLE)
    panel.fill(room_code=theirs.watch_code)
    panel.press("join-stage")
    assert "This code is for watching" in panel.words


def test_ones_own_room_that_was_dropped_is_followed_by_another_and_nobody_elses(panel: Panel) -> None:
    panel.start_camera()
    panel.press("join-stage")
    panel.reach(State.LIVE)
    panel.press("leave-stage")
    panel.reach(State.IDLE)
    code = panel.app.text_input(key="room-code").value
    local_stages()._stages.clear()

    panel.press("join-stage")
    panel.reach(State.LIVE)
    assert panel.on_stage.local is not None
    assert panel.on_stage.local.code != code
    panel.press("leave-stage")
    panel.reach(State.IDLE)

    panel.fill(room_code="0000-0000-0000-0000")
    panel.press("join-stage")
    assert "There is no stage with this code" in panel.words


def test_muting_needs_a_microphone(panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    panel.start_camera()
    panel.press("join-stage")
    panel.reach(State.LIVE)
    mute = panel.app.button(key="mute-mic")
    assert mute.disabled
    assert "switch “Microphone” on" in mute.help

    heard = Panel(SERVERLESS, microphone=True)
    monkeypatch.setattr(_compat, "get_global_event_loop", lambda: heard.loop.loop)
    heard.run()
    heard.start_camera()
    heard.press("join-stage")
    heard.reach(State.LIVE)
    heard.press("mute-mic")
    assert heard.on_stage.feed is not None
    assert heard.on_stage.feed.muted
    assert heard.app.button(key="mute-mic").label == "Unmute mic"
    assert "mic muted" in heard.words
    assert "camera hidden" not in heard.words
    heard.press("mute-mic")
    heard.press("hide-camera")
    assert "mic muted" not in heard.words
    assert "camera hidden" in heard.words
    heard.close()


def test_a_camera_that_stops_says_why_the_stream_has_ended(panel: Panel) -> None:
    panel.start_camera()
    panel.press("join-stage")
    panel.reach(State.LIVE)
    panel.loop.run(stopped(panel.connection))
    panel.reach(State.IDLE)
    assert [info.value for info in panel.app.info] == [CAMERA_GONE]


def test_onto_any_whip_server_and_off_it(panel: Panel, stage: FakeStage) -> None:
    panel.start_camera()
    panel.choose("WHIP endpoint")
    panel.press("join-stage")
    assert len(panel.app.error) == 1
    panel.fill(whip_url=f"{stage.regional_url}/", whip_token=stage.token(jti="me"))
    panel.press("join-stage")
    panel.reach(State.LIVE)
    assert not panel.app.error
    assert list(stage.publications) == ["me"]
    panel.press("leave-stage")
    panel.reach(State.IDLE)
    assert len(stage.deleted) == 1


def test_what_is_missing_is_named_and_not_said_of_another_destination(panel: Panel) -> None:
    panel.start_camera()
    panel.choose("WHIP endpoint")
    panel.press("join-stage")
    assert [error.value for error in panel.app.error] == [
        "Please enter the endpoint's address, such as https://example.com/whip."
    ]
    panel.choose("RTMPS")
    assert not panel.app.error
    panel.press("join-stage")
    assert [error.value for error in panel.app.error] == [
        "Please enter the server's address, such as rtmps://host:443/app."
    ]


def test_a_lost_stage_is_said_together_with_what_else_is_wrong(panel: Panel, stage: FakeStage) -> None:
    panel.start_camera()
    panel.choose("WHIP endpoint")
    panel.fill(whip_url=f"{stage.regional_url}/", whip_token=stage.token())
    panel.press("join-stage")
    panel.reach(State.LIVE)
    panel.on_stage.problem = "Something else."
    stage.plan.extend([503, 503, 503])
    panel.loop.run(stage.drop())
    panel.reach(State.RECONNECTING)
    panel.until(lambda: "next try in" in panel.words)
    assert "Something else." in panel.words
    panel.press("leave-stage")
    panel.reach(State.IDLE)
    assert "Something else." not in panel.words


def test_rtmp_is_said_to_be_open_to_everybody_however_it_is_written(panel: Panel) -> None:
    panel.start_camera()
    panel.choose("RTMPS")
    panel.press("join-stage")
    assert "Please enter the server's address" in panel.words
    panel.fill(rtmps_url="rtmps://host.example/app")
    assert "not encrypted" not in panel.words
    panel.fill(rtmps_url=f"RTMP://127.0.0.1:{free_port()}/app", rtmps_key="a-key")
    assert "not encrypted" in panel.words
    panel.press("join-stage")
    panel.reach(State.FAILED)
    assert "takes no connection" in panel.words
    assert "a-key" not in panel.words
