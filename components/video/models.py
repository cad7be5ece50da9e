"""Finds, fetches and verifies the two segmentation models.

The order for a missing file: the folder itself, the official address, then the mediapipe 0.10.21 wheel, the last one
that carried the models. No source is trusted: bytes count only when their SHA-256 is the one written down here.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from components.errors import ModelUnavailable
from components.video.model_sources import DEFAULT_SOURCES, ModelFile, Source, SourceError

__all__ = ["GENERAL", "LANDSCAPE", "ModelFile", "ModelPaths", "find_models"]

_ASSETS = "https://storage.googleapis.com/mediapipe-assets"

GENERAL = ModelFile(
    name="selfie_segmentation.tflite",
    size=249_505,
    sha256="9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c",
    url=f"{_ASSETS}/selfie_segmentation.tflite?generation=1683332563830600",
    width=256,
    height=256,
)
LANDSCAPE = ModelFile(
    name="selfie_segmentation_landscape.tflite",
    size=250_145,
    sha256="a77d03f4659b9f6b6c1f5106947bf40e99d7655094b6527f214ea7d451106edd",
    url=f"{_ASSETS}/selfie_segmentation_landscape.tflite?generation=1683332561312022",
    width=256,
    height=144,
)
_MODELS = (GENERAL, LANDSCAPE)


@dataclass(frozen=True)
class ModelPaths:
    """Where the two verified models lie."""

    general: Path
    landscape: Path


def _say_nothing(sentence: str) -> None:
    """The default `report`."""


def find_models(
    folder: Path,
    *,
    report: Callable[[str], None] = _say_nothing,
    sources: Sequence[Source] = DEFAULT_SOURCES,
) -> ModelPaths:
    """Return the paths of both models in `folder`, fetching what is missing or damaged.

    Blocks, for minutes where the network hangs: never call it on the event loop. Safe from any number of threads and
    processes at once; each then fetches for itself, so a server should cache the call. `report` gets short sentences
    for the page, on the calling thread. Raises `ModelUnavailable`, whose text says which file to put where.
    """
    missing = [model for model in _MODELS if not _is_verified(folder, model)]
    if missing:
        _check_writable(folder, missing)
        reasons = _fetch(folder, missing, report, sources)
        still_missing = [model for model in missing if not _is_verified(folder, model)]
        if still_missing:
            raise ModelUnavailable(_how_to_help(folder, still_missing, reasons))
    return ModelPaths(general=folder / GENERAL.name, landscape=folder / LANDSCAPE.name)


def _fetch(
    folder: Path, missing: Sequence[ModelFile], report: Callable[[str], None], sources: Sequence[Source]
) -> list[str]:
    """Ask each source in turn for what is still missing; return why those that failed did."""
    reasons: list[str] = []
    for source in sources:
        wanted = [model for model in missing if not _is_verified(folder, model)]
        if not wanted:
            break
        report(_announcement(wanted, source, reasons))
        try:
            for model, data in source.fetch(wanted):
                if not _is_genuine(data, model):
                    raise SourceError(f"{source.name} sent something other than the model")
                _store(folder, model, data, missing)
        except SourceError as failure:
            reasons.append(str(failure))
    return reasons


def _announcement(wanted: Sequence[ModelFile], source: Source, reasons: Sequence[str]) -> str:
    if reasons:
        return f"{_as_sentence(reasons[-1])}; trying {source.name}…"
    kilobytes = round(sum(model.size for model in wanted) / 1000)
    noun = "model" if len(wanted) == 1 else "models"
    return f"Fetching the segmentation {noun} ({kilobytes} kB)…"


def _as_sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _is_genuine(data: bytes, model: ModelFile) -> bool:
    return len(data) == model.size and hashlib.sha256(data).hexdigest() == model.sha256


def _is_verified(folder: Path, model: ModelFile) -> bool:
    """Whether the folder holds the genuine file; an unreadable one counts as missing."""
    try:
        with (folder / model.name).open("rb") as file:
            data = file.read(model.size + 1)  # Bounded: whatever lies there may be huge.
    except OSError:
        return False
    return _is_genuine(data, model)


def _check_writable(folder: Path, missing: Sequence[ModelFile]) -> None:
    """Fail before a download of 36 MB that could not be kept."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ModelUnavailable(_cannot_write(folder, missing, error)) from error


def _store(folder: Path, model: ModelFile, data: bytes, missing: Sequence[ModelFile]) -> None:
    """Move the verified bytes into place in one step, so that no reader ever sees half a file."""
    temporary: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=f".{model.name}.", suffix=".part", delete=False) as file:
            temporary = Path(file.name)
            file.write(data)
        # Temporary files are private to their user; a folder filled as root in an image is read by another.
        temporary.chmod(0o644)
        os.replace(temporary, folder / model.name)  # noqa: PTH105 - the name that says "atomic"
        temporary = None
    except OSError as error:
        # Windows refuses to replace a file that another process has open: then that process stored the same bytes.
        if not _is_verified(folder, model):
            raise ModelUnavailable(_cannot_write(folder, missing, error)) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _cannot_write(folder: Path, missing: Sequence[ModelFile], error: OSError) -> str:
    reason = error.strerror or type(error).__name__
    return (
        f"The segmentation models cannot be kept in {folder} ({reason}). "
        f"Make that folder writable or choose another one, or put there {_shopping_list(missing)}."
    )


def _how_to_help(folder: Path, missing: Sequence[ModelFile], reasons: Sequence[str]) -> str:
    tried = "; ".join(reasons) or "there is no source to fetch it from"
    return (
        f"The segmentation model could not be fetched: {tried}. "
        f"Check the connection and try again, or put into {folder} {_shopping_list(missing)}."
    )


def _shopping_list(missing: Sequence[ModelFile]) -> str:
    return " and ".join(f"{model.name} ({model.url})" for model in missing)
