"""Keeps a stage's roster up to date while somebody looks at it. Quietly: by the events socket, by asking AWS where that
fails, or not at all."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import aclosing, suppress

from components.errors import StageError
from components.loops import call_on
from components.stage.blocking import blocking
from components.stage.events import EventsUnavailable, events_address, states
from components.stage.roster import Present
from components.stage.tokens import ParticipantToken

logger = logging.getLogger(__name__)

POLL_S = 5.0
"""ListParticipants and GetStage allow five calls a second for a whole account."""

BACKOFF_S = (1.0, 2.0, 5.0, 15.0, 60.0)
"""Pauses before the socket is tried again; the last one repeats."""

IDLE_S = 20.0
"""A page that is open looks once a second."""

Poll = Callable[[], tuple[Present, ...]]
"""Asks AWS, blocking: `partial(ivs.participants, arn)`. Raises StageError."""


class RosterWatch:
    """One stage's roster.

    The token may be the publisher's own: joining is this socket and publishing goes beside it, for the SDK as well. But
    not the one that a viewer's SDK joins with.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, token: ParticipantToken, events_url: str, poll: Poll | None = None
    ) -> None:
        """`events_url` is the setting; the token's own address is used instead if it is Amazon's."""
        self.token = token
        self._present: tuple[Present, ...] | None = None
        self._loop = loop
        self._events_url = events_url
        self._poll = poll
        self._looked_at = 0.0
        self._task: asyncio.Task[None] | None = None

    def look(self) -> tuple[Present, ...] | None:
        """Who publishes; None while that is not known. Any thread.

        The first look begins the watch, and without one for `IDLE_S` it ends: a page that is gone looks no more.
        """
        self._looked_at = time.monotonic()
        if self._task is None:
            call_on(self._loop, self._begin)
        return self._present

    async def close(self) -> None:
        """End; any number of times. Event loop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    def _begin(self) -> None:
        if self._task is None:
            self._task = asyncio.ensure_future(self._watch())

    async def _watch(self) -> None:
        following = asyncio.ensure_future(self._follow())
        try:
            while not following.done() and (idle := time.monotonic() - self._looked_at) < IDLE_S:
                await asyncio.wait({following}, timeout=IDLE_S - idle)
        finally:
            following.cancel()
            await asyncio.wait({following})
            # The next look begins anew.
            self._present = self._task = None
            if not following.cancelled():
                # The type alone: a handshake's text may repeat the token.
                surprise = type(following.exception()).__name__
                logger.error("Who is on the stage is not followed any more (%s)", surprise)

    async def _follow(self) -> None:
        failures = 0
        while True:
            heard, final = await self._listen()
            failures = 1 if heard else failures + 1
            pause = BACKOFF_S[min(failures, len(BACKOFF_S)) - 1]
            await self._ask_meanwhile(None if final else pause, keep=heard and not final)

    async def _listen(self) -> tuple[bool, bool]:
        """Follow the socket until it ends. Whether it said anything, and whether it is not worth another try."""
        heard = False
        url = events_address(self.token, self._events_url)
        if url is None:
            return False, True
        try:
            async with aclosing(states(url, self.token)) as news:
                async for self._present in news:
                    heard = True
        except EventsUnavailable as end:
            logger.info("The stage's events have ended (%s)", end)
            return heard, end.final
        return heard, False

    async def _ask_meanwhile(self, pause: float | None, keep: bool) -> None:
        """Ask AWS every `POLL_S` for so long, or for ever. Who was there is kept over the first, short pause."""
        if not keep:
            self._present = None
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                while True:
                    if self._poll is not None:
                        await self._ask(self._poll)
                    await asyncio.sleep(POLL_S)

    async def _ask(self, poll: Poll) -> None:
        try:
            self._present = await blocking(poll)
        except StageError as error:
            logger.info("Who is on the stage cannot be asked (%s)", type(error).__name__)
            self._present = None
