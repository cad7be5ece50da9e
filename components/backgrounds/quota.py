"""How much a library may hold, so that strangers can neither fill the disk nor run up the owner's bill.

Names of owners cost nothing to invent, so that the limits for each of them are for fairness; those for all together,
what may be uploaded in a day, and the free space that is left hold against everybody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from components import disk
from components.backgrounds.index import Occupied
from components.counts import Counts, CountsUnavailable, Day
from components.counts_file import FileCounts
from components.errors import LibraryError

UNLIMITED = Occupied(2**62, 2**62)
MEGABYTE = 1_000_000
_ALL = ""


@dataclass(frozen=True, slots=True)
class Quota:
    """Limits of a library: for each owner, for all, how many an owner may pin, and the bytes that stay free on the
    disk, or a tenth of the disk if that is less."""

    owner: Occupied = UNLIMITED
    total: Occupied = UNLIMITED
    pinned: int = UNLIMITED.pictures
    free_bytes: int = 0

    @property
    def counts(self) -> bool:
        """Whether what is kept must be counted."""
        return (self.owner, self.total) != (UNLIMITED, UNLIMITED)

    def require_free(self, folder: Path, size: int) -> None:
        """Raise LibraryError where a picture of that size would take the last free space. Raises OSError."""
        if self.free_bytes == 0:
            return
        free, total = disk.free_and_total(folder)
        if free - size < min(self.free_bytes, total // 10):
            raise LibraryError(
                "The picture was not kept: the disk is nearly full; delete something, or ask whoever runs this server."
            )


class UploadBudget:
    """So many bytes a day (UTC) that may be uploaded into the library, by each owner and by all. Any thread; blocks."""

    def __init__(
        self,
        counts: Counts | Path,
        *,
        per_owner: int = 200 * MEGABYTE,
        per_day: int = 1000 * MEGABYTE,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`counts`: where they are, or the path of their file."""
        self._counts = FileCounts(counts) if isinstance(counts, Path) else counts
        self._per_owner = per_owner
        self._per_day = per_day
        self._clock = clock

    def spend(self, owner: str, size: int) -> None:
        """Count an upload before it is kept. Raises LibraryError where it is too much, or cannot be counted."""

        def count(today: Day) -> None:
            if today.of(owner) + size > self._per_owner:
                raise LibraryError(_spent("You have uploaded", self._per_owner))
            if today.of(_ALL) + size > self._per_day:
                raise LibraryError(_spent("All visitors together have uploaded", self._per_day))
            today.add(owner, size)
            today.add(_ALL, size)

        try:
            self._counts.change(self._clock().astimezone(UTC).date().isoformat(), count)
        except CountsUnavailable as error:
            raise LibraryError(f"Uploads cannot be counted, so none is kept: {error}.") from error


def _spent(who: str, most: int) -> str:
    return f"{who} what may be kept in a day ({most // MEGABYTE} MB); there will be more from 00:00 UTC."
