"""A stage like Amazon IVS's on loopback, over real WebRTC, with every quirk of reference/aws.md, B.6.

    POST {global}                   307 to the regional server, another origin
    POST {regional}/                WHIP, 201; the Authorization header is demanded again
    DELETE {regional}/session/…     ends it
    POST {regional}/subscribe/{id}  WHEP with CORS, as the official web SDK does it
    POST {global}/_do, GET {global}/_seen, GET {global}/_frame/{id}.png   for tests in another process

H.264 only, a picture always, candidates in the first media section only, one connection a token: who joins with the
same one again takes the other's place. `async with FakeStage() as stage` in a test's own event loop, or
`python -m tests.fake_stage --port N` as a process, which prints what happens as JSON lines. A subclass may add routes
to `regional` before it starts (the events socket), and `listeners` hear of everything that happens.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import sys
import uuid
from collections import deque
from collections.abc import Callable
from typing import Any, Self

from aiohttp import web
from aiortc.sdp import SessionDescription

from tests.fake_stage_media import Publication, Viewing
from tests.fake_stage_tokens import issue, judged

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "*, Authorization, Content-Type",
    "Access-Control-Allow-Methods": "POST, DELETE, OPTIONS",
    "Access-Control-Expose-Headers": "Location, Link",
}
HTML = "<!doctype html><title>Not WHIP</title>"


class FakeStage:
    """Listens from `start` to `stop`, and again at the same ports after another `start`."""

    def __init__(self, port: int = 0, *, public_keys: dict[str, str] | None = None) -> None:
        self.public_keys = public_keys or {}
        self.plan: deque[int | str] = deque()
        """What the next offers meet: a status, "html", "junk", "hang", "late" (an answer after a second), "deaf" (an
        answer, and then nobody there), "circle", or an address to be redirected to."""
        self.link: str | None = None
        """A Link header for the answers."""
        self.publications: dict[str, Publication] = {}
        """By participant id; who has left is in `left`."""
        self.left: list[Publication] = []
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        """Every request: method, path, headers in lower case."""
        self.deleted: list[str] = []
        self.listeners: list[Callable[[str, dict[str, Any]], None]] = []
        self.regional = web.Application(middlewares=[self._noted])
        self.regional.router.add_post("/", self._publish)
        self.regional.router.add_post("/subscribe/{participant}", self._subscribe)
        self.regional.router.add_delete("/session/{session}", self._delete)
        self._ports = [port, 0]
        self._sessions: dict[str, Publication | Viewing] = {}
        self._runners: list[web.AppRunner] = []
        self._silence = asyncio.Event()
        self._happened = asyncio.Event()

    async def start(self) -> None:
        """Listen."""
        front = web.Application(middlewares=[self._noted])
        front.router.add_post("/", self._redirect)
        front.router.add_post("/_do", self._do)
        front.router.add_get("/_seen", self._said)
        front.router.add_get("/_frame/{participant}.png", self._frame)
        for index, app in enumerate([front, self.regional]):
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", self._ports[index], reuse_address=True)
            await site.start()
            self._ports[index] = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
            self._runners.append(runner)

    async def stop(self) -> None:
        """Be gone, connections and all."""
        self._silence.set()
        await asyncio.gather(*(session.close() for session in self._sessions.values()))
        self._sessions.clear()
        self.left += self.publications.values()
        self.publications.clear()
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()
        self._silence = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def whip_url(self) -> str:
        """The global address, for IVS_WHIP_URL."""
        return f"http://127.0.0.1:{self._ports[0]}/"

    @property
    def regional_url(self) -> str:
        """The stage's own address, as tokens have it."""
        return f"http://127.0.0.1:{self._ports[1]}"

    @property
    def events_url(self) -> str:
        """Where a subclass has its events socket."""
        return f"ws://127.0.0.1:{self._ports[1]}/events"

    def token(self, **changes: Any) -> str:
        """A participant token for this stage (`issue`)."""
        return issue(self.regional_url, self.events_url, **changes)

    async def publication(self, participant_id: str | None = None, *, since: int = 0, wait: float = 30) -> Publication:
        """The one who publishes (the `since`-th to come), with a picture decoded."""
        async with asyncio.timeout(wait):
            while True:
                found = [p for p in self.publications.values() if participant_id in (None, p.participant_id)]
                if len(found) + len(self.left) > since and found and found[-1].frames:
                    return found[-1]
                await self.happening()

    async def happening(self) -> None:
        """Wait until something has happened, a picture has come, or a moment has passed."""
        waits = [asyncio.ensure_future(self._happened.wait())]
        waits += [asyncio.ensure_future(p.changed.wait()) for p in self.publications.values()]
        await asyncio.wait(waits, timeout=0.2, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        self._happened.clear()
        for publication in self.publications.values():
            publication.changed.clear()

    def _tell(self, what: str, **more: Any) -> None:
        self._happened.set()
        for listener in self.listeners:
            listener(what, more)

    @web.middleware
    async def _noted(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.method == "OPTIONS":
            return web.Response(headers=CORS)
        self.seen.append((request.method, request.path, {name.lower(): text for name, text in request.headers.items()}))
        response: web.StreamResponse = await handler(request)
        if not response.prepared:
            response.headers.update(CORS)
        return response

    async def _redirect(self, _: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": f"{self.regional_url}/"})

    async def _publish(self, request: web.Request) -> web.Response:
        what = self.plan.popleft() if self.plan else None
        if what not in (None, "late", "deaf"):
            return await self._planned(what)
        status, claims = judged(_bearer(request), self.public_keys, "allow_publish")
        offer = await request.text()
        if status == 200:
            status = _judged_offer(request.content_type, offer)
        if status != 200:
            self._tell("refused", status=status)
            return web.Response(status=status, text=f"no ({status})")
        publication = Publication(claims["jti"], claims)
        if previous := self.publications.pop(publication.participant_id, None):
            await self._gone(previous, "token-reused")
        answer = await publication.answer(offer)
        self.publications[publication.participant_id] = publication
        publication.peer.add_listener("connectionstatechange", lambda: self._changed(publication))
        if what == "deaf":
            await publication.vanish()
        if what == "late":
            self._tell("answers late")
            await asyncio.sleep(1)
        return self._created(publication, answer)

    async def _subscribe(self, request: web.Request) -> web.Response:
        status, _ = judged(_bearer(request), self.public_keys, "allow_subscribe")
        publication = self.publications.get(request.match_info["participant"])
        if status != 200 or publication is None:
            return web.Response(status=404 if status == 200 else status)
        viewing = Viewing(publication)
        answer = await viewing.answer(await request.text())
        self._tell("subscribed", participant=publication.participant_id)
        return self._created(viewing, answer)

    def _created(self, session: Publication | Viewing, answer: str) -> web.Response:
        name = uuid.uuid4().hex
        self._sessions[name] = session
        headers = {"Location": f"/session/{name}"} | ({"Link": self.link} if self.link else {})
        return web.Response(status=201, text=answer, content_type="application/sdp", headers=headers)

    async def _delete(self, request: web.Request) -> web.Response:
        status, _ = judged(_bearer(request), self.public_keys, "allow_publish")
        session = self._sessions.pop(request.match_info["session"], None)
        if status == 401 or session is None:
            return web.Response(status=404 if session is None else 401)
        if isinstance(session, Publication):
            self.deleted.append(session.participant_id)
            self.publications.pop(session.participant_id, None)
            await self._gone(session, "deleted")
        else:
            await session.close()
        return web.Response(status=200)

    async def _planned(self, what: int | str) -> web.Response:
        if what == "hang":
            await self._silence.wait()
        if isinstance(what, int):
            return web.Response(status=what, text="as planned")
        if what in ("html", "junk"):
            kind, text = ("text/html", HTML) if what == "html" else ("application/sdp", "v=0\r\nm=video 9 junk\r\n")
            return web.Response(status=201, text=text, content_type=kind)
        if what == "circle":
            self.plan.append("circle")
        where = "/" if what in ("circle", "hang") else what
        return web.Response(status=307, headers={"Location": where})

    def _changed(self, publication: Publication) -> None:
        state = publication.peer.connectionState
        if state == "connected":
            self._tell("published", participant=publication.participant_id)
        elif state in ("failed", "closed") and self.publications.get(publication.participant_id) is publication:
            del self.publications[publication.participant_id]
            self.left.append(publication)
            self._tell("left", participant=publication.participant_id, why=state)

    async def _gone(self, publication: Publication, why: str) -> None:
        self.left.append(publication)
        await publication.close()
        self._tell("left", participant=publication.participant_id, why=why)

    async def drop(self) -> None:
        """Put everybody off, as a stage does whose server is taken away."""
        for participant in list(self.publications):
            await self._gone(self.publications.pop(participant), "dropped")

    async def _do(self, request: web.Request) -> web.Response:
        """{"token": {claims}}, {"plan": […]}, {"drop": true} or {"keyframe": true}."""
        asked = await request.json()
        if "token" in asked:
            return web.json_response({"token": self.token(**asked["token"])})
        self.plan += asked.get("plan", [])
        if asked.get("drop"):
            await self.drop()
        if asked.get("keyframe"):
            for publication in self.publications.values():
                await publication.ask_keyframe()
        return web.json_response({})

    async def _said(self, _: web.Request) -> web.Response:
        on = {p.participant_id: _summary(p) for p in self.publications.values()}
        left = [_summary(p) for p in self.left]
        requests = [(method, path) for method, path, _ in self.seen if not path.startswith("/_")]
        return web.json_response({"on": on, "left": left, "deleted": self.deleted, "requests": requests})

    async def _frame(self, request: web.Request) -> web.Response:
        publication = self.publications.get(request.match_info["participant"])
        if publication is None or not publication.frames:
            raise web.HTTPNotFound
        data = io.BytesIO()
        publication.frames[-1].to_image().save(data, "PNG")
        return web.Response(body=data.getvalue(), content_type="image/png")


def _summary(publication: Publication) -> dict[str, Any]:
    loudest = max((level for _, level in list(publication.loudness)[-50:]), default=None)
    size = (publication.frames[-1].width, publication.frames[-1].height) if publication.frames else None
    return {"participant": publication.participant_id, "pictures": len(publication.pictures), "size": size} | {
        "loudest_of_last_second": loudest
    }


def _bearer(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme == "Bearer" else ""


def _judged_offer(content_type: str, offer: str) -> int:
    if content_type != "application/sdp":
        return 415
    try:
        media = SessionDescription.parse(offer).media
    except (ValueError, IndexError, KeyError):
        return 400
    codecs = [codec for section in media if section.kind == "video" for codec in section.rtp.codecs]
    suitable = [c for c in codecs if c.mimeType == "video/H264" and str(c.parameters.get("packetization-mode")) == "1"]
    complete = all(section.ice_candidates for section in media)
    return 200 if suitable and complete else 400


def _say(what: str, more: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({"what": what} | more) + "\n")
    sys.stdout.flush()


async def _serve(port: int) -> None:
    stage = FakeStage(port)
    stage.listeners.append(_say)
    async with stage:
        _say("ready", {"whip_url": stage.whip_url, "token": stage.token()})
        await asyncio.Event().wait()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="A stage like Amazon IVS's, on loopback.")
    arguments.add_argument("--port", type=int, default=0)
    asyncio.run(_serve(arguments.parse_args().port))
