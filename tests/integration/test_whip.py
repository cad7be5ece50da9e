"""WHIP signalling against servers on loopback: where offer and token go, and what becomes of every answer."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from aiohttp import web

from components.errors import BadStageAnswer, JoinRefused, StageBusy, StageError, StageUnreachable
from components.stage.secret import Secret
from components.stage.token_hosts import ivs_hosts, same_origin
from components.stage.whip import MOST_REDIRECTS, Session, WhipClient
from components.stage.whip_errors import ENDPOINT, IVS
from tests.fake_stage import FakeStage

OFFER = "v=0\r\na=ice-pwd:not-for-anybody\r\nm=video 9 UDP/TLS/RTP/SAVPF 101\r\n"
ANSWER = "v=0\r\nm=audio 9 x 96\r\nm=video 9 x 101\r\n"
TOKEN = "eyJhbGciOiJLTVMifQ.eyJqdGkiOiJhbm5hIn0.c2VjcmV0"


class Server:
    """Notes what comes, and answers what `reply` says."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, str | None, str]] = []
        self.reply: Any = lambda request: web.Response(status=201, text=ANSWER, content_type="application/sdp")

    async def __aenter__(self) -> "Server":
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._any)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = httpx.URL(f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/")  # type: ignore[union-attr]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _any(self, request: web.Request) -> web.StreamResponse:
        body = await request.text()
        self.seen.append((request.method, request.path_qs, request.headers.get("Authorization"), body))
        response = self.reply(request)
        return (await response) if asyncio.iscoroutine(response) else response


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server() as it:
        yield it


@pytest.fixture
async def other() -> AsyncIterator[Server]:
    async with Server() as it:
        yield it


def client(url: httpx.URL, token: str | None = TOKEN, **options: Any) -> WhipClient:
    return WhipClient(url, Secret(token) if token else None, ivs_hosts(url), IVS, **options)


def redirect(location: object, status: int = 307) -> Any:
    return lambda request: web.Response(status=status, headers={"Location": str(location)})


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_redirects_keep_method_body_and_token(server: Server, other: Server, status: int) -> None:
    server.reply = redirect(other.url.join("/regional?stage=1"), status)
    other.reply = lambda r: web.Response(status=201, text=ANSWER, headers={"Location": "session/7"})
    session = await client(server.url).offer(OFFER)
    assert session.answer == ANSWER
    assert server.seen == [("POST", "/", f"Bearer {TOKEN}", OFFER)]
    assert other.seen == [("POST", "/regional?stage=1", f"Bearer {TOKEN}", OFFER)]
    await client(server.url).delete(session)
    assert other.seen[1:] == [("DELETE", "/session/7", f"Bearer {TOKEN}", "")]


async def test_a_relative_redirect_and_a_session_without_a_resource(server: Server) -> None:
    server.reply = lambda r: (
        redirect("/there")(r)
        if r.path == "/"
        else web.Response(status=201, text=ANSWER, headers={"Link": '<stun:s.example>; rel="ice-server"'})
    )
    session = await client(server.url).offer(OFFER)
    assert [path for _, path, *_ in server.seen] == ["/", "/there"]
    assert session.ice_servers == ({"urls": "stun:s.example"},)
    await client(server.url).delete(session)
    assert len(server.seen) == 2


async def test_a_delete_follows_redirects_too_and_never_raises(server: Server, other: Server) -> None:
    server.reply = redirect(other.url.join("/gone"))
    await client(server.url).delete(Session(ANSWER, server.url.join("/s")))
    assert [(method, path) for method, path, *_ in other.seen] == [("DELETE", "/gone")]
    server.reply = lambda r: asyncio.sleep(60)
    async with asyncio.timeout(20):
        await client(server.url).delete(Session(ANSWER, server.url.join("/s")))
    await client(httpx.URL("http://127.0.0.1:9")).delete(Session(ANSWER, httpx.URL("http://127.0.0.1:9/x")))


FOREIGN = [
    "http://localtest.invalid/",
    "https://live-video.net.invalid/",
    "//evil.invalid/",
    "https://u@x.live-video.net/",
]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("where", FOREIGN)
async def test_the_token_goes_to_no_foreign_host(server: Server, where: str, status: int) -> None:
    server.reply = redirect(where, status)
    with pytest.raises(BadStageAnswer, match="must not have the participant token"):
        await client(server.url).offer(OFFER)
    assert len(server.seen) == 1


async def test_an_endpoints_token_goes_to_its_origin_only(server: Server, other: Server) -> None:
    """Tried in earnest: the other server listens, and an IVS client would go there."""
    server.reply = redirect(other.url)
    whip = WhipClient(server.url, Secret(TOKEN), same_origin(server.url), ENDPOINT)
    with pytest.raises(BadStageAnswer, match="must not have the bearer token"):
        await whip.offer(OFFER)
    server.reply = lambda r: web.Response(status=201, text=ANSWER, headers={"Location": str(other.url.join("/s"))})
    session = await whip.offer(OFFER)
    assert session.resource is None
    await whip.delete(session)
    assert other.seen == []
    server.reply = redirect("https://elsewhere.live-video.net/")
    with pytest.raises(BadStageAnswer):
        await whip.offer(OFFER)


async def test_the_first_address_must_be_allowed_too(server: Server) -> None:
    ivs = WhipClient(server.url, Secret(TOKEN), ivs_hosts(httpx.URL("https://global.whip.live-video.net")), IVS)
    with pytest.raises(JoinRefused, match="IVS_WHIP_URL"):
        await ivs.offer(OFFER)
    assert server.seen == []


KINDS: dict[int, type[StageError]] = dict.fromkeys([400, 401, 403, 404, 410, 415, 422], JoinRefused)
KINDS |= dict.fromkeys([409, 429, 500, 502, 503, 504], StageBusy)
KINDS |= dict.fromkeys([204, 303, 405, 418], BadStageAnswer)


@pytest.mark.parametrize(("status", "kind"), KINDS.items())
async def test_every_refusal_is_a_sentence_of_our_own(server: Server, status: int, kind: type[StageError]) -> None:
    server.reply = lambda r: web.Response(status=status, text=None if status == 204 else f"<b>{TOKEN}</b> {OFFER}")
    with pytest.raises(StageError) as caught:
        await client(server.url).offer(OFFER)
    assert type(caught.value) is kind
    assert str(caught.value).endswith(".")
    assert "<b>" not in str(caught.value)


BAD_ANSWERS = {
    "a web page": lambda: web.Response(status=201, text="<!doctype html>", content_type="text/html"),
    "nothing": lambda: web.Response(status=201, text=""),
    "no picture": lambda: web.Response(status=200, text="v=0\r\nm=audio 9 x 96\r\n"),
    "too many codecs": lambda: web.Response(
        status=201, text=ANSWER + "".join(f"a=rtpmap:{n} x/1\r\n" for n in range(99))
    ),
    "endless": lambda: web.Response(status=201, text=ANSWER + "a=x\r\n" * 30_000),
}


@pytest.mark.parametrize("what", BAD_ANSWERS)
async def test_success_without_an_answer_is_a_wrong_address(server: Server, what: str) -> None:
    server.reply = lambda r: BAD_ANSWERS[what]()
    with pytest.raises(BadStageAnswer, match="IVS_WHIP_URL"):
        await client(server.url).offer(OFFER)


@pytest.mark.parametrize("location", ["", "http://[", "http://x y", "/" + "x" * 4000, None])
async def test_redirects_to_nowhere(server: Server, location: str | None) -> None:
    server.reply = lambda r: web.Response(status=307, headers={"Location": location} if location is not None else {})
    with pytest.raises(BadStageAnswer):
        await client(server.url).offer(OFFER)


async def test_a_server_that_sends_in_circles_is_left_after_five_redirects(server: Server) -> None:
    server.reply = redirect("/round")
    with pytest.raises(BadStageAnswer, match="from one address to the next"):
        await client(server.url).offer(OFFER)
    assert len(server.seen) == MOST_REDIRECTS + 1


async def dripping(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(status=201)
    await response.prepare(request)
    while True:
        await response.write(b"v")
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("silence", [lambda r: asyncio.sleep(60), dripping])
async def test_a_server_that_hangs_or_drips_is_given_up(server: Server, silence: Any) -> None:
    server.reply = silence
    async with asyncio.timeout(20):
        with pytest.raises(StageUnreachable, match="in time"):
            await client(server.url, answer_s=0.3).offer(OFFER)


async def test_nobody_there() -> None:
    with pytest.raises(StageUnreachable, match="cannot be reached"):
        await client(httpx.URL("http://127.0.0.1:9/")).offer(OFFER)


async def test_this_machines_addresses_go_by_no_proxy(
    server: Server, other: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", str(other.url))
    monkeypatch.delenv("NO_PROXY", raising=False)
    await client(server.url).offer(OFFER)
    assert other.seen == []


async def test_nothing_secret_reaches_a_log_or_an_error(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.reply = redirect(f"/{TOKEN}?key={TOKEN}#{TOKEN}")
    with pytest.raises(BadStageAnswer) as caught:
        await client(server.url).offer(OFFER)
    server.reply = lambda r: web.Response(status=201, text=ANSWER, headers={"Location": f"/{TOKEN}?key={TOKEN}"})
    whip = client(server.url)
    session = await whip.offer(OFFER)
    await whip.delete(session)
    shown = caplog.text + "".join(traceback.format_exception(caught.value)) + repr(session) + repr(whip)
    assert "POST http://127.0.0.1" in shown
    assert not any(part in shown for part in (*TOKEN.split("."), "not-for-anybody"))


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"exp": 5}, JoinRefused),
        ({"capabilities": {"allow_subscribe": True}}, JoinRefused),
        ({"resource": "x"}, JoinRefused),
    ],
)
async def test_what_the_stage_says_of_tokens_is_understood(changes: dict[str, Any], kind: type[StageError]) -> None:
    async with FakeStage() as stage:
        url = httpx.URL(stage.whip_url)
        with pytest.raises(kind, match="participant token"):
            await client(url, stage.token(**changes)).offer(OFFER)
        with pytest.raises(JoinRefused, match=r"H\.264"):
            await client(url, stage.token()).offer("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 96\r\n")
