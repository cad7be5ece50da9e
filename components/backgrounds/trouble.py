"""What fails below the library, in one sentence for the page."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from components import database, disk
from components.backgrounds import store
from components.errors import LibraryError


@contextmanager
def telling(lead: str) -> Iterator[None]:
    """Turns what files, index and bucket raise into LibraryError: "<lead>: <reason>."."""
    try:
        yield
    except (OSError, sqlite3.Error, store.StoreTrouble, database.NewerDatabase, database.DamagedDatabase) as error:
        raise LibraryError(f"{lead}: {_reason(error)}.") from error


def _reason(error: Exception) -> str:
    match error:
        case OSError():
            return disk.reason(error)
        case sqlite3.Error():
            return database.reason(error)
        case database.NewerDatabase():
            return "the index was written by a later version of this program; update it"
        case database.DamagedDatabase():
            return "the index is damaged and could not be made again"
    return str(error)
