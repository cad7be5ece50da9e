"""One SQLite file, used by several threads and processes at once.

Connections live for one piece of work: none is shared between threads, none is left open, and a file that was set
aside is not written to behind everybody's back. In WAL mode readers never wait for a writer.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

Migrations = Sequence[Sequence[str]]
"""The statements that lead from one version of the schema to the next; `PRAGMA user_version` counts the steps taken."""

BUSY_S = 10.0
"""How long a writer waits for another."""

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT)


class DamagedDatabase(Exception):
    """The file is no SQLite database, or a broken one."""


class NewerDatabase(Exception):
    """The file was written by a later version of this program."""


@contextmanager
def connection(path: Path, migrations: Migrations) -> Iterator[sqlite3.Connection]:
    """The database at `path`, made or brought up to date where needed, in autocommit mode.

    Raises DamagedDatabase, NewerDatabase, OSError and sqlite3.Error, from the body too.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)) as db:
            _bring_up_to_date(db, migrations)
            yield db
    except sqlite3.DatabaseError as error:
        if _code(error) in _DAMAGED:
            raise DamagedDatabase(path.name) from error
        raise


@contextmanager
def reading(db: sqlite3.Connection) -> Iterator[None]:
    """All that is read is of one moment."""
    db.execute("BEGIN")
    try:
        yield
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


@contextmanager
def writing(db: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, and nobody else writes meanwhile."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # Some errors, such as a full disk, have ended it already.
            db.execute("ROLLBACK")
        raise


def is_damaged(path: Path, migrations: Migrations) -> bool:
    """Whether the whole file, read through, turns out broken."""
    try:
        with connection(path, migrations) as db:
            return bool(db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok")
    except DamagedDatabase:
        return True


def set_aside(path: Path) -> Path:
    """Rename the database, so that a new one can take its place; its journals go with it, for they belong to it."""
    aside = path.with_name(f"{path.name}.damaged-{time.time_ns()}")
    for journal in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            path.with_name(path.name + journal).replace(aside.with_name(aside.name + journal))
    return aside


def reason(error: sqlite3.Error) -> str:
    """What went wrong, as the end of a sentence."""
    code = _code(error)
    if code == sqlite3.SQLITE_FULL:
        return "the disk is full"
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return "the data folder cannot be written to"
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return "another process is using the index; try again"
    return "the index failed; the disk may be full or broken"


def _bring_up_to_date(db: sqlite3.Connection, migrations: Migrations) -> None:
    version = _version(db)
    if version > len(migrations):
        raise NewerDatabase
    if version == len(migrations):
        return
    with suppress(sqlite3.OperationalError):  # Locked: another process is just doing the same.
        db.execute("PRAGMA journal_mode = WAL")
    with writing(db):
        for step in migrations[_version(db) :]:
            for statement in step:
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {len(migrations)}")


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF  # Without the extended part; -1 where Python itself raised.
