"""An index that mends itself: set aside when it is damaged, filled from the records when it is new."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from components import database, disk
from components.backgrounds.entries import RECORD_LIMIT, Entry, read_record
from components.backgrounds.index import MIGRATIONS, Index
from components.backgrounds.store import Store, write_whole
from components.backgrounds.trouble import telling
from components.database import DamagedDatabase, is_damaged, set_aside
from components.errors import LibraryError

_log = logging.getLogger(__name__)

Result = TypeVar("Result")

AT_ONCE = 8
"""How many records are fetched at once; a bucket takes some 30 ms for each."""
RESERVED_BYTES = 131_072
"""What deleting on a full disk may need: a journal, and some pages that grow."""
PATIENCE_S = 60.0
"""How long a store that could not be listed is left alone."""


class Catalogue:
    """The index of one store. Any thread; `ask` and `rebuild` raise what `trouble.telling` translates."""

    def __init__(
        self, path: Path, store: Store, clock: Callable[[], float], give_up_cache: Callable[[], None] = lambda: None
    ) -> None:
        """`give_up_cache` makes some room on a full disk, by removing what can be made again."""
        self._index = Index(path)
        self._reserve = path.with_name(f"{path.name}-reserve")
        self._store = store
        self._clock = clock
        self._give_up_cache = give_up_cache
        self._mending = threading.Lock()
        self._filling = threading.Lock()
        self._trouble: tuple[float, str] | None = None

    def ask(self, work: Callable[[Index], Result], *, needed: bool = False) -> Result:
        """Do a piece of work with the index; once more with a new one if this one is damaged.

        `needed`: it must be done on a full disk, too, as it makes room there; then the reserve is given up for it.
        """
        try:
            return work(self._index)
        except (sqlite3.Error, OSError) as error:
            if not (needed and is_full(error)):
                raise
            return self._ask_on_full_disk(work)
        except DamagedDatabase:
            with self._mending:
                # Another thread or process may have been faster.
                if is_damaged(self._index.path, MIGRATIONS):
                    _log.warning("The library's index is damaged and set aside as %s", set_aside(self._index.path))
            return work(self._index)

    def reserve(self) -> None:
        """Lay some bytes aside for `ask` on a full disk; where there is no room, a later call may find some."""
        with suppress(OSError):
            if self._reserve.exists() or disk.free_and_total(self._reserve.parent)[0] < 4 * RESERVED_BYTES:
                return
            write_whole(self._reserve, os.urandom(RESERVED_BYTES), self._reserve.parent / "unfinished")

    def _ask_on_full_disk(self, work: Callable[[Index], Result]) -> Result:
        with suppress(OSError):
            self._reserve.unlink()
        try:
            return work(self._index)
        except (sqlite3.Error, OSError) as error:
            if not is_full(error):
                raise
        self._give_up_cache()
        return work(self._index)

    def fill(self) -> str | None:
        """Make sure that a new index has seen all records; a sentence if that cannot be done now."""
        if self.ask(Index.is_filled):
            return None
        with self._filling:
            if self._trouble and time.monotonic() < self._trouble[0]:
                return self._trouble[1]
            self._trouble = None
            if self.ask(Index.is_filled):
                return None
            try:
                with telling("Earlier pictures cannot be listed"):
                    self.rebuild()
            except LibraryError as error:
                self._trouble = (time.monotonic() + PATIENCE_S, str(error))
                return str(error)
        return None

    def rebuild(self) -> int:
        """Bring the index in line with what the store holds; returns how many records are of no use.

        Only what is not known yet is fetched. The useless are left where they are, and logged.
        """
        known = self.ask(Index.ids)  # First: what was kept before the listing must be in it.
        listing = self._store.listing()
        new = [(content, entry_id) for entry_id, content in listing.records.items() if entry_id not in known]
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="library") as threads:
            read = list(threads.map(lambda name: self._entry(*name), new))
        alone = {entry_id for entry_id, content in listing.records.items() if content not in listing.pictures}
        # Where asking costs nothing, the page itself tells which pictures are gone; elsewhere they are left out here.
        present = listing.records.keys() - (set() if self._store.near else alone)
        whole = [entry for entry in read if entry is not None and entry.id in present]
        gone = {entry_id for entry_id, is_kept in known.items() if is_kept} - present
        self.ask(lambda index: index.fill(whole, gone, self._clock()))
        damaged = {entry_id for (_, entry_id), entry in zip(new, read, strict=True) if entry is None}
        useless = len(alone | damaged)
        if useless:
            _log.warning("%d records in the library are damaged or without their picture, and passed over", useless)
        return useless

    def _entry(self, content: str, entry_id: str) -> Entry | None:
        """The entry in a record; None if it is damaged, or about something else than its name says."""
        try:
            record = self._store.record(content, entry_id)
            entry = read_record(record) if len(record) <= RECORD_LIMIT else None
        except (ValueError, FileNotFoundError):
            return None
        return entry if entry is not None and (entry.hash, entry.id) == (content, entry_id) else None


def is_full(error: Exception) -> bool:
    """Whether this says that the disk has no room left."""
    return database.is_full(error) or disk.is_full(error)
