"""What the library knows of a picture, and how that is written down: one JSON record for the index, disk and bucket.

Owners and requests appear only as digests, so neither a copied folder nor a bucket tells who a visitor is.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, StringConstraints, TypeAdapter

from components.backgrounds.generator import GeneratedImage, ImageRequest

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
EntryId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Kind = Literal["generated", "uploaded"]

RECORD_LIMIT = 65_536
"""Bytes; two prompts of 1,000 characters and their names stay below 20,000."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture of one owner.

    `owner` is a digest of the id that the caller gave; `hash` is the SHA-256 of the stored bytes, `size` their number;
    `width` and `height` are those of the stored picture; what is `pinned` is not put out to make place for others;
    `request_key` is None unless the same request must give the same picture; `name` is what an upload was called.
    """

    id: EntryId
    owner: Digest
    hash: Digest
    size: Annotated[int, Field(gt=0)]
    width: Annotated[int, Field(gt=0)]
    height: Annotated[int, Field(gt=0)]
    kind: Kind
    created_at: AwareDatetime
    prompt: str = ""
    negative_prompt: str = ""
    model: str = ""
    generator: str = ""
    seed: int | None = None
    request_key: Digest | None = None
    name: str = ""
    media_type: Literal["image/jpeg"] = "image/jpeg"
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Details:
    """What is worth knowing of a picture besides its pixels; make it with `generated` or `uploaded`."""

    kind: Kind
    prompt: str = ""
    negative_prompt: str = ""
    model: str = ""
    generator: str = ""
    seed: int | None = None
    request_key: str | None = None
    name: str = ""

    @classmethod
    def generated(cls, request: ImageRequest, image: GeneratedImage) -> Self:
        """Of a generated picture. Only a request that names model and seed can be served from the library later."""
        return cls(
            kind="generated",
            prompt=_writable(request.prompt),
            negative_prompt=_writable(request.negative_prompt),
            model=_writable(image.model),
            generator=_writable(image.generator),
            seed=image.seed,
            request_key=request_key(request),
        )

    @classmethod
    def uploaded(cls, name: str) -> Self:
        """Of a picture that a visitor brought; `name` is the file's, for people."""
        return cls(kind="uploaded", name=_writable(name)[:200])


def entry_of(
    owner: str, content: str, size: int, dimensions: tuple[int, int], details: Details, created_at: datetime
) -> Entry:
    """The entry of a stored picture. Keeping the same picture for the same words again gives the same id."""
    words = [owner, content, details.kind, details.prompt, details.negative_prompt]
    known = {field.name: getattr(details, field.name) for field in fields(details)}
    width, height = dimensions
    return Entry(
        id=_digest(*words)[:32],
        owner=owner,
        hash=content,
        size=size,
        width=width,
        height=height,
        created_at=created_at,
        **known,
    )


def owner_digest(owner: str) -> str:
    """What is written down instead of an owner's id: the id cannot be had back from it."""
    return _digest("owner", owner)


def request_key(request: ImageRequest) -> str | None:
    """The same for requests that must give the same picture; None where the seed or the model is left open."""
    if request.seed is None or request.model is None:
        return None
    return _digest(request.model, request.prompt, request.negative_prompt, request.aspect_ratio, request.seed)


def write_record(entry: Entry) -> bytes:
    """The entry as JSON."""
    return _ENTRY.dump_json(entry)


def read_record(record: bytes | str) -> Entry:
    """The entry in a record from anywhere; raises ValueError for everything that `write_record` does not write."""
    return _ENTRY.validate_json(record)


_ENTRY = TypeAdapter(Entry)


def _digest(*parts: str | int) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _writable(text: str) -> str:
    """Without the halves of surrogate pairs, which no file can hold."""
    return text.encode("utf-8", "replace").decode()
