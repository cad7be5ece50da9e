"""Keeps a stage's roster up to date: by the events socket, by asking AWS where that fails, or not at all. Quietly."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing, suppress

from components.errors import StageError
from components.stage.blocking import blocking
from components.stage.events import EventsUnavailable, events_address, states
from components.stage.roster import Present
from components.stage.tokens import ParticipantToken

logger = logging.getLogger(__name__)

POLL_S = 5.0
"""ListParticipants and GetStage allow five calls a second for a whole account."""

BACKOFF_S = (1.0, 2.0, 5.0, 15.0, 60.0)
"""Pauses before the socket is tried again; the last one repeats."""

Poll = Callable[[], tuple[Present, ...]]
"""Asks AWS, blocking: `partial(ivs.participants, arn)`. Raises StageError."""


class RosterWatch:
    """One stage's roster, from `start` to `close`.

    The token may be the publisher's own: the socket takes it as often as it comes (AWS's demos do so).
    """

    def __init__(self, token: ParticipantToken, events_url: str, poll: Poll | None = None) -> None:
        """`events_url` is the setting; the token's own address is used instead if it is Amazon's."""
        self.present: tuple[Present, ...] | None = None
        """Who publishes; None while that is not known. Any thread may read it."""
        self._token = token
        self._events_url = events_url
        self._poll = poll
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; any number of times. Event loop."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._watch(), name="stage-roster")

    async def close(self) -> None:
        """End; any number of times. Event loop."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self.present = None

    async def _watch(self) -> None:
        failures = 0
        while True:
            heard, final = await self._listen()
            failures = 1 if heard else failures + 1
            if final and self._poll is None:
                self.present = None
                return
            pause = BACKOFF_S[min(failures, len(BACKOFF_S)) - 1]
            await self._ask_meanwhile(None if final else pause, keep=heard)

    async def _listen(self) -> tuple[bool, bool]:
        """Follow the socket until it ends. Whether it said anything, and whether it is not worth another try."""
        heard = False
        url = events_address(self._token, self._events_url)
        if url is None:
            return False, True
        try:
            async with aclosing(states(url, self._token)) as news:
                async for self.present in news:
                    heard = True
        except EventsUnavailable as end:
            logger.info("The stage's events have ended (%s)", end)
            return heard, end.final
        return heard, False

    async def _ask_meanwhile(self, pause: float | None, keep: bool) -> None:
        """Ask AWS every `POLL_S` for so long, or for ever. Who was there is kept over the first, short pause."""
        if self._poll is None:
            self.present = self.present if keep else None
            await asyncio.sleep(pause or 0)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                while True:
                    await self._ask(self._poll)
                    await asyncio.sleep(POLL_S)

    async def _ask(self, poll: Poll) -> None:
        try:
            self.present = await blocking(poll)
        except StageError as error:
            logger.info("Who is on the stage cannot be asked (%s)", type(error).__name__)
            self.present = None
