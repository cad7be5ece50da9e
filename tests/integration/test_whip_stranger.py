"""A WHIP server that somebody has named: it leads to addresses of the internet alone."""

import re
import socket
import ssl
from typing import Any

import httpx
import pytest
import trustme
from aiohttp import web

from components.errors import JoinRefused, StageError, StageUnreachable
from components.stage import whip
from components.stage.secret import Secret
from components.stage.token_hosts import same_origin
from components.stage.webrtc_leg import WebRtcLeg
from components.stage.whip import WhipClient
from components.stage.whip_errors import ENDPOINT
from tests.fake_media import ToneMedia
from tests.fake_stage import FakeStage

RELAY = '<turn:127.0.0.1:22>; rel="ice-server"; username="u"; credential="c"'


@pytest.mark.parametrize("public_only", [True, False])
async def test_a_stranger_leads_neither_inside_nor_to_its_own_relays(public_only: bool) -> None:
    """The fake stage as a server on the internet: what its answer names is on this machine."""
    media = ToneMedia()
    async with FakeStage() as stage:
        stage.link = '<turn:127.0.0.1:22>; rel="ice-server"; username="u"; credential="c"'
        url = httpx.URL(stage.regional_url)
        client = WhipClient(url, Secret(stage.token()), same_origin(url), ENDPOINT)
        media.start()
        leg = WebRtcLeg(client, media, pytest.fail, public_only=public_only)
        if public_only:
            with pytest.raises(JoinRefused, match="public addresses only"):
                await leg.connected(())
        else:
            await leg.connected(())
        await leg.close()
    media.stop()
    assert bool(leg.offered_servers) is not public_only


class NamingStage(FakeStage):
    """Gives its media's addresses by name, each the first of `names` that is left."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: dict[str, str] = {}
        self.name = "{n}.media.example"

    def _created(self, session: Any, answer: str) -> web.Response:
        def named(match: re.Match[str]) -> str:
            name = self.name.format(n=len(self.numbers))
            self.numbers[name] = match[2]
            return f"{match[1]}{name} "

        return super()._created(session, re.sub(r"(a=candidate:\S+ 1 udp \d+ )(\S+) ", named, answer))


async def leg_to(stage: FakeStage, *, public_only: bool) -> None:
    media, url = ToneMedia(), httpx.URL(stage.regional_url)
    media.start()
    client = WhipClient(url, Secret(stage.token()), same_origin(url), ENDPOINT)
    leg = WebRtcLeg(client, media, pytest.fail, public_only=public_only)
    try:
        await leg.connected(())
    finally:
        await leg.close()
        media.stop()


def answering(stage: NamingStage) -> Any:
    def look(host: str, *_: Any, **__: Any) -> list[Any]:
        if host not in stage.numbers or host.startswith("nowhere"):
            raise socket.gaierror(socket.EAI_NONAME, "none")
        return [(0, 0, 0, "", (stage.numbers[host], 0))]

    return look


async def test_media_addresses_given_by_name_are_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async with NamingStage() as stage:
        monkeypatch.setattr(socket, "getaddrinfo", answering(stage))
        await leg_to(stage, public_only=False)
        assert stage.numbers
        with pytest.raises(JoinRefused, match="public addresses only"):
            await leg_to(stage, public_only=True)


@pytest.mark.parametrize(
    ("name", "public_only", "words"),
    [
        ("nowhere{n}.example", False, "gives nowhere0.example as its media address, and no host of that name"),
        ("nowhere{n}.example", True, "gives nowhere0.example as its media address, and no host of that name"),
        ("b0a3c9d2-{n}.local", True, "only .local names"),
    ],
)
async def test_names_that_lead_nowhere_are_not_blamed_on_udp(
    monkeypatch: pytest.MonkeyPatch, name: str, public_only: bool, words: str
) -> None:
    async with NamingStage() as stage:
        stage.name = name
        monkeypatch.setattr(socket, "getaddrinfo", answering(stage))
        with pytest.raises(StageError, match=words):
            await leg_to(stage, public_only=public_only)


async def test_a_stranger_is_reached_at_the_address_that_was_judged_under_its_own_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    authority, tls, asked = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), []
    authority.issue_cert("whip.example").configure_cert(tls)
    tls.sni_callback = lambda connection, name, _: asked.append(name)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    monkeypatch.setattr(whip, "_certificates", lambda: trusting)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("looked up again"))

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.host)
        return web.Response(status=201, text="v=0\r\nm=video 9 x 101\r\n", headers={"Link": RELAY})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    url = httpx.URL(f"https://whip.example:{port}/x")
    # Nobody listens at the first one.
    client = WhipClient(url, None, same_origin(url), ENDPOINT, addresses=["127.0.0.9", "127.0.0.1"])
    session = await client.offer("v=0\r\n")
    assert asked == ["whip.example", f"whip.example:{port}"]
    assert session.ice_servers == ()
    other = httpx.URL(f"https://other.example:{port}/x")
    with pytest.raises(StageUnreachable):  # The certificate is not this name's.
        await WhipClient(other, None, same_origin(other), ENDPOINT, addresses=["127.0.0.1"]).offer("v=0\r\n")
    await runner.cleanup()
