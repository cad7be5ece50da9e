"""How many tokens this app may make in a day: a public demo must not let strangers spend the owner's money.

The count is in a small file, so it survives a restart and holds across processes.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from components.errors import StageAccessRefused

logger = logging.getLogger(__name__)

PATIENCE_S = 5.0
"""How long one process waits for another that is just counting."""


class Allowance:
    """So many tokens a day (UTC), publishers' and viewers' together. Any thread; blocks for a few milliseconds."""

    def __init__(self, path: Path, per_day: int, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._path = path
        self._per_day = per_day
        self._clock = clock

    def take(self) -> None:
        """Count one token. Raises StageAccessRefused when none is left, or when it cannot be counted."""
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
