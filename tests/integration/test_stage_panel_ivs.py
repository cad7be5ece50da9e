"""From the panel onto a stage on Amazon IVS: with pasted tokens, with tokens made here, and who may watch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from components import aws
from components.settings import Settings
from components.stage.publication import State
from components.ui import _compat
from components.ui.ivs_access import ivs_access
from tests.dummy_account import dummy_account, no_account
from tests.fake_events import FakeEventsStage
from tests.fake_ivs import ARN, FakeIvs
from tests.loopback import Loop
from tests.panel_stand import Panel
from tests.rtmp_server import RtmpServer

VIEWER = {"capabilities": {"allow_publish": False, "allow_subscribe": True}}

Opened = Callable[..., Panel]


@pytest.fixture(scope="module")
def account() -> Iterator[FakeIvs]:
    with FakeIvs("https://whip.example", "wss://events.example") as account:
        yield account


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[tuple[Opened, FakeEventsStage]]:
    """Opens the panel, its camera on, of an app with these settings; and the stage that it leads to."""
    no_account(monkeypatch)
    stage = FakeEventsStage()
    panels: list[Panel] = []

    def opened(**settings: Any) -> Panel:
        loop = Loop()
        loop.run(stage.start())
        monkeypatch.setattr(_compat, "get_global_event_loop", lambda: loop.loop)
        ivs_access.clear()
        aws.credentials_available.cache_clear()
        # The events' address is the token's own; that the configured one is on loopback is what allows it.
        loopback: Any = {"ivs_whip_url": stage.whip_url, "ivs_events_url": "ws://127.0.0.1:9"}
        panel = Panel(Settings(ice_servers="none", data_dir=tmp_path, **loopback, **settings), loop=loop)
        panels.append(panel)
        panel.start_camera()
        return panel

    yield opened, stage
    for panel in panels:
        panel.loop.run(stage.stop())
        panel.close()
    ivs_access.clear()
    aws.credentials_available.cache_clear()


@pytest.fixture
def pasting(opened: tuple[Opened, FakeEventsStage]) -> tuple[Panel, FakeEventsStage]:
    """Without AWS."""
    return opened[0](), opened[1]


@pytest.fixture
def minting(
    opened: tuple[Opened, FakeEventsStage], account: FakeIvs, monkeypatch: pytest.MonkeyPatch
) -> tuple[Panel, FakeEventsStage]:
    """With AWS credentials, and a stage of one's own."""
    dummy_account(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL_IVS_REALTIME", account.url)
    panel = opened[0](ivs_stage_arn=ARN)
    account.forget(opened[1].regional_url, opened[1].events_url)
    return panel, opened[1]


def test_a_viewer_token_may_be_given_when_one_is_on(pasting: tuple[Panel, FakeEventsStage]) -> None:
    panel, stage = pasting
    panel.press("join-stage")
    assert "Please enter a participant token" in panel.words
    token = stage.token(jti="me")
    panel.fill(participant_token=token)
    panel.press("join-stage")
    panel.reach(State.LIVE)
    assert list(stage.publications) == ["me"]

    panel.press("watch-others")
    assert "Please enter a viewer token: a second one, with SUBSCRIBE." in panel.words
    assert "invite-viewer" not in {button.key for button in panel.app.button}
    panel.fill(viewer_token=token)
    panel.press("watch-others")
    assert "another one than the participant token" in panel.words
    panel.fill(viewer_token=stage.token(**VIEWER, exp=1))
    panel.press("watch-others")
    assert "This viewer token expired" in panel.words

    viewer = stage.token(**VIEWER)
    panel.fill(viewer_token=viewer)
    panel.press("watch-others")
    assert not panel.app.error
    assert panel.on_stage.viewer_token is not None
    assert panel.on_stage.viewer_token.get_secret_value() == viewer
    assert "watch-others" not in {button.key for button in panel.app.button}


def test_what_went_wrong_on_a_stage_is_forgotten_with_it(pasting: tuple[Panel, FakeEventsStage]) -> None:
    panel, stage = pasting
    panel.fill(participant_token=stage.token())
    panel.press("join-stage")
    panel.reach(State.LIVE)
    panel.press("watch-others")
    assert panel.app.error
    panel.press("leave-stage")
    panel.reach(State.IDLE)
    assert not panel.app.error


def test_tokens_are_made_for_the_streamer_and_for_each_who_is_invited(
    minting: tuple[Panel, FakeEventsStage], account: FakeIvs
) -> None:
    panel, stage = minting
    panel.press("join-stage")
    panel.reach(State.LIVE)
    assert len(stage.publications) == 1
    panel.press("invite-viewer")
    panel.until(lambda: panel.on_stage.invitation)
    [link] = [code.value for code in panel.app.code if "#token=" in code.value]
    assert link.startswith("/watch#token=")
    panel.press("watch-others")
    panel.until(lambda: panel.on_stage.viewer_token)
    asked = [body["capabilities"] for body in account.called("CreateParticipantToken")]
    assert asked == [["PUBLISH"], ["SUBSCRIBE"], ["SUBSCRIBE"]]


def test_the_page_goes_on_while_amazon_is_asked(minting: tuple[Panel, FakeEventsStage], account: FakeIvs) -> None:
    panel, _ = minting
    panel.press("join-stage")
    panel.reach(State.LIVE)
    account.plan.append("AccessDeniedException")
    panel.press("invite-viewer")
    panel.until(lambda: panel.app.error)
    assert not panel.on_stage.asking
    assert "CreateParticipantToken" in panel.words
    assert panel.on_stage.live


def test_by_rtmps_too_one_sees_who_is_there_and_may_invite(
    minting: tuple[Panel, FakeEventsStage], account: FakeIvs, nginx: RtmpServer
) -> None:
    panel, _ = minting
    account.endpoints["rtmps"] = nginx.url
    panel.choose("RTMPS")
    panel.press("join-stage")
    panel.reach(State.LIVE)
    account.participants = [
        {"participantId": who, "userId": who, "state": "CONNECTED", "published": True} for who in ("rtmp-1", "Grace")
    ]
    panel.until(lambda: "Grace" in panel.words)
    panel.press("invite-viewer")
    panel.until(lambda: panel.on_stage.invitation)
    panel.press("watch-others")
    panel.until(lambda: panel.on_stage.viewer_token)
    assert panel.on_stage.own_id == "rtmp-1"
    assert "rtmp-1" not in panel.words
