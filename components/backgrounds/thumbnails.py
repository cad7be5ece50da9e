"""The small pictures on a page, kept on this machine's disk wherever the large ones are.

They can all be made again, so nothing here fails because of them but the reading of the picture itself.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from components.backgrounds.jpeg import is_whole, thumbnail_of
from components.backgrounds.store import write_whole


class Thumbnails:
    """Thumbnails by the hash of their picture. Any thread."""

    def __init__(self, root: Path, unfinished: Path) -> None:
        self._root = root
        self._unfinished = unfinished

    def keep(self, content: str, thumbnail: bytes) -> None:
        """Write it down; where that cannot be, it is made again each time."""
        with suppress(OSError):
            write_whole(self._path(content), thumbnail, self._unfinished)

    def get(self, content: str, picture: Callable[[], bytes]) -> bytes:
        """The thumbnail, made from `picture()` if need be. Raises what that raises, and LibraryError."""
        with suppress(OSError):
            kept = self._path(content).read_bytes()
            if is_whole(kept):
                return kept
        made = thumbnail_of(picture())
        self.keep(content, made)
        return made

    def remove(self, content: str) -> None:
        """Fine if there is none."""
        with suppress(OSError):
            self._path(content).unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove all: they are made again when they are asked for."""
        with suppress(OSError):
            for thumbnail in self._root.glob("??/*.jpg"):
                with suppress(OSError):
                    thumbnail.unlink()

    def _path(self, content: str) -> Path:
        return self._root / content[:2] / f"{content}.jpg"
