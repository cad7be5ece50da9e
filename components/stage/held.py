"""What a refusal means after a loss: one rule for every destination.

A server often notices later than we do that a connection is gone. Until then it turns the same person away: "already
publishing", "key in use", "conflict". The very same answers mean a wrong token or key to who joins for the first time.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from components.errors import StageBusy, StageError

HELD_SECONDS = 300.0
"""How long refusals are put down to our lost connection. Servers drop a silent one after 30 to 90 seconds; one that
refuses for longer means it."""


class Hold:
    """Remembers for one destination whether a connection has stood, and judges refusals by that. Event loop."""

    def __init__(self, *, held_seconds: float = HELD_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._held_seconds = held_seconds
        self._clock = clock
        self._has_stood = False
        self._refused_since: float | None = None

    def stands(self) -> None:
        """A connection stands: from now on a refusal may be about this one."""
        self._has_stood = True
        self._refused_since = None

    def judged(self, error: StageError, server: str) -> StageError:
        """The error to raise for a refusal: one that is worth another try while the server may still hold our stream.

        `server` begins the sentence: "The WHIP server", or a host's name.
        """
        if not (self._has_stood and error.perhaps_held):
            return error
        now = self._clock()
        self._refused_since = now if self._refused_since is None else self._refused_since
        if now - self._refused_since > self._held_seconds:
            return error
        return StageBusy(f"{server} still holds the stream that broke; trying again.")
