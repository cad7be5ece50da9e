"""The library with many at once, and with any words: nothing that was kept is lost."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.backgrounds import index
from components.backgrounds.entries import read_record
from components.backgrounds.library import UNDO, Details, Entry, Library, folder_library
from components.backgrounds.store import FolderStore, Listing
from tests.library_material import Clock, opened, png, prompted

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def library(tmp_path: Path, clock: Clock) -> Library:
    return opened(tmp_path, clock)


WORDS = st.text(max_size=60) | st.text(st.characters(min_codepoint=0x1F300, max_codepoint=0x1F6FF), max_size=1000)


@settings(max_examples=20, deadline=None)
@given(prompt=WORDS, negative=WORDS, name=WORDS)
def test_any_words_survive_the_disk_and_the_loss_of_the_index(
    tmp_path_factory: pytest.TempPathFactory, prompt: str, negative: str, name: str
) -> None:
    folder = tmp_path_factory.mktemp("library")
    library = opened(folder)
    details = Details(kind="generated", prompt=prompt, negative_prompt=negative, name=name)
    kept = library.keep("ada", png(1), details)
    assert (kept.prompt, kept.negative_prompt, kept.name) == (prompt, negative, name)
    assert library.find("ada", prompt).entries == (kept,)
    (folder / "backgrounds" / "index.sqlite3").unlink()
    assert opened(folder).find("ada", prompt).entries == (kept,)


@settings(max_examples=60, deadline=None)
@given(
    record=st.binary(max_size=300)
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: st.dictionaries(st.sampled_from(["id", "hash", "owner", "size", "kind"]), inner),
    ).map(lambda value: json.dumps(value).encode())
)
def test_nothing_but_a_record_is_read_as_one(record: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # Of pydantic or of the decoder, whichever is first.
        read_record(record)


def test_threads_keep_find_and_delete_at_once(tmp_path: Path) -> None:
    library, gate = folder_library(tmp_path), threading.Barrier(4)

    def visit(owner: str) -> None:
        gate.wait(10)
        mine: list[Entry] = []
        for step in range(4):
            mine.append(library.keep(owner, png(step), prompted(f"step {step}")))
            assert library.find(owner).total == len(mine)
            library.read(mine[-1])
        library.delete(mine[0])
        assert library.find(owner).entries == tuple(reversed(mine[1:]))

    with ThreadPoolExecutor(4) as visitors:
        list(visitors.map(visit, ["ada", "bob", "cy", "dee"]))


def test_what_is_kept_while_the_index_is_filled_stays(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, during = library.keep("ada", png(1), prompted("before")), []
    listing = FolderStore.listing

    def slow(store: FolderStore) -> Listing:
        found = listing(store)
        if not during:
            during.append(library.keep("ada", png(2), prompted("during")))
        return found

    monkeypatch.setattr(FolderStore, "listing", slow)
    library.rebuild()
    assert library.find("ada").entries == (during[0], before)


def test_a_keeper_whose_files_are_just_written_is_not_purged(
    library: Library, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ada keeps again what she deleted long ago, and another process purges in the middle of it."""
    library.delete(library.keep("ada", png(1), prompted("a")))
    library.delete(library.keep("bob", png(1), prompted("b")))
    put = FolderStore.put

    def interrupted(store: FolderStore, entry: Entry, picture: bytes, record: bytes) -> None:
        put(store, entry, picture, record)
        library.purge()

    clock.now += UNDO
    monkeypatch.setattr(FolderStore, "put", interrupted)
    kept = library.keep("ada", png(1), prompted("a"))
    assert library.find("ada").entries == (kept,)
    assert library.read(kept)


def test_a_purge_that_comes_too_late_takes_nothing(library: Library, clock: Clock) -> None:
    deleted = library.keep("ada", png(1), prompted("a"))
    library.delete(deleted)
    clock.now += UNDO
    kept = library.keep("ada", png(1), prompted("a"))
    row, before = index.Row(deleted.id, deleted.hash), clock.now.timestamp() - UNDO.total_seconds()
    library._forget(row, before)
    assert library.find("ada").entries == (kept,)
    library.delete(kept)
    library._forget(row, before)
    library.restore(kept)
    assert library.read(kept)


def test_a_picture_stays_while_a_record_that_a_new_index_has_not_seen_names_it(
    library: Library, clock: Clock, tmp_path: Path
) -> None:
    his = library.keep("bob", png(1), prompted("b"))
    (tmp_path / "backgrounds" / "index.sqlite3").unlink()
    library.delete(library.keep("ada", png(1), prompted("a")))
    clock.now += UNDO
    library.purge()
    assert library.find("bob").entries == (his,)
    assert library.read(his)


def test_what_is_being_kept_while_the_index_is_brought_in_line_stays(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Claimed before the records are listed, written after: it is not missing, only younger."""
    claimed, listed = threading.Event(), threading.Event()
    put, listing = FolderStore.put, FolderStore.listing

    def late(store: FolderStore, *what: object) -> None:
        claimed.set()
        assert listed.wait(10)
        put(store, *what)  # type: ignore[arg-type]

    with ThreadPoolExecutor(1) as visitor:

        def early(store: FolderStore) -> Listing:
            found = listing(store)
            listed.set()
            keeping.result(10)
            return found

        monkeypatch.setattr(FolderStore, "put", late)
        monkeypatch.setattr(FolderStore, "listing", early)
        keeping = visitor.submit(library.keep, "ada", png(1), prompted("a"))
        assert claimed.wait(10)
        library.rebuild()
    assert library.find("ada").entries == (keeping.result(),)


def test_a_content_that_one_process_purges_while_another_keeps_it_is_never_lost(tmp_path: Path) -> None:
    script = f"""
import sys
sys.path[:0] = [{str(ROOT)!r}]
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tests.library_material import opened, png, prompted
owner = sys.argv[1]
library = opened(Path({str(tmp_path)!r}), lambda: datetime.now(UTC))
for n in range(6):
    kept = library.keep(owner, png(n % 2), prompted("the same"))
    library.read(kept)
    library.delete(kept)
    for row in library._catalogue.ask(lambda index: index.due(9e9)):
        if row.id == kept.id:
            library._forget(row, 9e9)
kept = library.keep(owner, png(1), prompted("the last"))
library.read(kept)
"""
    runs = [
        subprocess.Popen([sys.executable, "-c", script, owner], cwd=ROOT, stderr=subprocess.PIPE)
        for owner in ("ada", "bob")
    ]
    said = [run.communicate(timeout=60)[1].decode() for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    for owner in ("ada", "bob"):
        page = opened(tmp_path).find(owner)
        assert (page.total, page.problems) == (1, 0)


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert [thread for thread in threading.enumerate() if thread not in before] == []
