"""The fake stage with its events socket, as the official web SDK 1.41 and AWS's demos use it (reference/aws.md, B.5).

The token comes as the subprotocol and is answered with; states count upwards from 1 on each connection; a second
connection with the same token ends the first. `python -m tests.fake_events` runs it as a process, like the fake stage.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import WSMsgType, web

from tests.fake_stage import FakeStage, _say
from tests.fake_stage_tokens import TOPIC, judged


class FakeEventsStage(FakeStage):
    """A fake stage that tells who is on it. `refuse_events` makes it close the door, `said` keeps what clients send."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.refuse_events = False
        self.redirect_events: str | None = None
        self.asked: list[str] = []
        """Topics, as they were asked for."""
        self.said: list[str] = []
        self.sockets: dict[str, tuple[web.WebSocketResponse, int]] = {}
        """By token: the connection, and the number of its last state."""
        self.present: dict[str, dict[str, Any]] = {}
        self.regional.router.add_get("/events", self._events)
        self.listeners.append(self._heard)
        self._telling: set[asyncio.Task[None]] = set()

    async def announce(self, *participants: dict[str, Any]) -> None:
        """Tell everybody that these are on the stage now."""
        self.present = {each["id"]: each for each in participants}
        await self._tell_all()

    async def say(self, message: object) -> None:
        """Send this to everybody, as it is."""
        for socket, _ in list(self.sockets.values()):
            await socket.send_str(message if isinstance(message, str) else json.dumps(message))

    async def hang_up(self) -> None:
        """Close every socket."""
        for socket, _ in list(self.sockets.values()):
            await socket.close()

    async def stop(self) -> None:
        await self.hang_up()
        await super().stop()

    def _heard(self, what: str, more: dict[str, Any]) -> None:
        if what == "published":
            publication = self.publications[more["participant"]]
            self.present[publication.participant_id] = participant(publication.participant_id, publication.claims)
        elif what == "left":
            self.present.pop(more["participant"], None)
        else:
            return
        task = asyncio.ensure_future(self._tell_all())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _tell_all(self) -> None:
        for token in list(self.sockets):
            await self._state(token)

    async def _state(self, token: str) -> None:
        socket, number = self.sockets[token]
        self.sockets[token] = socket, number + 1
        payload = {"stageId": TOPIC, "sequenceNumber": number + 1, "participants": list(self.present.values())}
        await socket.send_json({"type": "STAGE_STATE", "payload": payload})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        if self.redirect_events:
            raise web.HTTPTemporaryRedirect(self.redirect_events)
        token = request.headers.get("Sec-WebSocket-Protocol", "")
        status, _ = judged(token, self.public_keys, "allow_subscribe")
        if self.refuse_events or status == 401:
            return web.Response(status=status if status == 401 else 503)
        socket = web.WebSocketResponse(protocols=[token])
        await socket.prepare(request)
        self.asked.append(request.query["topic"])
        if previous := self.sockets.pop(token, None):
            await previous[0].send_json(
                {"type": "aws:ivs:DISCONNECT", "payload": {"code": "TOKEN_REUSED", "reason": "again"}}
            )
            await previous[0].close()
        self.sockets[token] = socket, 0
        await self._state(token)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self.said.append(message.data)
                if json.loads(message.data).get("type") == "PING":
                    await socket.send_json({"type": "PONG"})
        if self.sockets.get(token, (None,))[0] is socket:
            del self.sockets[token]
        return socket


def participant(participant_id: str, claims: dict[str, Any]) -> dict[str, Any]:
    """A state's entry for somebody who publishes."""
    return {
        "id": participant_id,
        "userId": claims.get("user_id", ""),
        "attributes": claims.get("attributes", {}),
        "isPublishing": True,
        "audioMuted": False,
        "videoStopped": False,
    }


async def _serve() -> None:
    stage = FakeEventsStage()
    stage.listeners.append(_say)
    async with stage:
        _say("ready", {"whip_url": stage.whip_url, "token": stage.token()})
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve())
