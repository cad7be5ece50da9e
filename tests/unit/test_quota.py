"""Limits of the library: the oldest goes out and its owner is told, pins stay, a full disk can be read and emptied."""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from components import disk
from components.backgrounds.index import Occupied
from components.backgrounds.library import UNDO, Details, Entry, Library
from components.backgrounds.quota import UNLIMITED, Quota, UploadBudget
from components.backgrounds.store import FolderStore
from components.errors import LibraryError
from tests.library_material import Clock, files, opened, png, prompted


@pytest.fixture
def clock() -> Clock:
    return Clock()


def limited(
    folder: Path,
    clock: Clock,
    mine: Occupied = UNLIMITED,
    total: Occupied = UNLIMITED,
    pinned: int = 9,
    shared: bool = False,
    uploads: UploadBudget | None = None,
) -> Library:
    root = folder / "backgrounds"
    store = FolderStore(root / "pictures", root / "unfinished")
    quota = Quota(mine, total, pinned)
    return Library(root, store, shared=shared, quota=quota, uploads=uploads, clock=clock)


def keep(library: Library, owner: str, *numbers: int) -> list[Entry]:
    return [library.keep(owner, png(number), prompted(f"number {number}")) for number in numbers]


def has(library: Library, owner: str) -> list[str]:
    return [entry.prompt for entry in library.find(owner).entries]


def test_of_one_visitors_pictures_the_oldest_goes_out_with_its_files_and_that_is_told(
    tmp_path: Path, clock: Clock
) -> None:
    library = limited(tmp_path, clock, Occupied(2, 2**40))
    others = keep(library, "bob", 9)
    first = keep(library, "ada", 1, 2, 3)[0]
    assert has(library, "ada") == ["number 3", "number 2"]
    assert not [path for path in files(tmp_path) if first.hash in path.name]
    assert library.find("bob").entries == tuple(others)
    keep(library, "ada", 4, 5)
    assert library.news("ada") == "The library is full. Your 2 oldest were removed to make place."
    assert library.news("ada") is None
    assert library.news("bob") is None


def test_bytes_are_limited_as_numbers_are(tmp_path: Path, clock: Clock) -> None:
    size = keep(limited(tmp_path / "try", clock), "ada", 1)[0].size
    library = limited(tmp_path, clock, Occupied(99, size * 2 + 40))
    keep(library, "ada", 1, 2, 3)
    assert has(library, "ada") == ["number 3", "number 2"]


def test_invented_names_do_not_help_against_the_limit_of_all(tmp_path: Path, clock: Clock) -> None:
    library = limited(tmp_path, clock, total=Occupied(3, 2**40))
    for number in range(8):
        keep(library, f"invented {number}", number)
    assert sum(len(has(library, f"invented {number}")) for number in range(8)) == 3
    assert library.find("invented 0").note is None  # That was told when it was looked for above.
    assert len([path for path in files(tmp_path) if path.suffix == ".json"]) == 3


def test_whose_picture_made_place_for_somebody_else_reads_it_in_the_library(tmp_path: Path, clock: Clock) -> None:
    library = limited(tmp_path, clock, total=Occupied(1, 2**40))
    keep(library, "ada", 1)
    keep(library, "bob", 2)
    note = library.find("ada").note
    assert note == "The library is full. Your oldest picture that was not pinned was removed to make place."


def test_a_pinned_picture_stays_also_over_a_lost_index_and_being_kept_again(tmp_path: Path, clock: Clock) -> None:
    library = limited(tmp_path, clock, Occupied(2, 2**40))
    (first,) = keep(library, "ada", 1)
    assert library.pin(first).pinned
    keep(library, "ada", 1)
    keep(library, "ada", 2, 3)
    assert has(library, "ada") == ["number 3", "number 1"]
    (tmp_path / "backgrounds" / "index.sqlite3").unlink()
    again = limited(tmp_path, clock, Occupied(2, 2**40))
    keep(again, "ada", 4)
    assert sorted(has(again, "ada")) == ["number 1", "number 4"]
    pinned = next(entry for entry in again.find("ada").entries if entry.pinned)
    again.pin(pinned, False)
    keep(again, "ada", 5)
    assert has(again, "ada") == ["number 5", "number 4"]


def test_where_all_is_pinned_nothing_is_kept_and_that_is_said(tmp_path: Path, clock: Clock) -> None:
    library = limited(tmp_path, clock, Occupied(1, 2**40))
    library.pin(keep(library, "ada", 1)[0])
    with pytest.raises(LibraryError, match="full, and everything in it is pinned; unpin or delete something"):
        keep(library, "ada", 2)
    assert has(library, "ada") == ["number 1"]
    assert len([path for path in files(tmp_path) if path.suffix == ".json"]) == 1
    library.delete(library.find("ada").entries[0])


def test_pins_are_limited(tmp_path: Path, clock: Clock) -> None:
    library = limited(tmp_path, clock, pinned=1)
    first, second = keep(library, "ada", 1, 2)
    library.pin(first)
    with pytest.raises(LibraryError, match="pinned 1 pictures, the most; unpin one first"):
        library.pin(second)
    library.pin(first, False)
    library.delete(second)
    with pytest.raises(LibraryError, match="no longer in the library"):
        library.pin(second)


def test_what_was_deleted_makes_place_before_what_is_shown(tmp_path: Path, clock: Clock) -> None:
    library = limited(tmp_path, clock, Occupied(2, 2**40))
    _, second = keep(library, "ada", 1, 2)
    library.delete(second)
    keep(library, "ada", 3)
    assert has(library, "ada") == ["number 3", "number 1"]
    assert library.news("ada") is None
    with pytest.raises(LibraryError, match="too long ago"):
        library.restore(second)


def test_a_shared_library_has_the_limit_of_all(tmp_path: Path, clock: Clock) -> None:
    library = limited(tmp_path, clock, Occupied(1, 1), Occupied(3, 2**40), shared=True)
    keep(library, "ada", 1, 2)
    keep(library, "bob", 3, 4)
    assert len(has(library, "anybody")) == 3


def test_an_index_of_before_counts_what_it_has(tmp_path: Path, clock: Clock) -> None:
    kept = keep(limited(tmp_path, clock), "ada", 1, 2)
    library = limited(tmp_path, clock, Occupied(2, 2**40))
    (tmp_path / "backgrounds" / "index.sqlite3").unlink()
    keep(library, "ada", 3)
    assert has(library, "ada") == ["number 3", kept[1].prompt]


def test_uploads_have_a_budget_by_the_day_for_each_and_for_all(tmp_path: Path, clock: Clock) -> None:
    size = keep(limited(tmp_path / "try", clock), "ada", 1)[0].size
    uploads = UploadBudget(tmp_path / "uploads.sqlite", per_owner=2 * size + 40, per_day=3 * size + 60, clock=clock)
    library = limited(tmp_path, clock, uploads=uploads)

    def upload(owner: str, number: int) -> Entry:
        return library.keep(owner, png(number), Details.uploaded("beach.png"))

    upload("ada", 1)
    upload("ada", 2)
    with pytest.raises(LibraryError, match="You have uploaded what may be kept in a day"):
        upload("ada", 3)
    upload("bob", 4)
    with pytest.raises(LibraryError, match="All visitors together have uploaded what may be kept in a day"):
        upload("invented", 5)
    keep(library, "ada", 6)  # What was generated has a budget of its own.
    clock.now += timedelta(days=1)
    upload("ada", 3)


def test_uploads_that_cannot_be_counted_are_not_kept(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "uploads.sqlite").write_bytes(b"no database" * 100)
    library = limited(tmp_path, clock, uploads=UploadBudget(tmp_path / "uploads.sqlite"))
    with pytest.raises(LibraryError, match="Uploads cannot be counted, so none is kept"):
        library.keep("ada", png(1), Details.uploaded("a"))


def test_the_last_free_space_is_not_taken(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "backgrounds"
    quota = Quota(free_bytes=10_000)
    library = Library(root, FolderStore(root / "pictures", root / "unfinished"), quota=quota, clock=clock)
    kept = keep(library, "ada", 1)[0]
    monkeypatch.setattr(disk, "free_and_total", lambda _: (9000, 10**12))
    with pytest.raises(LibraryError, match="the disk is nearly full; delete something"):
        keep(library, "ada", 2)
    assert library.read(kept)
    library.delete(kept)
    monkeypatch.setattr(disk, "free_and_total", lambda _: (9000, 50_000))  # A tenth of a small disk is enough.
    keep(library, "ada", 2)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own of 3 MB, where this machine lets one be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def noise(seed: int) -> bytes:
    """A picture as large as a photograph is."""
    buffer = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 255, (180, 320, 3), np.uint8)
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def fill(folder: Path) -> None:
    with (folder / "filler").open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while file.write(os.urandom(size)):
                    pass
            except OSError:
                continue


@pytest.mark.parametrize("reserve", [True, False])
def test_a_full_disk_can_be_read_and_emptied(small_disk: Path, clock: Clock, reserve: bool) -> None:
    library = opened(small_disk, clock)
    first, second = (library.keep("ada", noise(n), prompted(f"number {n}")) for n in (1, 2))
    if not reserve:  # As an earlier version of the program leaves it.
        (small_disk / "backgrounds" / "index.sqlite3-reserve").unlink()
    fill(small_disk)
    later = opened(small_disk, clock)
    assert has(later, "ada") == ["number 2", "number 1"]
    assert later.read(first)
    assert later.thumbnail(first)
    with pytest.raises(LibraryError, match="the disk is full"):
        keep(later, "ada", 3)
    later.delete(first)
    assert has(later, "ada") == ["number 2"]
    if reserve:
        later.restore(first)
        later.delete(first)
    later.delete(second)
    clock.now += UNDO
    later.purge()
    assert not [path for path in files(small_disk) if path.suffix in (".json", ".jpg")]
    (small_disk / "filler").unlink()
    keep(later, "ada", 3)
    assert has(later, "ada") == ["number 3"]


def test_a_disk_that_became_read_only_can_still_be_read(small_disk: Path, clock: Clock) -> None:
    library = opened(small_disk, clock)
    kept = keep(library, "ada", 1)[0]
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    later = opened(small_disk, clock)
    assert later.find("ada").entries == (kept,)
    assert later.read(kept)
    with pytest.raises(LibraryError, match="data folder cannot be written to"):
        keep(later, "ada", 2)
    with pytest.raises(LibraryError, match="data folder cannot be written to"):
        later.delete(kept)
