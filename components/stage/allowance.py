"""How many tokens this app may make in a day: a public demo must not let strangers spend the owner's money.

The count (components/counts.py) survives a restart and holds across processes.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from components.counts import Counts, CountsUnavailable, Day
from components.counts_file import FileCounts
from components.errors import BadStageAnswer, StageAccessRefused, StageError, StageUnanswered

logger = logging.getLogger(__name__)

MAYBE_MADE = (StageUnanswered, BadStageAnswer)
"""Errors after which a token may have been made all the same, so that it stays counted."""

_ALL = ""
"""The name under which all are counted."""

Counted = Callable[[], AbstractContextManager[None]]
"""`with counted():` stands around the making of each token, stage or stream key, also for a reconnection."""


class Allowance:
    """So many tokens a day (UTC), publishers' and viewers' together. Any thread; blocks for a few milliseconds, or as
    long as a bucket takes. `counts`: where they are, or the path of their file."""

    def __init__(
        self, counts: Counts | Path, per_day: int, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._counts = FileCounts(counts) if isinstance(counts, Path) else counts
        self._per_day = per_day
        self._clock = clock

    @contextmanager
    def one(self) -> Iterator[None]:
        """Count one token, but for one that was surely not made. Raises StageAccessRefused when none is left, or when
        it cannot be counted."""
        day = self._clock().astimezone(UTC).date().isoformat()
        try:
            granted = self._counts.change(day, self._take)
        except CountsUnavailable as error:
            raise StageAccessRefused(f"Tokens cannot be counted, so none is made: {error}.") from error
        if not granted:
            raise StageAccessRefused(
                f"All {self._per_day} tokens for today have been given out; there will be more from 00:00 UTC. "
                "Paste a token of your own, or use “This server”."
            )
        try:
            yield
        except StageError as error:
            if not isinstance(error, MAYBE_MADE):
                self._give_back(day)
            raise

    def _take(self, today: Day) -> bool:
        if today.of(_ALL) >= self._per_day:
            return False
        today.add(_ALL)
        return True

    def _give_back(self, day: str) -> None:
        try:
            self._counts.change(day, lambda today: today.add(_ALL, -1))
        except CountsUnavailable as error:
            logger.warning("A token that was not made stays counted: %s", error)


class Share:
    """One visit's part of the day's tokens: nobody can use up everybody's. Any thread."""

    def __init__(self, allowance: Allowance, most: int) -> None:
        self._allowance = allowance
        self._most = most
        self._lock = threading.Lock()
        self._taken = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """As `Allowance.one`, and no more than this visit's part."""
        with self._lock:
            if self._taken >= self._most:
                raise StageAccessRefused(
                    f"This visit has had its {self._most} tokens. Paste a token of your own, or use “This server”."
                )
            self._taken += 1
        try:
            with self._allowance.one():
                yield
        except StageError as error:
            if not isinstance(error, MAYBE_MADE):
                with self._lock:
                    self._taken -= 1
            raise
