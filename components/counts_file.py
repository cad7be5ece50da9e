"""Counts in a SQLite file: they survive a restart and hold across the processes of this machine.

A file that is deleted or replaced while the program runs gives nothing back: what was counted is remembered, and goes
into the new file.
"""

from __future__ import annotations

import copy
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from components import database, disk
from components.counts import CountsUnavailable, Day, Mark
from components.database import READ_SECONDS, WRITE_SECONDS, DamagedDatabase, NewerDatabase, connection, writing

Result = TypeVar("Result")

KEPT_DAYS = 30
"""Days that are kept. Days with counts, not days by the clock: one that jumps ahead and back loses nothing so."""

_MIGRATIONS = (
    (
        "CREATE TABLE spent (day TEXT NOT NULL, who TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (day, who))",
        "CREATE TABLE under_way (id TEXT PRIMARY KEY, who TEXT NOT NULL, process TEXT NOT NULL, since REAL NOT NULL)",
    ),
    (
        "CREATE TABLE made (id TEXT NOT NULL)",
        "INSERT INTO made VALUES (lower(hex(randomblob(16))))",
    ),
)

logger = logging.getLogger(__name__)


class FileCounts:
    """`Counts` in the file at `path`, which is made when it is first needed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._file = ""
        self._seen: dict[str, dict[str, int]] = {}

    def read(self, day: str) -> Mapping[str, int]:
        """The counts of a day, now."""
        with self._open(READ_SECONDS) as db:
            counts = _counts(db, day)
            self._note(_identity(db), day, counts)
        return counts

    def change(self, day: str, work: Callable[[Day], Result]) -> Result:
        """As in `Counts`."""
        with self._open(WRITE_SECONDS) as db:
            db.execute("PRAGMA synchronous = FULL")  # A power cut gives nothing back either.
            with writing(db):
                before = Day(_counts(db, day), _marks(db))
                after = copy.deepcopy(before)
                result = work(after)
                _write(db, day, before, after)
                identity = _identity(db)
            self._note(identity, day, after.counts)
        return result

    @contextmanager
    def _open(self, patience_seconds: float) -> Iterator[sqlite3.Connection]:
        try:
            with connection(self._path, _MIGRATIONS, patience_seconds) as db:
                self._carry_over(db)
                yield db
        except OSError as error:
            raise self._unavailable(error, disk.reason(error)) from error
        except sqlite3.Error as error:
            raise self._unavailable(error, database.reason(error)) from error
        except (DamagedDatabase, NewerDatabase) as error:
            raise self._unavailable(error, "its file is damaged, or of a later version") from error

    def _unavailable(self, error: Exception, reason: str) -> CountsUnavailable:
        logger.warning("%s cannot be used: %s: %s", self._path.name, type(error).__name__, error)
        if isinstance(error, disk.NoFileLocks):
            return CountsUnavailable(reason)
        return CountsUnavailable(f"check the disk and {self._path.name} in the data folder ({reason})")

    def _note(self, identity: str, day: str, counts: Mapping[str, int]) -> None:
        with self._lock:
            self._file = identity
            self._seen[day] = dict(counts)
            for old in sorted(self._seen)[:-KEPT_DAYS]:
                del self._seen[old]

    def _carry_over(self, db: sqlite3.Connection) -> None:
        """Write what was counted into a file that is not the one in which it was."""
        with self._lock:
            if self._file in ("", _identity(db)):
                return
            logger.warning("%s was replaced; what it had counted goes into the new one", self._path.name)
            with writing(db):
                for day, counts in self._seen.items():
                    for who, count in counts.items():
                        db.execute(
                            "INSERT INTO spent VALUES (?, ?, ?)"
                            " ON CONFLICT (day, who) DO UPDATE SET count = max(count, excluded.count)",
                            (day, who, count),
                        )
            self._file = _identity(db)


def _identity(db: sqlite3.Connection) -> str:
    return str(db.execute("SELECT id FROM made").fetchone()[0])


def _counts(db: sqlite3.Connection, day: str) -> dict[str, int]:
    return dict(db.execute("SELECT who, count FROM spent WHERE day = ?", (day,)).fetchall())


def _marks(db: sqlite3.Connection) -> dict[str, Mark]:
    return {row[0]: Mark(*row[1:]) for row in db.execute("SELECT id, who, process, since FROM under_way")}


def _write(db: sqlite3.Connection, day: str, before: Day, after: Day) -> None:
    changed = [(day, who, count) for who, count in after.counts.items() if before.counts.get(who) != count]
    db.executemany(
        "INSERT INTO spent VALUES (?, ?, ?) ON CONFLICT (day, who) DO UPDATE SET count = excluded.count", changed
    )
    gone = before.under_way.keys() - after.under_way.keys()
    db.executemany("DELETE FROM under_way WHERE id = ?", [(mark,) for mark in gone])
    new = [(name, mark) for name, mark in after.under_way.items() if name not in before.under_way]
    db.executemany(
        "INSERT INTO under_way VALUES (?, ?, ?, ?)", [(name, mark.who, mark.process, mark.since) for name, mark in new]
    )
    db.execute(
        "DELETE FROM spent WHERE day NOT IN (SELECT DISTINCT day FROM spent ORDER BY day DESC LIMIT ?)", (KEPT_DAYS,)
    )
