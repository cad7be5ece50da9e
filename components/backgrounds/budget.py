"""Who may generate how much: so many pictures a session, so many a day for the whole app, so many at once.

The counts (components/counts.py) survive a restart and hold across processes. A picture is counted when it is reserved
and given back when nothing was billed, so a crash in between never makes room for one more. Days are UTC's.
"""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from components.backgrounds.processes import THIS_PROCESS, has_ended
from components.counts import Counts, CountsUnavailable, Day, Mark
from components.counts_file import FileCounts
from components.errors import (
    AccessRefused,
    BudgetSpent,
    GenerationCancelled,
    GeneratorBusy,
    GeneratorUnreachable,
    ModelGone,
    PromptRejected,
)

NOT_BILLED = (
    PromptRejected,
    GenerationCancelled,
    AccessRefused,
    ModelGone,
    GeneratorBusy,
    GeneratorUnreachable,
    BudgetSpent,  # Of a background API, which counts for itself.
)
"""Errors of a generator after which a picture is given back: it was not sent, or turned away before it was made."""

LEASE = timedelta(minutes=10)
"""After this a reservation is taken for one whose process has died, where that cannot be known: no generation takes as
long, its retries included."""

logger = logging.getLogger(__name__)

_APP = ""
"""The name under which everybody's pictures are counted together."""


@dataclass(frozen=True, slots=True)
class Left:
    """How many pictures may still be generated, by this session and by the whole app, until 00:00 UTC."""

    session: int
    today: int


class Reservation:
    """One picture, counted already. Any thread; the first end counts.

    As a context manager it ends by itself: given back after an error of `NOT_BILLED`, spent after anything else.
    """

    def __init__(self, settle: Callable[[bool], None]) -> None:
        self._settle = settle

    def release(self) -> None:
        """It is over, and costs nothing: it was not sent, or turned away."""
        self._settle(False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._settle(not isinstance(error, NOT_BILLED))


class Budget:
    """The limits over `counts`. Sessions are opaque ids given by the caller. Any thread, several processes.

    Every call blocks for some milliseconds, or as long as a bucket takes. Raises BudgetSpent also when the counts
    cannot be read or written: nothing is generated that cannot be counted.
    """

    def __init__(
        self,
        counts: Counts | Path,
        *,
        per_session: int = 20,
        per_day: int = 200,
        at_once: int = 4,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`counts`: where they are, or the path of their file."""
        self._counts = FileCounts(counts) if isinstance(counts, Path) else counts
        self._per_session = per_session
        self._per_day = per_day
        self._at_once = at_once
        self._clock = clock

    def left(self, session: str) -> Left:
        """What is left now; another visitor may be faster."""
        with _telling():
            counts = self._counts.read(_day(self._clock()))
        return Left(
            session=max(0, self._per_session - counts.get(_digest(session), 0)),
            today=max(0, self._per_day - counts.get(_APP, 0)),
        )

    def reserve(self, session: str) -> Reservation:
        """Count one picture for this session before it is asked for.

        Raises BudgetSpent when none is left, and GeneratorBusy when this session has one under way, or as many are as
        may be at once.
        """
        if min(self._per_session, self._per_day) <= 0:
            raise BudgetSpent("No pictures are generated here; choose a scene or upload a picture.")
        now = self._clock()
        who, day, mark = _digest(session), _day(now), uuid.uuid4().hex

        def count(today: Day) -> None:
            self._check_under_way(today, who, now)
            if today.of(who) >= self._per_session:
                raise BudgetSpent(_all_spent(f"You have generated your {self._per_session} pictures for today", now))
            if today.of(_APP) >= self._per_day:
                raise BudgetSpent(_all_spent(f"All {self._per_day} pictures for today have been generated", now))
            today.add(who)
            today.add(_APP)
            today.under_way[mark] = Mark(who, THIS_PROCESS, now.timestamp())

        with _telling():
            self._counts.change(day, count)
        return Reservation(lambda is_spent: self._settle(mark, who, day, is_spent))

    def _check_under_way(self, today: Day, who: str, now: datetime) -> None:
        for mark, since in list(today.under_way.items()):
            if now.timestamp() - since.since > LEASE.total_seconds() or has_ended(since.process):
                del today.under_way[mark]
        others = [mark.who for mark in today.under_way.values()]
        if who in others:
            raise GeneratorBusy(
                "A picture of yours is still being made, also one that you cancelled; try again when it is done."
            )
        if len(others) >= self._at_once:
            raise GeneratorBusy("Others are having pictures made just now; try again in a few seconds.")

    def _settle(self, mark: str, who: str, day: str, is_spent: bool) -> None:
        """Never fails: what cannot be written leaves the picture counted."""

        def settle(today: Day) -> None:
            first = today.under_way.pop(mark, None) is not None
            if first and not is_spent:
                today.add(who, -1)
                today.add(_APP, -1)

        try:
            self._counts.change(day, settle)
        except CountsUnavailable as error:
            logger.warning("A reservation was not settled: %s", error)


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except CountsUnavailable as error:
        raise BudgetSpent(f"Pictures cannot be counted, so none is generated: {error}.") from error


def _all_spent(what: str, now: datetime) -> str:
    at = now.astimezone(UTC)
    midnight = (at + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    hours = round((midnight - at) / timedelta(hours=1))
    wait = "in less than an hour" if hours < 1 else "in about an hour" if hours == 1 else f"in about {hours} hours"
    return f"{what}. There will be more tomorrow from 00:00 UTC, {wait}; until then use a picture of the library."


def _day(now: datetime) -> str:
    return now.astimezone(UTC).date().isoformat()


def _digest(session: str) -> str:
    return hashlib.sha256(session.encode("utf-8", "replace")).hexdigest()
