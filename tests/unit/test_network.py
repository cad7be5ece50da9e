import urllib.request

import pytest
from aiortc import RTCIceServer
from aiortc.rtcicetransport import connection_kwargs
from twilio.http.http_client import TwilioHttpClient

from components.settings import Settings
from components.ui import network
from components.ui.network import ASK_S, PUBLIC_STUN, leg_servers, rtc_configuration


def settings(**values: object) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[arg-type, call-arg]


def test_none_means_none() -> None:
    assert rtc_configuration(settings(ice_servers="none", turn_url="turn:example.org")) == {"iceServers": []}


def test_without_settings_a_public_stun_server() -> None:
    assert rtc_configuration(settings()) == {"iceServers": [PUBLIC_STUN]}


def test_a_turn_server_of_ones_own_comes_first() -> None:
    given = settings(turn_url="turns:example.org:443?transport=tcp", turn_username="me", turn_credential="hunter2")
    assert rtc_configuration(given)["iceServers"] == [
        {"urls": "turns:example.org:443?transport=tcp", "username": "me", "credential": "hunter2"},
        PUBLIC_STUN,
    ]


def test_hosted_credentials_are_believed_for_a_minute_and_then_asked_for_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    given = iter([[{"urls": "turn:first"}], [{"urls": "turn:second"}]])
    monkeypatch.setattr(network, "get_cloudflare_ice_servers", lambda key, token: next(given))
    with_keys = settings(cloudflare_turn_key_id="id", cloudflare_turn_key_api_token="token")
    for _ in range(2):
        assert rtc_configuration(with_keys)["iceServers"][0] == {"urls": "turn:first"}
    network._asked.clear()  # As after a minute.
    assert rtc_configuration(with_keys)["iceServers"][0] == {"urls": "turn:second"}


def test_a_stage_is_reached_by_the_relays_alone_and_aiortc_takes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    stun, turn = "stun:global.stun.twilio.com:3478?transport=udp", "turn:global.turn.twilio.com:3478?transport=udp"
    login = {"username": "me", "credential": "hunter2"}
    twilio = [{"url": stun, "urls": stun}, {"url": turn, "urls": turn} | login, {"urls": [stun, turn]} | login]
    monkeypatch.setattr(network, "_twilio", lambda sid, token: twilio)
    servers = leg_servers(settings(twilio_account_sid="id", twilio_auth_token="token"))()
    assert servers == [{"urls": [turn]} | login] * 2
    assert connection_kwargs([RTCIceServer(**server) for server in servers])["turn_username"] == "me"
    assert leg_servers(settings(ice_servers="none"))() == ()


def test_a_vendor_that_fails_is_asked_once_and_leaves_stun_and_no_secret_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    calls = []

    def refuse(token: str) -> list[object]:
        calls.append(token)
        raise ValueError(f"bad token {token}")

    monkeypatch.setattr(network, "get_hf_ice_servers", refuse)
    for _ in range(2):
        assert rtc_configuration(settings(hf_token="hunter2")) == {"iceServers": [PUBLIC_STUN]}
    assert len(calls) == 1
    assert "hunter2" not in caplog.text
    assert "No TURN credentials" in caplog.text


def test_no_vendor_holds_a_page_up_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = []

    def never(*_: object, timeout: float, **__: object) -> None:
        waits.append(timeout)
        raise TimeoutError

    monkeypatch.setattr(urllib.request, "urlopen", never)
    monkeypatch.setattr(TwilioHttpClient, "request", lambda client, *_, **__: never(timeout=client.timeout))
    rtc_configuration(settings(cloudflare_turn_key_id="slow", cloudflare_turn_key_api_token="slow"))
    rtc_configuration(settings(hf_token="slow"))
    rtc_configuration(settings(twilio_account_sid="slow", twilio_auth_token="slow"))
    assert waits == [ASK_S] * 3
