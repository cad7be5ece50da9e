"""A data folder that cannot be used: without file locks, read-only, missing, held by others. A sentence, at once."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from components import database, disk
from components.backgrounds.budget import Budget
from components.errors import BudgetSpent, LibraryError, StageAccessRefused, StudioError
from components.stage.allowance import Allowance
from tests.library_material import opened, png, prompted

Call = Callable[[Path], object]


def take_token(folder: Path) -> None:
    with Allowance(folder / "tokens.sqlite", 5).one():
        pass


CALLS: list[tuple[Call, type[StudioError]]] = [
    (lambda folder: opened(folder).find("ada"), LibraryError),
    (lambda folder: opened(folder).keep("ada", png(1), prompted("a")), LibraryError),
    (lambda folder: Budget(folder / "budget.sqlite").left("ada"), BudgetSpent),
    (lambda folder: Budget(folder / "budget.sqlite").reserve("ada"), BudgetSpent),
    (take_token, StageAccessRefused),
]


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL])
@pytest.mark.parametrize(("call", "kind"), CALLS)
def test_a_disk_without_file_locks_is_told_and_sqlite_never_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Call, kind: type[StudioError], number: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    def connect(*_: object, **__: object) -> None:
        raise AssertionError("SQLite would wait for the lock")

    monkeypatch.setattr("components.disk.fcntl.lockf", refuse)
    monkeypatch.setattr("components.database.sqlite3.connect", connect)
    with pytest.raises(kind, match=r"no file locks.*put DATA_DIR on a local disk"):
        call(tmp_path)


def test_a_disk_without_file_locks_is_asked_once_and_again_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def refuse(*_: object) -> None:
        asked.append(1)
        raise OSError(errno.ENOLCK, "No locks available")

    with monkeypatch.context() as broken:
        broken.setattr("components.disk.fcntl.lockf", refuse)
        for _ in range(5):
            with pytest.raises(LibraryError):
                opened(tmp_path).find("ada")
    assert len(asked) == 1
    with pytest.raises(LibraryError):
        opened(tmp_path).find("ada")
    monkeypatch.setattr(disk, "ASK_AGAIN_SECONDS", 0.0)
    assert opened(tmp_path).find("ada").total == 0


@pytest.mark.parametrize("code", database._SURELY_LOCKS)
def test_what_sqlite_says_about_missing_locks_is_told_apart_and_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def connect(*_: object, **__: object) -> None:
        error = sqlite3.OperationalError("locking protocol, or disk I/O error")
        error.sqlite_errorcode = code
        raise error

    with monkeypatch.context() as broken:
        broken.setattr("components.database.sqlite3.connect", connect)
        with pytest.raises(LibraryError, match="no file locks"):
            opened(tmp_path).find("ada")
    with pytest.raises(BudgetSpent, match="no file locks"):
        Budget(tmp_path / "backgrounds" / "budget.sqlite").left("ada")


def test_locks_that_vanish_later_are_told_apart_from_another_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To SQLite both are the same: "database is locked"."""
    library = opened(tmp_path)
    library.keep("ada", png(1), prompted("a"))

    def busy(*_: object, **__: object) -> None:
        error = sqlite3.OperationalError("database is locked")
        error.sqlite_errorcode = sqlite3.SQLITE_BUSY
        raise error

    monkeypatch.setattr("components.database.sqlite3.connect", busy)
    with pytest.raises(LibraryError, match="another process is using the index"):
        library.find("ada")

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("components.disk.fcntl.lockf", refuse)
    with pytest.raises(LibraryError, match="no file locks"):
        library.find("ada")


HOLD = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


def held(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_another_process_that_holds_the_index_is_waited_for_briefly_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = opened(tmp_path)
    kept = library.keep("ada", png(1), prompted("a"))
    waited: list[float] = []
    connect = sqlite3.connect

    def noting(*arguments: Any, **named: Any) -> sqlite3.Connection:
        waited.append(named["timeout"])
        return connect(*arguments, **named | {"timeout": 0.05})

    monkeypatch.setattr("components.database.sqlite3.connect", noting)
    with held(tmp_path / "backgrounds" / "index.sqlite3") as process:
        with pytest.raises(LibraryError, match="another process is using the index; try again"):
            library.find("ada")
        assert max(waited) <= 1
        process.communicate()
    assert library.find("ada").entries == (kept,)


def test_a_reader_does_not_wait_for_a_writer_at_work(tmp_path: Path) -> None:
    library = opened(tmp_path)
    kept = library.keep("ada", png(1), prompted("a"))
    path = tmp_path / "backgrounds" / "index.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        db.execute("UPDATE entries SET words = 'x'")
        assert library.find("ada").entries == (kept,)
        db.execute("ROLLBACK")


def test_an_index_of_an_earlier_version_with_a_write_ahead_log_is_taken_over(tmp_path: Path) -> None:
    library = opened(tmp_path)
    kept = library.keep("ada", png(1), prompted("a"))
    path = tmp_path / "backgrounds" / "index.sqlite3"
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
    db.close()
    assert library.find("ada").entries == (kept,)
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    db.close()


@pytest.mark.parametrize(("call", "kind"), CALLS)
def test_a_folder_that_cannot_be_made_is_a_sentence_for_each(
    tmp_path: Path, call: Call, kind: type[StudioError]
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(kind, match="data folder"):
        call(tmp_path / "file")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EROFS, "cannot be written"),
        (errno.ENOSPC, "the disk is full"),
        (errno.ESTALE, "does not answer; check the network"),
    ],
)
@pytest.mark.parametrize(("call", "kind"), CALLS)
def test_a_folder_that_cannot_be_used_is_a_sentence_for_each(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: Call,
    kind: type[StudioError],
    number: int,
    words: str,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("components.database.Path.mkdir", fail)
    with pytest.raises(kind, match=words):
        call(tmp_path)


def test_the_probe_leaves_nothing_behind(tmp_path: Path) -> None:
    disk.require_locks(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_room_is_told_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    free, total = disk.free_and_total(tmp_path / "not" / "yet")
    assert 0 < free <= total
