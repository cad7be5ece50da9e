"""What the stage's events socket says: who is there, the moment it changes.

The socket is undocumented and may change (reference/aws.md, B.5): this speaks to it as the Web Broadcast SDK 1.41 does,
ignores whatever it does not know, and leaves it to its caller to do without (`roster_watch`). Event loop.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import quote

import httpx
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from components.stage.roster import LONGEST_NAME, Present
from components.stage.token_hosts import is_loopback, ivs_hosts
from components.stage.tokens import ParticipantToken

PING_S = 15.0
PONG_S = 30.0
"""As the SDK has them."""

OPEN_S = 10.0

MOST_BYTES = 1 << 20

MOST_PARTICIPANTS = 500
"""Of one message that are looked at; a stage has twelve publishers."""

WEBSOCKET_ERRORS: tuple[type[Exception], ...] = (WebSocketException, OSError, ValueError, EOFError, ImportError)
"""What websockets raises when a socket cannot be opened or breaks. EOFError: a proxy hangs up. ImportError: there is a
SOCKS proxy in the environment, for which it needs another package."""

_silent = logging.Logger("stage-events-socket")
_silent.disabled = True
"""websockets logs the handshake, and with it the token, at DEBUG."""


class EventsUnavailable(Exception):
    """The socket cannot be had, or has ended. `final`: it would say so again with this token."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.final = final


def _flag(value: object) -> bool:
    return value is True


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> dict[str, str]:
    return {k: v for k, v in value.items() if isinstance(v, str)} if isinstance(value, dict) else {}


class _Participant(BaseModel):
    """One of a state's participants; everything but the id may be missing or odd."""

    model_config = ConfigDict(alias_generator=to_camel)

    id: Annotated[str, StringConstraints(min_length=1, max_length=256)]
    user_id: Annotated[str, BeforeValidator(_text)] = ""
    attributes: Annotated[dict[str, str], BeforeValidator(_texts)] = Field(default_factory=dict)
    is_publishing: Annotated[bool, BeforeValidator(_flag)] = False
    audio_muted: Annotated[bool, BeforeValidator(_flag)] = False
    video_stopped: Annotated[bool, BeforeValidator(_flag)] = False

    @property
    def present(self) -> Present:
        name = self.attributes.get("name") or self.attributes.get("username") or self.user_id or "Guest"
        return Present(self.id, " ".join(name.split())[:LONGEST_NAME], self.audio_muted, self.video_stopped)


class _State(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)

    sequence_number: int
    participants: list[Any]


@dataclass(frozen=True, slots=True)
class StageState:
    """Who publishes, as of this number in the stage's count."""

    sequence_number: int
    present: tuple[Present, ...]


Message = StageState | Literal["PING", "PONG", "DISCONNECT", "JOIN_ERROR"]


class _Envelope(BaseModel):
    type: str
    payload: Any = None


_ENVELOPE = TypeAdapter(_Envelope)


def read_message(text: str | bytes) -> Message | None:
    """What a message says; None for everything unknown or odd. Never raises."""
    try:
        envelope = _ENVELOPE.validate_json(text)
        kind = envelope.type.removeprefix("aws:ivs:")
        if kind in ("PING", "PONG", "DISCONNECT", "JOIN_ERROR"):
            return kind  # type: ignore[return-value]
        if kind == "STAGE_STATE":
            state = _State.model_validate(envelope.payload)
            return StageState(state.sequence_number, _publishing(state.participants[:MOST_PARTICIPANTS]))
    except ValidationError:
        pass
    return None


def _publishing(participants: list[Any]) -> tuple[Present, ...]:
    found = {}
    for each in participants:
        try:
            participant = _Participant.model_validate(each)
        except ValidationError:
            continue
        if participant.is_publishing:
            found[participant.id] = participant.present
    return tuple(found.values())


def events_address(token: ParticipantToken, configured: str) -> str | None:
    """The socket for this token's stage: where the token says if that is Amazon IVS, else where the settings say.

    None if the token names no stage, or the settings say "none". Never another host: the token is sent there.
    """
    if not token.topic or configured == "none":
        return None
    allowed = ivs_hosts(_as_http(configured))
    base = next((url for url in (token.events_url, configured) if url and _valid(url) and allowed(_as_http(url))), None)
    if base is None:
        return None
    topic, trace = quote(token.topic, safe=""), secrets.token_hex(16)
    return f"{base}?error_over_ws=1&topic={topic}/publishers&traceid={trace}"


def _valid(url: str) -> bool:
    return url.startswith(("wss://", "ws://")) and not any(mark in url for mark in "?#")


def _as_http(url: str) -> httpx.URL:
    """The same address with http's scheme, which is what hosts are judged by; an address of nowhere if it is none."""
    try:
        parsed = httpx.URL(url)
        return parsed.copy_with(scheme={"wss": "https", "ws": "http"}.get(parsed.scheme, "none"))
    except (httpx.InvalidURL, ValueError):
        return httpx.URL("none://")


class _Straight(connect):
    """Follows no redirect: websockets would take the token along, to whatever host it is told."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


async def states(url: str, token: ParticipantToken) -> AsyncGenerator[tuple[Present, ...]]:
    """Everybody who publishes, each time that changes, until EventsUnavailable is raised."""
    latest = 0
    async with _opened(url, token) as socket, aclosing(_messages(socket)) as messages:
        async for message in messages:
            if message in ("DISCONNECT", "JOIN_ERROR"):
                raise EventsUnavailable(str(message), final=True)
            # The SDK's rule: a state that does not count upwards is an older one, late.
            if isinstance(message, StageState) and message.sequence_number > latest:
                latest = message.sequence_number
                yield message.present


@asynccontextmanager
async def _opened(url: str, token: ParticipantToken) -> AsyncIterator[ClientConnection]:
    secret = Subprotocol(token.secret.reveal())
    try:
        async with _Straight(
            url,
            subprotocols=[secret],
            logger=_silent,
            # Not through a proxy to this machine itself.
            proxy=None if is_loopback(_as_http(url)) else True,
            open_timeout=OPEN_S,
            close_timeout=1,
            ping_interval=None,
            max_size=MOST_BYTES,
        ) as socket:
            yield socket
    except WEBSOCKET_ERRORS as error:
        # The type alone, without its cause: a handshake's text may repeat the token.
        raise EventsUnavailable(type(error).__name__) from None


async def _messages(socket: ClientConnection) -> AsyncGenerator[Message]:
    """Messages, with a PING of ours now and then; silence for `PONG_S` ends it."""
    loop = asyncio.get_running_loop()
    heard = loop.time()
    while True:
        try:
            async with asyncio.timeout(PING_S):
                text = await socket.recv()
        except TimeoutError:
            if loop.time() - heard > PONG_S:
                raise
            await socket.send('{"type":"PING"}')
            continue
        heard = loop.time()
        if (message := read_message(text)) == "PING":
            await socket.send('{"type":"PONG"}')
        elif message is not None:
            yield message
