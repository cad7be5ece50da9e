"""Where a publication can go over WHIP: a stage on Amazon IVS, and any other server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from components.errors import JoinRefused, MediaEnded, StageError, StageUnreachable
from components.lookup import NameUnknown, Visit
from components.stage.blocking import blocking
from components.stage.media import Media
from components.stage.public_addresses import reachable
from components.stage.secret import Secret
from components.stage.token_hosts import address, ivs_hosts, same_origin
from components.stage.token_source import TokenSource
from components.stage.tokens import ParticipantToken
from components.stage.webrtc_leg import IceServer, WebRtcLeg
from components.stage.whip import WhipClient
from components.stage.whip_attempts import Attempts
from components.stage.whip_errors import ENDPOINT, IVS, Words, unreachable
from components.video.h264 import MOST_KBPS

logger = logging.getLogger(__name__)

IceServers = Callable[[], Sequence[IceServer]]
"""STUN and TURN servers for the next connection: credentials expire. May block; not called on the event loop."""

WHY_S = 3.0
"""How long a lost connection may wait to learn the reason."""


def none() -> Sequence[IceServer]:
    """IVS and most servers have public addresses: no STUN server needs to be asked (reference/aws.md, B.6.8)."""
    return ()


class IvsStage:
    """A stage on Amazon IVS, by the global WHIP address (IVS_WHIP_URL) or a stage's own."""

    name = "IVS stage"

    def __init__(
        self,
        tokens: TokenSource,
        whip_url: str,
        *,
        video_kbps: int = MOST_KBPS,
        ice_servers: IceServers = none,
        words: Words = IVS,
    ) -> None:
        self._tokens = tokens
        self._address = address(whip_url, private=True)
        self._video_kbps = video_kbps
        self._ice_servers = ice_servers
        self._words = words
        self._attempts = Attempts()
        self._asking: set[asyncio.Task[None]] = set()
        self._unused: ParticipantToken | None = None
        self.token: ParticipantToken | None = None
        """What one is on the stage with, since the last time it was opened."""

    @property
    def expires_at(self) -> float | None:
        """The pasted token's end."""
        return self._tokens.expires_at

    @property
    def participant_id(self) -> str | None:
        """By what id the others know this one, since the last time it was opened."""
        return self.token.participant_id if self.token else None

    async def open(self, media: Media, on_lost: Callable[[StageError], None]) -> WebRtcLeg:
        """Join with a new token where there can be one. Event loop. Raises StageError."""
        token, self._unused = self._unused, None
        if token is None:
            token = await blocking(self._tokens.publish_token)
        servers = await blocking(self._ice_servers)
        self.token = token
        client = WhipClient(self._address, token.secret, ivs_hosts(self._address), self._words)

        def lost(error: StageError) -> None:
            if isinstance(error, MediaEnded):
                on_lost(error)
                return
            asking = asyncio.ensure_future(self._explain(token, error, on_lost))
            self._asking.add(asking)
            asking.add_done_callback(self._asking.discard)

        try:
            return await self._attempts.publish(client, media, lost, video_kbps=self._video_kbps, ice_servers=servers)
        except StageUnreachable:
            self._unused = token  # The next attempt needs no other, which would be counted too.
            raise

    async def _explain(self, token: ParticipantToken, error: StageError, on_lost: Callable[[StageError], None]) -> None:
        reason: StageError | None = None
        try:
            async with asyncio.timeout(WHY_S):
                reason = await blocking(lambda: self._tokens.why_lost(token))
        except Exception as problem:  # noqa: BLE001 - whatever it is, the loss has to be told
            logger.info("Why the stage dropped the stream is not known (%s)", type(problem).__name__)
        on_lost(reason or error)


class WhipEndpoint:
    """Any WHIP server. The bearer token goes to exactly the server that it was given for."""

    name = "WHIP endpoint"
    expires_at = None

    def __init__(
        self,
        url: str,
        bearer: str = "",
        *,
        video_kbps: int = MOST_KBPS,
        ice_servers: IceServers = none,
        private: bool = False,
        visit: Visit | None = None,
    ) -> None:
        """`private`: it may be on this machine or in its network. `visit`: who has named the address. Raises
        JoinRefused for an address or a token that cannot be used."""
        self._visit = visit
        self._address = address(url, private=private)
        self._private = private
        bearer = bearer.strip()
        if not (bearer.isascii() and all(character.isprintable() and character != " " for character in bearer)):
            raise JoinRefused("The bearer token has characters that no token has; copy it anew.")
        self._bearer = Secret(bearer) if bearer else None
        self._video_kbps = video_kbps
        self._ice_servers = ice_servers
        self._attempts = Attempts()

    async def open(self, media: Media, on_lost: Callable[[StageError], None]) -> WebRtcLeg:
        """Connect. Event loop. Raises StageError."""
        addresses = None if self._private else await self._looked_up()
        servers = await blocking(self._ice_servers)
        client = WhipClient(self._address, self._bearer, same_origin(self._address), ENDPOINT, addresses=addresses)
        return await self._attempts.publish(
            client,
            media,
            on_lost,
            video_kbps=self._video_kbps,
            ice_servers=servers,
            public_only=not self._private,
            visit=self._visit,
        )

    async def _looked_up(self) -> list[str]:
        try:
            return await reachable(self._address.raw_host.decode("ascii"), private=False, visit=self._visit)
        except NameUnknown:
            raise unreachable(ENDPOINT) from None
