"""One WHIP destination's attempts to publish, and what it remembers from one to the next. Event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from components.errors import StageError
from components.lookup import Visit
from components.stage.held import Hold
from components.stage.media import Media
from components.stage.webrtc_leg import IceServer, WebRtcLeg, publish
from components.stage.whip import Session, WhipClient

MOST_LEFT_BEHIND = 4
"""Sessions that are remembered for another DELETE. Each attempt whose own DELETE was lost leaves one."""

AGAIN_SECONDS, TIMES_AGAIN = 5.0, 18
"""How often they are deleted without an offer. After one and a half minutes servers have dropped them."""


class Attempts:
    """Publishes to one destination, again after each loss.

    When the network is cut the DELETE of the broken session is lost with it, so the server still holds the session and
    refuses a new one. Such sessions are deleted again before each offer, and refusals are judged by `Hold`.
    """

    def __init__(self) -> None:
        self._hold = Hold()
        self._left_behind: list[tuple[WhipClient, Session]] = []
        self._deleting: asyncio.Task[None] | None = None

    async def publish(
        self,
        client: WhipClient,
        media: Media,
        on_lost: Callable[[StageError], None],
        *,
        video_kbps: int,
        ice_servers: Sequence[IceServer],
        public_only: bool = False,
        visit: Visit | None = None,
    ) -> WebRtcLeg:
        """As `webrtc_leg.publish`."""
        await self._delete_again()
        try:
            leg = await publish(
                client,
                media,
                on_lost,
                video_kbps=video_kbps,
                ice_servers=ice_servers,
                public_only=public_only,
                visit=visit,
                on_left_behind=lambda session: self._remember(client, session),
            )
        except StageError as error:
            raise self._hold.judged(error, client.words.server) from None
        self._hold.stands()
        return leg

    def _remember(self, client: WhipClient, session: Session) -> None:
        # With the client that made it: its token goes to its own server.
        self._left_behind = [*self._left_behind, (client, session)][-MOST_LEFT_BEHIND:]
        if self._deleting is None or self._deleting.done():
            self._deleting = asyncio.ensure_future(self._keep_deleting())

    async def _keep_deleting(self) -> None:
        """Also for who has left while the network was cut, and joins again when it is back."""
        for _ in range(TIMES_AGAIN):
            await asyncio.sleep(AGAIN_SECONDS)
            await self._delete_again()
            if not self._left_behind:
                return

    async def _delete_again(self) -> None:
        """Delete them all at the same time, within one DELETE's time limit. Those that stay are tried next time."""
        left = self._left_behind
        gone = await asyncio.gather(*(client.delete(session) for client, session in left))
        deleted = [session for (_, session), is_gone in zip(left, gone, strict=True) if is_gone]
        # Another one may have come meanwhile.
        self._left_behind = [pair for pair in self._left_behind if pair[1] not in deleted]
