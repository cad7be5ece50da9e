"""How many tokens this app may make in a day: a public demo must not let strangers spend the owner's money.

The count is in a small file, so it survives a restart and holds across processes.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from components.errors import StageAccessRefused, StageError

logger = logging.getLogger(__name__)

PATIENCE_S = 5.0
"""How long one process waits for another that is just counting."""

Counted = Callable[[], AbstractContextManager[None]]
"""`with counted():` stands around the making of each token, stage or stream key, also for a reconnection."""


class Allowance:
    """So many tokens a day (UTC), publishers' and viewers' together. Any thread; blocks for a few milliseconds."""

    def __init__(self, path: Path, per_day: int, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._path = path
        self._per_day = per_day
        self._clock = clock

    @contextmanager
    def one(self) -> Iterator[None]:
        """Count one token, but for one that could not be made. Raises StageAccessRefused when none is left, or when it
        cannot be counted."""
        day = self._clock().astimezone(UTC).date().isoformat()
        try:
            granted = self._count(day)
        except (OSError, sqlite3.Error) as error:
            logger.warning("Tokens cannot be counted: %s", error)
            raise StageAccessRefused(
                f"Tokens cannot be counted, so none is made: check the disk and {self._path.name} in the data folder."
            ) from error
        if not granted:
            raise StageAccessRefused(
                f"All {self._per_day} tokens for today have been given out; there will be more from 00:00 UTC. "
                "Paste a token of your own, or use “This server”."
            )
        try:
            yield
        except StageError:
            self._give_back(day)
            raise

    def _count(self, day: str) -> bool:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._path, timeout=PATIENCE_S)) as db, db:
            db.execute("CREATE TABLE IF NOT EXISTS given (day TEXT PRIMARY KEY, count INTEGER NOT NULL)")
            # The limit is in the statement: two processes can never both take the last one.
            taken = db.execute(
                "INSERT INTO given SELECT :day, 1 WHERE :limit > 0"
                " ON CONFLICT (day) DO UPDATE SET count = count + 1 WHERE count < :limit",
                {"day": day, "limit": self._per_day},
            )
            return taken.rowcount > 0

    def _give_back(self, day: str) -> None:
        try:
            with closing(sqlite3.connect(self._path, timeout=PATIENCE_S)) as db, db:
                db.execute("UPDATE given SET count = count - 1 WHERE day = ?", (day,))
        except sqlite3.Error as error:
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
        except StageError:
            with self._lock:
                self._taken -= 1
            raise
