"""Who may generate how much: so many pictures a session, so many a day for the whole app, so many at once.

The counts are in a SQLite file, so they survive a restart and hold across processes. A picture is counted when it is
reserved and given back when nothing was billed, so a crash in between never makes room for one more. Days are UTC's.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from components.backgrounds.database import DamagedDatabase, NewerDatabase, connection, writing
from components.backgrounds.processes import THIS_PROCESS, has_ended
from components.errors import (
    AccessRefused,
    BudgetSpent,
    GenerationCancelled,
    GeneratorBusy,
    GeneratorUnreachable,
    ModelGone,
    PromptRejected,
)

NOT_BILLED = (PromptRejected, GenerationCancelled, AccessRefused, ModelGone, GeneratorBusy, GeneratorUnreachable)
"""Errors of a generator after which a picture is given back: it was not sent, or turned away before it was made."""

LEASE = timedelta(minutes=10)
"""After this a reservation is taken for one whose process has died, where that cannot be known: no generation takes as
long, its retries included."""

_log = logging.getLogger(__name__)

_MIGRATIONS = (
    (
        "CREATE TABLE spent (day TEXT NOT NULL, who TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (day, who))",
        "CREATE TABLE under_way (id TEXT PRIMARY KEY, who TEXT NOT NULL, process TEXT NOT NULL, since REAL NOT NULL)",
    ),
)
_APP = ""
_COUNT = (  # The limit is in the statement: two writers can never both take the last one.
    "INSERT INTO spent SELECT :day, :who, 1 WHERE :limit > 0"
    " ON CONFLICT (day, who) DO UPDATE SET count = count + 1 WHERE count < :limit"
)


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
    """The counts in the file at `path`. Sessions are opaque ids given by the caller. Any thread, several processes.

    Every call blocks for some milliseconds. Raises BudgetSpent also when the counts cannot be read or written: nothing
    is generated that cannot be counted.
    """

    def __init__(
        self,
        path: Path,
        *,
        per_session: int = 20,
        per_day: int = 200,
        at_once: int = 4,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._path = path
        self._per_session = per_session
        self._per_day = per_day
        self._at_once = at_once
        self._clock = clock

    def left(self, session: str) -> Left:
        """What is left now; another visitor may be faster."""
        who, day = _digest(session), _day(self._clock())
        with self._counts() as db:
            query = "SELECT who, count FROM spent WHERE day = ? AND who IN (?, ?)"
            rows = dict(db.execute(query, (day, _APP, who)).fetchall())
        return Left(
            session=max(0, self._per_session - rows.get(who, 0)),
            today=max(0, self._per_day - rows.get(_APP, 0)),
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
        with self._counts() as db, writing(db):
            self._check_under_way(db, who, now)
            if not _count(db, day, who, self._per_session):
                raise BudgetSpent(_all_spent(f"You have generated your {self._per_session} pictures for today", now))
            if not _count(db, day, _APP, self._per_day):
                raise BudgetSpent(_all_spent(f"All {self._per_day} pictures for today have been generated", now))
            db.execute("INSERT INTO under_way VALUES (?, ?, ?, ?)", (mark, who, THIS_PROCESS, now.timestamp()))
            db.execute("DELETE FROM spent WHERE day < ?", (_day(now - timedelta(days=2)),))
        return Reservation(lambda is_spent: self._settle(mark, who, day, is_spent))

    def _check_under_way(self, db: sqlite3.Connection, who: str, now: datetime) -> None:
        rows = db.execute("SELECT id, who, process, since FROM under_way").fetchall()
        gone = [row[0] for row in rows if now.timestamp() - row[3] > LEASE.total_seconds() or has_ended(row[2])]
        db.executemany("DELETE FROM under_way WHERE id = ?", [(mark,) for mark in gone])
        others = [row[1] for row in rows if row[0] not in gone]
        if who in others:
            raise GeneratorBusy(
                "A picture of yours is still being made, also one that you cancelled; try again when it is done."
            )
        if len(others) >= self._at_once:
            raise GeneratorBusy("Others are having pictures made just now; try again in a few seconds.")

    def _settle(self, mark: str, who: str, day: str, is_spent: bool) -> None:
        """Never fails: what cannot be written leaves the picture counted."""
        try:
            with self._counts() as db, writing(db):
                first = db.execute("DELETE FROM under_way WHERE id = ?", (mark,)).rowcount > 0
                if first and not is_spent:
                    db.execute("UPDATE spent SET count = count - 1 WHERE day = ? AND who IN (?, ?)", (day, who, _APP))
        except BudgetSpent as error:
            _log.warning("A reservation was not settled. %s", error)

    @contextmanager
    def _counts(self) -> Iterator[sqlite3.Connection]:
        try:
            with connection(self._path, _MIGRATIONS) as db:
                db.execute("PRAGMA synchronous = FULL")  # A power cut gives no picture back either.
                yield db
        except (OSError, sqlite3.Error, DamagedDatabase, NewerDatabase) as error:
            what = type(error).__name__ if isinstance(error, (DamagedDatabase, NewerDatabase)) else str(error)
            _log.warning("The counts of generated pictures: %s", what)
            advice = f"check the disk and {self._path.name} in the data folder"
            raise BudgetSpent(f"Pictures cannot be counted, so none is generated: {advice}.") from error


def _count(db: sqlite3.Connection, day: str, who: str, limit: int) -> bool:
    return db.execute(_COUNT, {"day": day, "who": who, "limit": limit}).rowcount > 0


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
