"""Where pictures are kept: each visitor's generated and uploaded backgrounds, found again by what was asked for.

Files are in a folder or a bucket (store.py, bucket.py). An index on this machine finds them (index.py), and is made
again from the records beside them when it is lost or damaged (catalogue.py). Whatever fails, what is on screen stays.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from components.backgrounds.catalogue import Catalogue, is_full
from components.backgrounds.entries import (
    Details,
    Entry,
    entry_of,
    owner_digest,
    read_record,
    request_key,
    write_record,
)
from components.backgrounds.generator import ImageRequest
from components.backgrounds.index import Index, Row
from components.backgrounds.jpeg import Print, print_of, print_of_pixels
from components.backgrounds.pictures import Pixels
from components.backgrounds.quota import UNLIMITED, Quota, UploadBudget
from components.backgrounds.store import FolderStore, Store, sweep
from components.backgrounds.thumbnails import Thumbnails
from components.backgrounds.trouble import telling
from components.errors import LibraryError

__all__ = ["UNDO", "Details", "Entry", "Library", "Page", "bucket_library", "folder_library"]

_log = logging.getLogger(__name__)

UNDO = timedelta(minutes=10)
"""How long a deleted picture can be brought back."""
MOST_ON_A_PAGE = 200

_NOT_KEPT = "The picture was not kept"
_NOT_READ = "The picture cannot be read"
_NO_ANSWER = "The library cannot be searched"
_NOT_DELETED = "The picture was not deleted"


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first; how many there are on all pages; how many of this page are damaged and left out; and a
    sentence for the page where earlier pictures cannot be listed."""

    entries: tuple[Entry, ...]
    total: int
    problems: int = 0
    note: str | None = None


class Library:
    """The pictures of all visitors; each sees their own, or everybody all that was kept under `shared`.

    Owners are random strings given by the caller. Any thread, several processes; everything blocks, for milliseconds on
    a disk and for seconds on a bucket: never call it on the event loop. Everything raises LibraryError with a sentence.
    """

    def __init__(
        self,
        folder: Path,
        store: Store,
        *,
        shared: bool = False,
        quota: Quota | None = None,
        uploads: UploadBudget | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`folder` is for what belongs to this machine: the index and the thumbnails. Touches nothing yet. Without
        `quota` and `uploads` there are no limits."""
        self._clock = clock
        self._folder = folder
        self._quota = quota or Quota()
        self._uploads = uploads
        self._news = News()
        self._unfinished = folder / "unfinished"
        self._thumbnails = Thumbnails(folder / "thumbnails", self._unfinished)
        self._catalogue = Catalogue(folder / "index.sqlite3", store, self._now, self._thumbnails.clear)
        self._store = store
        self._shared = shared
        self._is_tidy = False

    def keep(self, owner: str, data: bytes, details: Details) -> Entry:
        """Keep a PNG or JPEG, as a JPEG of its pixels; the same with the same words again is no second entry, but the
        newest."""
        return self._keep(owner, print_of(data), details)

    def keep_pixels(self, owner: str, pixels: Pixels, details: Details) -> Entry:
        """The same for a picture that was decoded already (`upload.Picture`)."""
        return self._keep(owner, print_of_pixels(pixels), details)

    def _keep(self, owner: str, made: Print, details: Details) -> Entry:
        now = self._clock()
        dimensions = (made.width, made.height)
        entry = entry_of(self._owner(owner), made.hash, len(made.data), dimensions, details, now)
        with telling(_NOT_KEPT):
            if self._store.near:
                self._quota.require_free(self._folder, entry.size)
            if self._uploads is not None and details.kind == "uploaded":
                self._uploads.spend(entry.owner, entry.size)
            if self._quota.counts:
                self._catalogue.fill()  # What is not in the index is not counted.
            before = self._catalogue.ask(lambda index: index.claim(entry, now.timestamp()))
            entry = replace(entry, request_key=entry.request_key or before.request_key, pinned=before.pinned)
            self._make_place(entry)
            self._store.put(entry, made.data, write_record(entry))
            self._catalogue.ask(lambda index: index.confirm(entry, now.timestamp()))
        self._thumbnails.keep(made.hash, made.thumbnail)
        self._purge_quietly()
        return entry

    def _make_place(self, entry: Entry) -> None:
        """Put out the oldest unpinned pictures where there would be too many. Raises LibraryError where none can go."""
        limits = ((entry.owner, self._quota.owner), (None, self._quota.total))
        for owner, most in limits[self._shared :]:  # What is everybody's has no owner to be fair to.
            if most == UNLIMITED:
                continue
            out = self._catalogue.ask(partial(Index.put_out, entry=entry, owner=owner, most=most, now=self._now()))
            if out is None:
                self._catalogue.ask(lambda index: index.give_up(entry))
                raise LibraryError(
                    f"{_NOT_KEPT}: the library is full, and everything in it is pinned; unpin or delete something."
                )
            self._news.tell(out)
            if out:
                self._purge_quietly()  # Now, not later: there is no place for both.

    def news(self, owner: str) -> str | None:
        """A sentence about pictures of this owner that made place for others, told once."""
        return self._news.of(self._owner(owner))

    def pin(self, entry: Entry, pinned: bool = True) -> Entry:
        """Never put this picture out to make place for others; or do again."""
        with telling("The picture was not pinned"):
            if pinned and self._catalogue.ask(lambda index: index.pinned(entry.owner)) >= self._quota.pinned:
                raise LibraryError(f"You have pinned {self._quota.pinned} pictures, the most; unpin one first.")
            changed = replace(entry, pinned=pinned)
            if not self._catalogue.ask(lambda index: index.pin(changed, self._now())):
                raise LibraryError("The picture is no longer in the library.")
            self._store.put_record(changed, write_record(changed))
        return changed

    def find(self, owner: str, search: str = "", limit: int = 24, offset: int = 0) -> Page:
        """One page of what an owner has; all words of `search` must be in the prompt or the name, in any case."""
        limit, offset = max(0, min(limit, MOST_ON_A_PAGE)), max(0, min(offset, 2**31))
        with telling(_NO_ANSWER):
            note, mine = None, self._owner(owner)
            found = self._catalogue.ask(lambda index: index.page(mine, search, limit, offset))
            if not found.is_filled:
                note = self._catalogue.fill()
                found = self._catalogue.ask(lambda index: index.page(mine, search, limit, offset))
        if not self._is_tidy:
            self._is_tidy = True
            sweep(self._unfinished)
            self._purge_quietly()
        note = note or self._news.of(mine)
        entries = [entry for record in found.page if (entry := self._usable(record)) is not None]
        return Page(tuple(entries), found.total, len(found.page) - len(entries), note)

    def served(self, owner: str, request: ImageRequest) -> Entry | None:
        """The picture that this very request made before, if it is still there: it need not be made and paid again."""
        key = request_key(request)
        if key is None:
            return None
        with telling(_NO_ANSWER):
            self._catalogue.fill()
            record = self._catalogue.ask(lambda index: index.by_request(self._owner(owner), key))
            entry = None if record is None else self._usable(record)
            return entry if entry is not None and self._store.holds(entry) else None

    def read(self, entry: Entry) -> bytes:
        """The picture, a JPEG, verified to be what was kept."""
        with telling(_NOT_READ):
            data = self._store.picture(entry.hash)
        if hashlib.sha256(data).hexdigest() != entry.hash:
            raise LibraryError(f"{_NOT_READ}: its file is damaged. Delete it, or generate it again.")
        return data

    def thumbnail(self, entry: Entry) -> bytes:
        """A JPEG of 320x180 pixels, cropped to that shape."""
        return self._thumbnails.get(entry.hash, lambda: self.read(entry))

    def link(self, entry: Entry) -> str | None:
        """An address of the picture, good for an hour or longer; None on a disk. Whoever has it sees the picture:
        never log it."""
        with telling("There is no link to the picture"):
            return self._store.link(entry)

    def delete(self, entry: Entry) -> None:
        """Hide an entry; after `UNDO` it is gone, and its picture with it unless another entry has the same one."""
        with telling(_NOT_DELETED):
            try:
                self._catalogue.ask(lambda index: index.hide(entry, self._now()), needed=True)
            except (sqlite3.Error, OSError) as error:
                if not (is_full(error) and self._store.near):
                    raise
                # Not even that fits: the files make room for it, so that this one cannot be brought back.
                self._store.remove_record(entry.hash, entry.id)
                self._store.remove_picture(entry.hash)
                self._catalogue.ask(lambda index: index.hide(entry, 0.0))
        self._purge_quietly()

    def restore(self, entry: Entry) -> None:
        """Undo `delete`."""
        with telling("The picture was not brought back"):
            back = self._catalogue.ask(lambda index: index.show(entry, self._now()))
        if not back:
            raise LibraryError("The picture was deleted too long ago to be brought back.")

    def purge(self) -> None:
        """Remove for good what was deleted more than `UNDO` ago, and what a crash left half kept."""
        with telling(_NOT_DELETED):
            before = self._now() - UNDO.total_seconds()
            for row in self._catalogue.ask(lambda index: index.due(before)):
                self._forget(row, before)
            self._catalogue.reserve()

    def rebuild(self) -> int:
        """Bring the index in line with the files, such as after another machine used the same bucket; returns how many
        records are damaged or without their picture."""
        with telling("The library cannot be read anew"):
            return self._catalogue.rebuild()

    @property
    def shared(self) -> bool:
        """Whether everybody sees what anybody keeps."""
        return self._shared

    def _now(self) -> float:
        return self._clock().timestamp()

    def _owner(self, owner: str) -> str:
        # Not everybody's own pictures: those were kept when nobody had agreed to show them.
        return owner_digest("everybody, together" if self._shared else f"visitor {owner}")

    def _usable(self, record: str) -> Entry | None:
        try:
            entry = read_record(record)
        except (ValueError, TypeError):
            return None
        return entry if not self._store.near or self._store.holds(entry) else None

    def _forget(self, row: Row, before: float) -> None:
        self._catalogue.ask(lambda index: index.forget(row, before, self._remove), needed=True)

    def _remove(self, row: Row, unused: bool) -> None:
        self._store.remove_record(row.hash, row.id)
        if unused:
            self._store.remove_picture(row.hash)
            self._thumbnails.remove(row.hash)

    def _purge_quietly(self) -> None:
        try:
            self.purge()
        except LibraryError as error:  # It is due again the next time, and nobody waits for it.
            _log.warning("%s", error)


class News:
    """How many pictures each owner has lost to others lately; of the last thousand owners. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._out: dict[str, int] = {}

    def tell(self, owners: Iterable[str]) -> None:
        """One for each picture."""
        with self._lock:
            for owner in owners:
                self._out[owner] = self._out.pop(owner, 0) + 1
            for forgotten in list(self._out)[:-1000]:
                del self._out[forgotten]

    def of(self, owner: str) -> str | None:
        """The sentence for an owner, once."""
        with self._lock:
            number = self._out.pop(owner, 0)
        if not number:
            return None
        what = "Your oldest picture that was not pinned was" if number == 1 else f"Your {number} oldest were"
        return f"The library is full. {what} removed to make place."


def folder_library(
    folder: Path, *, shared: bool = False, quota: Quota | None = None, uploads: UploadBudget | None = None
) -> Library:
    """A library on this machine's disk."""
    root = folder / "backgrounds"
    store = FolderStore(root / "pictures", root / "unfinished")
    return Library(root, store, shared=shared, quota=quota, uploads=uploads)


def bucket_library(
    folder: Path,
    bucket: str,
    *,
    region: str | None = None,
    fallback_region: str | None = None,
    cloudfront: str | None = None,
    sse: str | None = None,
    shared: bool = False,
    quota: Quota | None = None,
    uploads: UploadBudget | None = None,
    client: Any = None,
) -> Library:
    """A library in an S3 bucket; `folder` is for its index. `cloudfront` is the domain that serves the bucket, `sse` is
    the setting BACKGROUNDS_SSE, and the regions are as in `s3_client`."""
    from components.backgrounds.bucket import BucketStore  # boto3 takes most of a second to import
    from components.s3 import encryption, s3_client

    store = BucketStore(client or s3_client(region, fallback_region), bucket, cloudfront, encryption(sse))
    return Library(folder / "buckets" / bucket, store, shared=shared, quota=quota, uploads=uploads)
