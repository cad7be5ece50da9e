"""The library's index: which entry is whose, newest first, and what its prompt says.

It is a cache of the records that lie beside the pictures, so it may be lost; and it is the one place where threads and
processes agree, so that no content is removed while somebody keeps it. Each row holds the record itself, and beside it
only what is searched. A row is claimed before its picture is written, and shown only after.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from components.backgrounds.database import connection, reading, writing
from components.backgrounds.entries import Entry, write_record

MIGRATIONS = (
    (
        """CREATE TABLE entries (
            id TEXT PRIMARY KEY, hash TEXT NOT NULL, owner TEXT NOT NULL, created_at INTEGER NOT NULL,
            request_key TEXT, words TEXT NOT NULL, record TEXT NOT NULL,
            kept INTEGER NOT NULL, claimed_at REAL NOT NULL, deleted_at REAL
        )""",
        "CREATE VIEW shown AS SELECT * FROM entries WHERE kept = 1 AND deleted_at IS NULL",
        "CREATE VIEW due AS SELECT * FROM entries WHERE kept = 0 OR deleted_at IS NOT NULL",
        # With the words, so that a search reads the index alone; the last two for that, too.
        """CREATE INDEX newest ON entries (owner, created_at DESC, id DESC, words, kept, deleted_at)
            WHERE kept = 1 AND deleted_at IS NULL""",
        "CREATE INDEX same_request ON entries (owner, request_key, created_at) WHERE request_key IS NOT NULL",
        "CREATE INDEX same_content ON entries (hash)",
        "CREATE TABLE state (filled INTEGER NOT NULL)",
        "INSERT INTO state VALUES (0)",
    ),
)

COUNT = "SELECT count(*) FROM shown WHERE owner = ?"
PAGE = "SELECT record FROM shown WHERE owner = ? ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?"
SEARCH = "SELECT id, words FROM shown WHERE owner = ? ORDER BY created_at DESC, id DESC"
_INSERT = (
    "INSERT INTO entries (id, hash, owner, created_at, request_key, words, record, kept, claimed_at)"
    " VALUES (:id, :hash, :owner, :created_at, :request_key, :words, :record, :kept, :now)"
)


class Row(NamedTuple):
    """What is needed to find the files of an entry."""

    id: str
    hash: str


class Records(NamedTuple):
    """One page, how many there are on all pages, and whether this index has seen all records since it was made."""

    page: list[str]
    total: int
    is_filled: bool


class Index:
    """One SQLite file; every method is a short piece of work on any thread, times are seconds since 1970.

    Raises what `database.connection` raises.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def claim(self, entry: Entry, now: float) -> str | None:
        """From now on this entry's content is not removed. Returns the request key that the entry has had before."""
        row = _row(entry) | {"kept": 0, "now": now}
        with connection(self.path, MIGRATIONS) as db, writing(db):
            db.execute(f"{_INSERT} ON CONFLICT (id) DO UPDATE SET claimed_at = :now", row)
            found = db.execute("SELECT request_key FROM entries WHERE id = :id", row).fetchone()
        return None if found is None else found[0]

    def confirm(self, entry: Entry, now: float) -> None:
        """The files of a claimed entry are there: show it, also if it was deleted before."""
        row = _row(entry) | {"kept": 1, "now": now}
        names = ("created_at", "request_key", "words", "record", "kept", "claimed_at")
        changes = ", ".join(f"{name} = excluded.{name}" for name in names)
        with connection(self.path, MIGRATIONS) as db:
            db.execute(f"{_INSERT} ON CONFLICT (id) DO UPDATE SET {changes}, deleted_at = NULL", row)

    def page(self, owner: str, search: str, limit: int, offset: int) -> Records:
        """The records on one page, newest first."""
        wanted = set(_searchable(search).split())
        with connection(self.path, MIGRATIONS) as db, reading(db):
            is_filled = bool(db.execute("SELECT max(filled) FROM state").fetchone()[0])
            if not wanted:
                rows = db.execute(PAGE, (owner, limit, offset)).fetchall()
                return Records([row[0] for row in rows], db.execute(COUNT, (owner,)).fetchone()[0], is_filled)
            # In Python rather than with LIKE: no wildcards to escape, any number of words, and twice as fast.
            found = [row[0] for row in db.execute(SEARCH, (owner,)) if all(word in str(row[1]) for word in wanted)]
            one = "SELECT record FROM entries WHERE id = ?"
            records = [db.execute(one, (entry_id,)).fetchone()[0] for entry_id in found[offset : offset + limit]]
            return Records(records, len(found), is_filled)

    def by_request(self, owner: str, key: str) -> str | None:
        """The record of the newest entry that answered this request."""
        query = "SELECT record FROM shown WHERE owner = :owner AND request_key = :key ORDER BY created_at DESC"
        return self._one(query, owner=owner, key=key)

    def hide(self, entry: Entry, now: float) -> bool:
        """Delete, for the moment; False if it was not there."""
        query = "UPDATE entries SET deleted_at = :now, claimed_at = :now WHERE id = :id AND owner = :owner"
        return self._change(query + " AND kept = 1 AND deleted_at IS NULL", entry, now)

    def show(self, entry: Entry, now: float) -> bool:
        """Undo `hide`; False if it is too late."""
        query = "UPDATE entries SET deleted_at = NULL, claimed_at = :now WHERE id = :id AND owner = :owner"
        return self._change(query + " AND kept = 1", entry, now)

    def due(self, before: float) -> list[Row]:
        """What was deleted, or claimed and never confirmed, before that time."""
        with connection(self.path, MIGRATIONS) as db:
            return [Row(*row) for row in db.execute("SELECT id, hash FROM due WHERE claimed_at < ?", (before,))]

    def forget(self, row: Row, before: float, remove: Callable[[Row, bool], None]) -> None:
        """Remove a row for good, if it is still due, with its files: `remove(row, is the content unused now)`.

        Nobody can claim the content meanwhile, which makes writers wait while `remove` works, and what it raises leaves
        the row where it was.
        """
        with connection(self.path, MIGRATIONS) as db, writing(db):
            if db.execute("SELECT 1 FROM due WHERE id = ? AND claimed_at < ?", (row.id, before)).fetchone():
                db.execute("DELETE FROM entries WHERE id = ?", (row.id,))
                unused = db.execute("SELECT 1 FROM entries WHERE hash = ?", (row.hash,)).fetchone() is None
                remove(row, unused)

    def is_filled(self) -> bool:
        """As in `Records`."""
        return bool(self._one("SELECT filled FROM state"))

    def ids(self) -> dict[str, bool]:
        """All that are known, deleted ones too, and whether their files are there already."""
        with connection(self.path, MIGRATIONS) as db:
            return {row[0]: row[1] == 1 for row in db.execute("SELECT id, kept FROM entries")}

    def fill(self, new: Iterable[Entry], gone: Iterable[str], now: float) -> None:
        """Take in records that were not known, and leave out rows whose record is gone: nothing is missing any more."""
        with connection(self.path, MIGRATIONS) as db, writing(db):
            rows = [_row(entry) | {"kept": 1, "now": now} for entry in new]
            db.executemany(f"{_INSERT} ON CONFLICT (id) DO NOTHING", rows)
            db.executemany("DELETE FROM entries WHERE id = ?", [(entry_id,) for entry_id in gone])
            db.execute("UPDATE state SET filled = 1")

    def _one(self, query: str, **values: str) -> str | None:
        with connection(self.path, MIGRATIONS) as db:
            found = db.execute(query, values).fetchone()
        return None if found is None else found[0]

    def _change(self, query: str, entry: Entry, now: float) -> bool:
        with connection(self.path, MIGRATIONS) as db:
            return db.execute(query, {"id": entry.id, "owner": entry.owner, "now": now}).rowcount > 0


def _searchable(text: str) -> str:
    """Case and ways of writing the same letter aside; SQLite itself knows only the case of A to Z."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).replace("\0", " ")


def _row(entry: Entry) -> dict[str, str | int | float | None]:
    return {
        "id": entry.id,
        "hash": entry.hash,
        "owner": entry.owner,
        "created_at": round(entry.created_at.timestamp() * 1_000_000),
        "request_key": entry.request_key,
        "words": _searchable(f"{entry.prompt} {entry.name}"),
        "record": write_record(entry).decode(),
    }
