"""Visitors' addresses lead to the internet, however an address inside is dressed up."""

import ipaddress
import socket
from typing import Any

import pytest

from components.errors import JoinRefused, StageError
from components.stage.public_addresses import PRIVATE, is_public, reachable
from components.stage.rtmps import RtmpDestination
from components.stage.token_hosts import address
from components.stage.webrtc_destinations import WhipEndpoint
from components.stage.whip_candidates import with_addresses

MEDIA: Any = None


@pytest.mark.parametrize("host", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"])
async def test_the_internet(host: str) -> None:
    assert is_public(host)
    assert await reachable(host, private=False) == [str(ipaddress.ip_address(host))]


INSIDE = ["127.0.0.1", "10.1.2.3", "192.168.0.9", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"]
INSIDE += ["::1", "::", "fe80::1", "fd00::1", "::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::a9fe:a9fe", "ff02::1"]


@pytest.mark.parametrize("host", [*INSIDE, "localhost", "127.1", "2130706433", "0x7f000001"])
async def test_inside(host: str) -> None:
    assert not is_public(host)
    with pytest.raises(JoinRefused):
        await reachable(host, private=False)
    assert await reachable(host, private=True)


async def test_a_name_with_one_address_inside_leads_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(0, 0, 0, "", (ip, 0)) for ip in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(JoinRefused, match="public addresses only"):
        await reachable("two-faced.example", private=False)


async def test_candidates_of_a_stranger() -> None:
    lines = ["v=0", "m=video 9 x 101", "a=candidate:1 1 udp 2130706431 93.184.216.34 3478 typ host"]
    inside = [f"a=candidate:1 1 udp 2130706431 {host} 22 typ host" for host in [*INSIDE, "printer.local"]]
    answer = "".join(f"{line}\r\n" for line in [*lines, *inside, "a=candidate:junk"])
    assert (await with_addresses(answer, private=False)).splitlines() == lines
    with pytest.raises(JoinRefused, match="public addresses only"):
        await with_addresses(answer.replace(lines[2], ""), private=False)
    assert await with_addresses("v=0\r\n", private=False) == "v=0\r\n"


def never(error: StageError) -> None:
    pytest.fail(f"lost: {error}")


@pytest.mark.parametrize("host", ["127.0.0.1:9", "localhost:22", "169.254.169.254", "[::1]:8080", "10.0.0.1"])
async def test_whatever_is_there_the_answer_is_the_same(host: str) -> None:
    for destination in (WhipEndpoint(f"https://{host}/whip"), RtmpDestination(f"rtmp://{host}/app", "key")):
        with pytest.raises(JoinRefused) as refusal:
            await destination.open(MEDIA, never)
        assert str(refusal.value) == PRIVATE


def test_plain_http_is_for_ones_own_network_where_that_is_allowed() -> None:
    for url in ("http://127.0.0.1:9/x", "http://localhost", "http://192.168.1.5:8889/live/whip"):
        assert str(address(url, private=True)).startswith("http://")
        with pytest.raises(JoinRefused, match="https://"):
            address(url)
    with pytest.raises(JoinRefused, match="longer than any address"):
        address(f"https://{'a.' * 2000}example/whip")
    for url in ("http://93.184.216.34/", "http://nas.example/"):
        with pytest.raises(JoinRefused, match="in your own network only"):
            address(url, private=True)
