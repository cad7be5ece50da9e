"""WHIP signalling (RFC 9725): an offer goes to a server, an answer comes back, and the session is deleted at the end.

    POST address       Authorization: Bearer …, Content-Type: application/sdp; the complete offer
    301, 302, 307, 308 Location: the same request goes there, method, body and token kept (IVS: global, then regional)
    201                Location: the session; the body is the answer
    DELETE session     Authorization: Bearer …

Redirects are followed by hand: HTTP clients drop the token on the way to another host, and ours must not go to every
host. Called on the event loop.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from components.errors import StageError
from components.http_errors import HTTP_ERRORS
from components.stage import sdp_limits, whip_errors
from components.stage.http_logs import keep_addresses_out
from components.stage.pinned_transport import PinnedTransport
from components.stage.sdp_limits import MAX_BYTES
from components.stage.secret import Secret
from components.stage.token_hosts import MAX_ADDRESS_LENGTH, MayHaveToken, is_loopback
from components.stage.whip_errors import Words
from components.stage.whip_sdp import ice_servers, is_answer

logger = logging.getLogger(__name__)

ANSWER_S = 10.0
"""How long a server may take, all redirects together."""

DELETE_S = 2.0
"""Leaving may take 5 s in all."""

_NOT_DELETED: tuple[type[Exception], ...] = (*HTTP_ERRORS, StageError, RuntimeError)
"""RuntimeError: the interpreter is ending, and resolves no names any more."""

MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 307, 308)


keep_addresses_out()


@dataclass(frozen=True, slots=True)
class Session:
    """What a server gave for an offer. `resource` is what to delete at the end, None if it named nothing of its own."""

    answer: str = field(repr=False)
    resource: httpx.URL | None = field(repr=False)
    ice_servers: tuple[Mapping[str, str], ...] = field(repr=False, default=())


class WhipClient:
    """Signals to one address with one token (None: the server wants none)."""

    def __init__(
        self,
        address: httpx.URL,
        token: Secret | None,
        may_have_token: MayHaveToken,
        words: Words,
        *,
        answer_s: float = ANSWER_S,
        addresses: Sequence[str] | None = None,
    ) -> None:
        """`addresses`: connect to one of these and to nothing else, and read no `Link` header: the server is a
        stranger, whose name has been looked up and judged already."""
        self._address = address
        self._token = token
        self._may_have_token = may_have_token
        self.words = words
        self._answer_s = answer_s
        self._addresses = addresses

    async def offer(self, sdp: str) -> Session:
        """Send a complete offer. Raises StageError; nothing of the token or of the offer is in it."""
        if not self._may_have_token(self._address):
            raise whip_errors.forbidden(self.words)
        try:
            async with asyncio.timeout(self._answer_s), self._client() as client:
                return await self._posted(client, sdp.encode())
        except (TimeoutError, httpx.TimeoutException):
            raise whip_errors.silent(self.words) from None
        except HTTP_ERRORS:
            raise whip_errors.unreachable(self.words) from None

    async def delete(self, session: Session) -> bool:
        """Say goodbye, within `DELETE_S`. True if the server knows of no such session any more. Never raises: whoever
        leaves has left."""
        if session.resource is None:
            return True
        try:
            async with asyncio.timeout(DELETE_S), self._client() as client:
                return await self._deleted(client, session.resource)
        except _NOT_DELETED as error:
            logger.info("The session could not be deleted (%s); it ends with its connection", type(error).__name__)
            return False

    async def _posted(self, client: httpx.AsyncClient, body: bytes) -> Session:
        url = self._address
        for _ in range(MOST_REDIRECTS + 1):
            headers = {"Content-Type": "application/sdp", "Accept": "application/sdp"}
            async with client.stream("POST", url, content=body, headers=headers) as response:
                if response.status_code in _REDIRECTS:
                    url = self._next(url, response)
                    continue
                if response.status_code not in (200, 201):
                    raise whip_errors.of_status(response.status_code, self.words)
                return self._session(url, response, await self._text(response))
        raise whip_errors.in_circles(self.words)

    async def _deleted(self, client: httpx.AsyncClient, url: httpx.URL) -> bool:
        for _ in range(MOST_REDIRECTS + 1):
            async with client.stream("DELETE", url) as response:
                if response.status_code not in _REDIRECTS:
                    logger.info("The session was deleted (%d)", response.status_code)
                    return response.is_success or response.status_code in (404, 410)
                url = self._next(url, response)
        return False

    def _next(self, url: httpx.URL, response: httpx.Response) -> httpx.URL:
        where = _resolved(url, response.headers.get("location"))
        if where is None:
            raise whip_errors.of_status(response.status_code, self.words)
        if not self._may_have_token(where):
            raise whip_errors.astray(self.words)
        return where

    def _session(self, url: httpx.URL, response: httpx.Response, text: str) -> Session:
        if not is_answer(text):
            raise whip_errors.no_answer(self.words)
        try:
            sdp_limits.check(text)
        except sdp_limits.TooLarge:
            raise whip_errors.too_large(self.words) from None
        resource = _resolved(url, response.headers.get("location"))
        if resource is not None and not self._may_have_token(resource):
            logger.warning("The session's address is foreign; the token does not go there, so it will not be deleted")
            resource = None
        relays = () if self._addresses is not None else tuple(ice_servers(response.headers.get_list("link")))
        return Session(text, resource, relays)

    async def _text(self, response: httpx.Response) -> str:
        data = bytearray()
        async for piece in response.aiter_raw():
            data += piece
            if len(data) > MAX_BYTES:
                raise whip_errors.too_large(self.words)
        return data.decode("utf-8", "replace")

    def _client(self) -> httpx.AsyncClient:
        # Not compressed: a few bytes could unpack to gigabytes.
        headers = {"Accept-Encoding": "identity"}
        headers |= {"Authorization": f"Bearer {self._token.reveal()}"} if self._token else {}
        pinned = None if self._addresses is None else PinnedTransport(self._addresses, _certificates())
        return httpx.AsyncClient(
            headers=headers,
            timeout=httpx.Timeout(self._answer_s),
            verify=_certificates(),
            follow_redirects=False,
            transport=pinned,
            trust_env=not is_loopback(self._address),  # A proxy is no part of this machine.
        )


@functools.cache
def _certificates() -> ssl.SSLContext:
    # Reading the machine's certificates takes tens of milliseconds: once is enough for the event loop.
    return httpx.create_ssl_context()


def _resolved(base: httpx.URL, location: str | None) -> httpx.URL | None:
    if not location or len(location) > MAX_ADDRESS_LENGTH or not re.fullmatch(r"[\x21-\x7e]+", location):
        return None
    try:
        return base.join(location)
    except (httpx.InvalidURL, ValueError):
        return None
