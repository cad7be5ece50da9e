"""The library's index: which entry is whose, newest first, and what its prompt says.

It is a cache of the records that lie beside the pictures, so it may be lost; and it is the one place where threads and
processes agree, so that no content is removed while somebody keeps it. Each row holds the record itself, and beside it
only what is searched. A row is claimed before its picture is written, and shown only after.
"""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from components.backgrounds.entries import Entry, write_record
from components.database import READ_SECONDS, connection, reading, writing

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
    (
        "ALTER TABLE entries ADD COLUMN size INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE entries ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0",
        """UPDATE entries SET size = CASE WHEN json_valid(record)
            THEN max(0, coalesce(CAST(json_extract(record, '$.size') AS INTEGER), 0)) ELSE 0 END""",
        # A row that was put out to make place for others has `claimed_at` 0: its files are as good as gone.
        "CREATE INDEX occupied ON entries (owner, size) WHERE claimed_at > 0",
        "CREATE INDEX oldest ON entries (created_at) WHERE claimed_at > 0 AND pinned = 0",
    ),
)

MAX_SEARCH_CHARACTERS = 200
MAX_CHARACTERS = 2_500
"""Of a prompt and a name together; 1,000 and 200 are what the page takes."""
STALE_SECONDS = 600.0
"""After this a claim that was not confirmed is one of a process that has died."""

COUNT = "SELECT count(*) FROM shown WHERE owner = ?"
PAGE = "SELECT record FROM shown WHERE owner = ? ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?"
SEARCH = "SELECT id, words FROM shown WHERE owner = ? ORDER BY created_at DESC, id DESC"
_INSERT = (
    "INSERT INTO entries"
    " (id, hash, owner, created_at, request_key, words, record, size, pinned, kept, claimed_at)"
    " VALUES (:id, :hash, :owner, :created_at, :request_key, :words, :record, :size, :pinned, :kept, :now)"
)
_OCCUPIED = "SELECT count(*), coalesce(sum(size), 0) FROM entries WHERE claimed_at > 0"
# What was deleted already goes first, then the oldest; never what is just being kept.
_NEXT_OUT = (
    "SELECT id, owner, size, kept AND deleted_at IS NULL FROM entries"
    " WHERE claimed_at > 0 AND pinned = 0 AND id != :id AND (:owner IS NULL OR owner = :owner)"
    " AND (kept = 1 OR claimed_at < :stale) ORDER BY deleted_at IS NULL, created_at, id LIMIT 1"
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


class Before(NamedTuple):
    """What an entry that is kept again has of the time before."""

    request_key: str | None
    pinned: bool


class Occupied(NamedTuple):
    """How many pictures there are and how many bytes they take, those counted too that can still be brought back."""

    pictures: int
    size: int


class Index:
    """One SQLite file; every method is a short piece of work on any thread, times are seconds since 1970.

    Raises what `database.connection` raises.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def claim(self, entry: Entry, now: float) -> Before:
        """From now on this entry's content is not removed. Returns what the entry has had before."""
        row = _row(entry) | {"kept": 0, "now": now}
        with connection(self.path, MIGRATIONS) as db, writing(db):
            db.execute(f"{_INSERT} ON CONFLICT (id) DO UPDATE SET claimed_at = :now", row)
            found = db.execute("SELECT request_key, pinned FROM entries WHERE id = :id", row).fetchone()
        return Before(found[0], bool(found[1]))

    def confirm(self, entry: Entry, now: float) -> None:
        """The files of a claimed entry are there: show it, also if it was deleted before."""
        row = _row(entry) | {"kept": 1, "now": now}
        names = ("created_at", "request_key", "words", "record", "size", "kept", "claimed_at")
        changes = ", ".join(f"{name} = excluded.{name}" for name in names)
        with connection(self.path, MIGRATIONS) as db:
            db.execute(f"{_INSERT} ON CONFLICT (id) DO UPDATE SET {changes}, deleted_at = NULL", row)

    def occupied(self, owner: str | None) -> Occupied:
        """What an owner takes, or all owners together."""
        with connection(self.path, MIGRATIONS, READ_SECONDS) as db:
            return _occupied(db, owner)

    def put_out(self, entry: Entry, owner: str | None, most: Occupied, now: float) -> list[str] | None:
        """Put out the oldest unpinned entries of an owner, or of all, until they take no more than `most`.

        Returns whose pictures they were, one for each that was still shown, and None where not enough can go: nothing
        has changed then. `entry` itself stays. The files go with the next `forget`.
        """
        with connection(self.path, MIGRATIONS) as db, writing(db):
            out, took = [], _occupied(db, owner)
            values = {"id": entry.id, "owner": owner, "stale": now - STALE_SECONDS}
            while took.pictures > most.pictures or took.size > most.size:
                found = db.execute(_NEXT_OUT, values).fetchone()
                if found is None:
                    db.execute("ROLLBACK")
                    db.execute("BEGIN IMMEDIATE")
                    return None
                row_id, whose, size, was_shown = found
                db.execute("UPDATE entries SET deleted_at = ?, claimed_at = 0 WHERE id = ?", (now, row_id))
                took = Occupied(took.pictures - 1, took.size - size)
                out += [whose] if was_shown else []
        return out

    def give_up(self, entry: Entry) -> None:
        """A claimed entry is not kept after all, unless it was there before."""
        with connection(self.path, MIGRATIONS) as db:
            db.execute("UPDATE entries SET claimed_at = 0 WHERE id = ? AND kept = 0", (entry.id,))

    def pin(self, entry: Entry, now: float) -> bool:
        """Write down whether an entry is pinned; False if it is not there."""
        query = "UPDATE entries SET pinned = :pinned, record = :record WHERE id = :id AND owner = :owner"
        with connection(self.path, MIGRATIONS) as db:
            row = _row(entry) | {"now": now}
            return db.execute(query + " AND kept = 1 AND deleted_at IS NULL", row).rowcount > 0

    def pinned(self, owner: str) -> int:
        """How many an owner has pinned."""
        with connection(self.path, MIGRATIONS, READ_SECONDS) as db:
            found = db.execute("SELECT count(*) FROM shown WHERE owner = ? AND pinned = 1", (owner,)).fetchone()
        return int(found[0])

    def page(self, owner: str, search: str, limit: int, offset: int) -> Records:
        """The records on one page, newest first."""
        wanted = set(_searchable(search[:MAX_SEARCH_CHARACTERS]).split())
        with connection(self.path, MIGRATIONS, READ_SECONDS) as db, reading(db):
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
        with connection(self.path, MIGRATIONS, READ_SECONDS) as db:
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
        with connection(self.path, MIGRATIONS, READ_SECONDS) as db:
            return {row[0]: row[1] == 1 for row in db.execute("SELECT id, kept FROM entries")}

    def fill(self, new: Iterable[Entry], gone: Iterable[str], now: float) -> None:
        """Take in records that were not known, and leave out rows whose record is gone: nothing is missing any more."""
        with connection(self.path, MIGRATIONS) as db, writing(db):
            rows = [_row(entry) | {"kept": 1, "now": now} for entry in new]
            db.executemany(f"{_INSERT} ON CONFLICT (id) DO NOTHING", rows)
            db.executemany("DELETE FROM entries WHERE id = ?", [(entry_id,) for entry_id in gone])
            db.execute("UPDATE state SET filled = 1")

    def _one(self, query: str, **values: str) -> str | None:
        with connection(self.path, MIGRATIONS, READ_SECONDS) as db:
            found = db.execute(query, values).fetchone()
        return None if found is None else found[0]

    def _change(self, query: str, entry: Entry, now: float) -> bool:
        with connection(self.path, MIGRATIONS) as db:
            return db.execute(query, {"id": entry.id, "owner": entry.owner, "now": now}).rowcount > 0


def _occupied(db: sqlite3.Connection, owner: str | None) -> Occupied:
    if owner is None:
        return Occupied(*db.execute(_OCCUPIED).fetchone())
    return Occupied(*db.execute(f"{_OCCUPIED} AND owner = ?", (owner,)).fetchone())


def _searchable(text: str) -> str:
    """Case and ways of writing the same letter aside; SQLite itself knows only the case of A to Z.

    One character may become eighteen, so that a text is cut before, not after.
    """
    text = text[:MAX_CHARACTERS]
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
        "size": entry.size,
        "pinned": int(entry.pinned),
    }
