"""One SQLite file, used by several threads and processes at once.

Connections live for one piece of work: none is shared between threads, none is left open, and a file that was set
aside is not written to behind everybody's back.

The journal is SQLite's plain one, not the write-ahead log: that needs a file of shared memory for each read, which a
full disk has no room for and a network disk cannot share. Readers wait for a writer only while it commits.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from components.disk import NO_LOCKS, NoFileLocks, remember_no_locks, require_locks

Migrations = Sequence[Sequence[str]]
"""The statements that lead from one version of the schema to the next; `PRAGMA user_version` counts the steps taken."""

READ_SECONDS = 1.0
"""How long a reader waits for a writer that commits: somebody looks at a page that does not go on meanwhile."""
WRITE_SECONDS = 5.0
"""How long a writer waits for another."""

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT)
_MAYBE_LOCKS = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
_SURELY_LOCKS = (
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOLFS,
    sqlite3.SQLITE_IOERR_LOCK,
    sqlite3.SQLITE_IOERR_UNLOCK,
    sqlite3.SQLITE_IOERR_RDLOCK,
    sqlite3.SQLITE_IOERR_CHECKRESERVEDLOCK,
    sqlite3.SQLITE_IOERR_SHMLOCK,
    sqlite3.SQLITE_IOERR_SHMMAP,
    sqlite3.SQLITE_IOERR_SHMOPEN,
)
_NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE)


class DamagedDatabase(Exception):
    """The file is no SQLite database, or a broken one."""


class NewerDatabase(Exception):
    """The file was written by a later version of this program."""


@contextmanager
def connection(
    path: Path, migrations: Migrations, patience_seconds: float = WRITE_SECONDS
) -> Iterator[sqlite3.Connection]:
    """The database at `path`, made or brought up to date where needed, in autocommit mode.

    `patience_seconds`: how long to wait for others. Raises DamagedDatabase, NewerDatabase, OSError (NoFileLocks for a
    disk without file locks) and sqlite3.Error, from the body too.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    require_locks(path.parent)
    try:
        with closing(sqlite3.connect(path, timeout=patience_seconds, isolation_level=None)) as db:
            _bring_up_to_date(db, migrations)
            yield db
    except sqlite3.DatabaseError as error:
        if _code(error) in _DAMAGED:
            raise DamagedDatabase(path.name) from error
        _blame_locks(error, path.parent)
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
    for journal in ("-journal", "-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            path.with_name(path.name + journal).replace(aside.with_name(aside.name + journal))
    return aside


def reason(error: sqlite3.Error) -> str:
    """What went wrong, as the end of a sentence."""
    code, extended = _code(error), _extended(error)
    if extended in _SURELY_LOCKS:
        return NO_LOCKS
    if is_full(error):
        return "the disk is full; delete something"
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return "the data folder cannot be written to; check its owner and rights, or set another DATA_DIR"
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return "another process is using the index; try again"
    return "the index failed; the disk may be full or broken"


def is_full(error: BaseException) -> bool:
    """Whether this says that the disk has no room left."""
    return isinstance(error, sqlite3.Error) and _extended(error) in _NO_ROOM


def _blame_locks(error: sqlite3.DatabaseError, folder: Path) -> None:
    """Raise NoFileLocks if that is what was behind an error, and not another process."""
    if _extended(error) in _SURELY_LOCKS:
        remember_no_locks(folder)
        raise NoFileLocks from error
    if _code(error) in _MAYBE_LOCKS:
        require_locks(folder, again=True)


def _bring_up_to_date(db: sqlite3.Connection, migrations: Migrations) -> None:
    version = _version(db)
    if version > len(migrations):
        raise NewerDatabase
    with suppress(sqlite3.OperationalError):  # An earlier version of this program is still using it.
        db.execute("PRAGMA journal_mode = DELETE")
    if version == len(migrations):
        return
    with writing(db):
        for step in migrations[_version(db) :]:
            for statement in step:
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {len(migrations)}")


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _extended(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0)


def _code(error: sqlite3.Error) -> int:
    return _extended(error) & 0xFF  # Without the extended part; -1 where Python itself raised.
