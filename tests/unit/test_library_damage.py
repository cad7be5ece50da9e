"""What is broken in the library breaks nothing else: files, rows, the index, the disk."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from components import database
from components.backgrounds import index
from components.backgrounds.entries import RECORD_LIMIT, read_record, write_record
from components.backgrounds.generator import ImageRequest
from components.backgrounds.library import UNDO, Library, folder_library
from components.errors import LibraryError
from tests.library_material import Clock, files, opened, png, prompted


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def library(tmp_path: Path, clock: Clock) -> Library:
    return opened(tmp_path, clock)


@pytest.mark.parametrize("cut", [None, 10, 0])
def test_a_missing_or_cut_off_picture_is_skipped_and_reported(
    library: Library, tmp_path: Path, cut: int | None
) -> None:
    broken, whole = library.keep("ada", png(1), prompted("broken")), library.keep("ada", png(2), prompted("whole"))
    (path,) = tmp_path.rglob(f"pictures/*/{broken.hash}.jpg")
    if cut is None:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:cut])
    page = library.find("ada")
    assert page.entries == (whole,)
    assert page.problems == 1
    with pytest.raises(LibraryError, match="cannot be read"):
        library.read(broken)


def test_a_picture_with_a_wrong_byte_is_never_handed_out(library: Library, tmp_path: Path) -> None:
    kept = library.keep("ada", png(1), prompted("a"))
    (path,) = tmp_path.rglob("pictures/*/*.jpg")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(LibraryError, match="its file is damaged"):
        library.read(kept)
    library.keep("ada", png(1), prompted("a"))
    assert library.read(kept)


@pytest.mark.parametrize("value", ["{", "null", '{"id": 1}', b"\xff\xfe", 12, ""])
def test_a_damaged_row_is_skipped_and_reported(library: Library, tmp_path: Path, value: object) -> None:
    broken, whole = library.keep("ada", png(1), prompted("broken")), library.keep("ada", png(2), prompted("whole"))
    with closing(sqlite3.connect(tmp_path / "backgrounds" / "index.sqlite3")) as db, db:
        db.execute("UPDATE entries SET record = ? WHERE id = ?", (value, broken.id))
        db.execute("UPDATE entries SET words = x'00ff62726f6b656e' WHERE id = ?", (broken.id,))
    page = library.find("ada")
    assert (page.entries, page.problems, page.total) == ((whole,), 1, 2)
    assert library.find("ada", "whole").entries == (whole,)


def scribble(path: Path) -> None:
    path.write_bytes(b"scribble " * 900)


def tear(path: Path) -> None:
    """Break the pages of the tables, not the header."""
    data = path.read_bytes()
    path.write_bytes(data[:4096] + os.urandom(len(data) - 4096))


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("harm", [scribble, tear, empty, Path.unlink])
@pytest.mark.parametrize("reopened", [True, False])
def test_a_damaged_index_is_set_aside_and_made_again(
    library: Library, tmp_path: Path, harm: object, reopened: bool
) -> None:
    kept = [library.keep("ada", png(n), prompted(f"number {n}", seed=n)) for n in range(3)]
    path = tmp_path / "backgrounds" / "index.sqlite3"
    harm(path)  # type: ignore[operator]
    after = opened(tmp_path) if reopened else library
    assert after.find("ada").entries == tuple(reversed(kept))
    assert after.served("ada", ImageRequest("number 1", seed=1, model="stability.core")) == kept[1]
    assert after.find("bob").total == 0
    asides = [aside for aside in path.parent.glob("*damaged*") if not aside.name.endswith(("-wal", "-shm"))]
    assert len(asides) == (harm in (scribble, tear))


def test_a_damaged_index_does_not_keep_a_new_picture_from_being_kept(library: Library, tmp_path: Path) -> None:
    library.keep("ada", png(1), prompted("before"))
    scribble(tmp_path / "backgrounds" / "index.sqlite3")
    library.keep("ada", png(2), prompted("after"))
    assert [entry.prompt for entry in library.find("ada").entries] == ["after", "before"]


def test_threads_that_meet_a_damaged_index_set_one_aside(library: Library, tmp_path: Path) -> None:
    kept = library.keep("ada", png(1), prompted("a"))
    folder = tmp_path / "backgrounds"
    scribble(folder / "index.sqlite3")
    gate = threading.Barrier(4)

    def meet(place: index.Index) -> None:
        try:
            place.ids()
        except database.DamagedDatabase:
            gate.wait(10)
            raise

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: library._catalogue.ask(meet), range(4)))
    (aside,) = folder.glob("*damaged-*")
    assert aside.read_bytes().startswith(b"scribble")
    assert library.find("ada").entries == (kept,)


def test_an_index_is_set_aside_with_its_journals(tmp_path: Path) -> None:
    for end in ("", "-journal", "-wal", "-shm"):
        (tmp_path / f"index{end}").write_text(f"old{end}")
    aside = database.set_aside(tmp_path / "index")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        f"{aside.name}{end}": f"old{end}" for end in ("", "-journal", "-wal", "-shm")
    }


def test_records_that_are_damaged_or_lie_about_themselves_are_passed_over(library: Library, tmp_path: Path) -> None:
    kept = [library.keep("ada", png(n), prompted(f"number {n}")) for n in range(5)]
    records = {path.name: path for path in tmp_path.rglob("pictures/*/*.json")}
    by_entry = [records[f"{entry.hash}.{entry.id}.json"] for entry in kept]
    by_entry[0].write_bytes(b"{")
    by_entry[1].write_bytes(write_record(kept[2]))
    by_entry[2].write_bytes(write_record(kept[2]).ljust(RECORD_LIMIT + 1))
    by_entry[3].with_name(f"{kept[3].hash}.jpg").unlink()
    (tmp_path / "backgrounds" / "index.sqlite3").unlink()
    page = library.find("ada")
    assert (page.entries, page.problems) == ((kept[4],), 1)
    assert library.rebuild() == 4


def test_a_record_names_no_file_outside(library: Library) -> None:
    kept = json.loads(write_record(library.keep("ada", png(1), prompted("a"))))
    for field, value in (
        ("hash", "../../etc/passwd"),
        ("id", "../x"),
        ("size", 0),
        ("created_at", "2026-01-01T00:00:00"),
    ):
        with pytest.raises(ValueError, match=field):
            read_record(json.dumps(kept | {field: value}))


def test_a_rebuild_takes_in_what_another_machine_kept_and_drops_what_is_gone(library: Library, tmp_path: Path) -> None:
    first = library.keep("ada", png(1), prompted("first"))
    index_path = tmp_path / "backgrounds" / "index.sqlite3"
    shutil.copy(index_path, tmp_path / "earlier")
    second = library.keep("ada", png(2), prompted("second"))
    shutil.copy(tmp_path / "earlier", index_path)
    assert library.rebuild() == 0
    assert library.find("ada").entries == (second, first)
    for path in tmp_path.rglob(f"pictures/*/{first.hash}.*"):
        path.unlink()
    assert library.rebuild() == 0
    page = library.find("ada")
    assert (page.entries, page.problems) == ((second,), 0)


def test_a_newer_index_is_left_alone(library: Library, tmp_path: Path) -> None:
    library.keep("ada", png(1), prompted("a"))
    with closing(sqlite3.connect(tmp_path / "backgrounds" / "index.sqlite3")) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(LibraryError, match="later version"):
        library.find("ada")


@pytest.mark.parametrize(
    ("number", "words"), [(errno.ENOSPC, "the disk is full"), (errno.EROFS, "cannot be written"), (errno.EIO, "EIO")]
)
def test_a_disk_that_takes_nothing_is_a_sentence_and_leaves_no_trace(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    earlier = library.keep("ada", png(1), prompted("earlier"))
    before = files(tmp_path)

    def full(_: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as broken:
        broken.setattr("components.backgrounds.store.os.fsync", full)
        with pytest.raises(LibraryError, match=f"^The picture was not kept: .*{words}") as error:
            library.keep("ada", png(2), prompted("one more"))
    assert str(tmp_path) not in str(error.value)
    assert files(tmp_path) == before
    assert library.find("ada").entries == (earlier,)
    assert library.find("ada").total == 1
    library.keep("ada", png(2), prompted("one more"))
    assert library.find("ada").total == 2


def keep_many(library: Library, number: int) -> None:
    for n in range(number):
        library.keep("ada", png(n), prompted("word " * 190))


def test_an_index_that_takes_nothing_is_a_sentence(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.keep("ada", png(1), prompted("earlier"))
    bring_up_to_date = database._bring_up_to_date

    def full(db: sqlite3.Connection, migrations: database.Migrations) -> None:
        bring_up_to_date(db, migrations)
        db.execute("PRAGMA max_page_count = 1")  # SQLite itself now finds the disk full.

    monkeypatch.setattr(database, "_bring_up_to_date", full)
    with pytest.raises(LibraryError, match="not kept: the disk is full"):
        keep_many(library, 40)
    assert library.find("ada").total >= 1


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    library = folder_library(tmp_path / "file")
    for call in (
        lambda: library.keep("ada", png(1), prompted("a")),
        lambda: library.find("ada"),
        lambda: library.served("ada", ImageRequest("a", seed=1, model="m")),
        library.rebuild,
    ):
        with pytest.raises(LibraryError, match=r"^[A-Z].*the data folder cannot be written to or read\.$"):
            call()


def test_a_crash_between_the_claim_and_the_files_is_cleared_away(
    library: Library, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as crash:
        crash.setattr(index.Index, "confirm", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            library.keep("ada", png(1), prompted("half kept"))
    assert library.find("ada").total == 0
    assert files(tmp_path) != []
    clock.now += UNDO
    library.purge()
    assert [path for path in files(tmp_path) if "thumbnails" not in path.parts] == []


def test_drafts_of_a_crash_are_swept_and_those_in_the_making_are_not(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "backgrounds" / "unfinished"
    folder.mkdir(parents=True)
    (folder / "old").write_bytes(b"x")
    (folder / "new").write_bytes(b"x")
    os.utime(folder / "old", (0, 0))
    library.find("ada")
    assert [path.name for path in folder.iterdir()] == ["new"]


def test_the_page_is_found_by_the_index_without_sorting(library: Library, tmp_path: Path) -> None:
    library.keep("ada", png(1), prompted("a"))
    with closing(sqlite3.connect(tmp_path / "backgrounds" / "index.sqlite3")) as db:
        plans = {}
        for query in (index.COUNT, index.PAGE, index.SEARCH):
            rows = db.execute(f"EXPLAIN QUERY PLAN {query}", ("x", 1, 0)[: query.count("?")])
            plans[query] = " ".join(row[3] for row in rows)
    assert plans == {
        index.COUNT: "SEARCH entries USING COVERING INDEX newest (owner=?)",
        index.PAGE: "SEARCH entries USING INDEX newest (owner=?)",
        index.SEARCH: "SEARCH entries USING COVERING INDEX newest (owner=?)",
    }
