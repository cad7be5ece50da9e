"""A library on a disk with a clock of its own, and small pictures to keep in it."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image

from components.backgrounds.generator import GeneratedImage, ImageRequest
from components.backgrounds.library import Details, Library
from components.backgrounds.store import FolderStore

START = datetime(2026, 11, 5, 12, 0, tzinfo=UTC)


class Clock:
    """A second passes each time somebody looks."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def opened(folder: Path, clock: Clock | None = None, shared: bool = False) -> Library:
    """As `folder_library` opens it, with another clock."""
    root = folder / "backgrounds"
    return Library(root, FolderStore(root / "pictures", root / "unfinished"), shared=shared, clock=clock or Clock())


def png(colour: int | tuple[int, int, int] = 0, size: tuple[int, int] = (64, 36)) -> bytes:
    """A plain picture; equal numbers are equal pictures, 8 apart survive the JPEG."""
    buffer = io.BytesIO()
    shade = (colour * 8 % 256, colour // 32 * 8, 90) if isinstance(colour, int) else colour
    Image.new("RGB", size, shade).save(buffer, "PNG")
    return buffer.getvalue()


def prompted(prompt: str, seed: int | None = None, negative: str = "", used: int = 7) -> Details:
    request = ImageRequest(prompt, negative, seed=seed, model="stability.core")
    used = used if seed is None else seed
    image = GeneratedImage(b"", "image/png", 64, 36, used, "stability.core", "Bedrock", 3.0, 0.04)
    return Details.generated(request, image)


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and "index.sqlite3" not in path.name)
