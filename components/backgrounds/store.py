"""Where the files of the library lie: the interface, and a folder. The bucket is in bucket.py."""

from __future__ import annotations

import os
import re
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from components.backgrounds.entries import RECORD_LIMIT, Entry

RECORD_NAME = re.compile(r"([0-9a-f]{64})\.([0-9a-f]{32})\.json")
PICTURE_NAME = re.compile(r"([0-9a-f]{64})\.jpg")


class StoreTrouble(Exception):
    """A store cannot do what it was asked; the text is the end of a sentence, without secrets."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a store holds: the contents, and the records by id with the content that each belongs to."""

    pictures: frozenset[str]
    records: Mapping[str, str]


class Store(Protocol):
    """Pictures by their hash, and beside each one the records of those who keep it.

    Any thread; blocks. Raises OSError and StoreTrouble.
    """

    near: bool
    """Whether `holds` costs next to nothing, so that it can be asked for every picture of a page."""

    def put(self, entry: Entry, picture: bytes, record: bytes) -> None:
        """Write both, the picture first; what is there already is written again."""

    def put_record(self, entry: Entry, record: bytes) -> None:
        """Write the record alone."""

    def picture(self, content: str) -> bytes:
        """The bytes as they lie there, not verified."""

    def holds(self, entry: Entry) -> bool:
        """Whether the picture is there in its full size."""

    def listing(self) -> Listing:
        """Everything that is there."""

    def record(self, content: str, entry_id: str) -> bytes:
        """One record, not verified."""

    def remove_record(self, content: str, entry_id: str) -> None:
        """Remove a record; fine if it is gone already."""

    def remove_picture(self, content: str) -> None:
        """Remove a picture that this index does not need, unless somebody else's record does."""

    def link(self, entry: Entry) -> str | None:
        """An address from which anybody who has it can fetch the picture, where there is such a thing."""


class FolderStore:
    """`<root>/<first two letters of the hash>/<hash>.jpg`, and beside it `<hash>.<entry id>.json`.

    A file appears whole or not at all: it is written in `unfinished`, on the same disk, and then moved.
    """

    near = True

    def __init__(self, root: Path, unfinished: Path) -> None:
        self._root = root
        self._unfinished = unfinished

    def put(self, entry: Entry, picture: bytes, record: bytes) -> None:
        write_whole(self._picture_path(entry.hash), picture, self._unfinished)
        self.put_record(entry, record)

    def put_record(self, entry: Entry, record: bytes) -> None:
        write_whole(self._record_path(entry.hash, entry.id), record, self._unfinished)

    def picture(self, content: str) -> bytes:
        return self._picture_path(content).read_bytes()

    def holds(self, entry: Entry) -> bool:
        with suppress(OSError):
            return self._picture_path(entry.hash).stat().st_size == entry.size
        return False

    def listing(self) -> Listing:
        names = [path.name for path in self._root.glob("??/*")]
        records = (RECORD_NAME.fullmatch(name) for name in names)
        pictures = (PICTURE_NAME.fullmatch(name) for name in names)
        return Listing(frozenset(m[1] for m in pictures if m), {m[2]: m[1] for m in records if m})

    def record(self, content: str, entry_id: str) -> bytes:
        with self._record_path(content, entry_id).open("rb") as file:
            return file.read(RECORD_LIMIT + 1)

    def remove_record(self, content: str, entry_id: str) -> None:
        self._record_path(content, entry_id).unlink(missing_ok=True)

    def remove_picture(self, content: str) -> None:
        picture = self._picture_path(content)
        if not any(picture.parent.glob(f"{content}.*.json")):
            picture.unlink(missing_ok=True)

    def link(self, entry: Entry) -> str | None:
        return None

    def _picture_path(self, content: str) -> Path:
        return self._root / content[:2] / f"{content}.jpg"

    def _record_path(self, content: str, entry_id: str) -> Path:
        return self._root / content[:2] / f"{content}.{entry_id}.json"


def write_whole(path: Path, data: bytes, unfinished: Path) -> None:
    """Write a file so that it is there whole or not at all, also after a power cut. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished.mkdir(parents=True, exist_ok=True)
    draft = unfinished / uuid.uuid4().hex
    try:
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def sweep(unfinished: Path, older_than_s: float = 3600.0) -> None:
    """Remove what a crash left unfinished; a younger file may be another process's, in the making."""
    oldest = time.time() - older_than_s
    for draft in unfinished.glob("*"):
        with suppress(OSError):
            if draft.stat().st_mtime < oldest:
                draft.unlink()
