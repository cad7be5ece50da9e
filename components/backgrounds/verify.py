"""What a generator handed over is a picture, or `BadAnswer`: nothing that came over a network is shown unverified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from components.backgrounds.headers import Kind, kind_of
from components.backgrounds.pictures import bare_picture, open_bare
from components.backgrounds.turns import GENERATED_PATIENCE_SECONDS, PICTURES
from components.errors import BadAnswer, UploadError

MOST_BYTES = 25_000_000
"""Of a picture's file, and of an answer that holds one (Bedrock: a body has at most 25,000,000 bytes)."""
MOST_PIXELS = 25_000_000
LEAST_SIDE = 64
"""In pixels. No generator paints less, and nobody could be shown in front of it."""

MediaType = Literal["image/png", "image/jpeg"]

_MEDIA_TYPES: dict[Kind, MediaType] = {Kind.PNG: "image/png", Kind.JPEG: "image/jpeg"}


@dataclass(frozen=True, slots=True)
class VerifiedPicture:
    """A PNG or JPEG file that decodes to its last pixel; the sizes are in pixels."""

    data: bytes
    media_type: MediaType
    width: int
    height: int


def verified(data: bytes) -> VerifiedPicture:
    """The picture that these bytes are, decoded once for that. Blocks, some tens of milliseconds for 1 MP.

    Raises BadAnswer for anything but a whole PNG or JPEG of `LEAST_SIDE` to `MOST_PIXELS`, whatever the bytes are.
    """
    if len(data) > MOST_BYTES:
        raise BadAnswer(f"The picture that came back has more than {MOST_BYTES // 1_000_000} MB; choose another model.")
    kind = kind_of(data)
    if kind not in _MEDIA_TYPES:
        raise BadAnswer("What came back is no PNG or JPEG picture; try again, or choose another model.")
    bare = bare_picture(data, kind)
    if bare is None:
        raise BadAnswer(_DAMAGED)
    try:
        with PICTURES.take(GENERATED_PATIENCE_SECONDS, _BUSY), open_bare(bare, kind) as image:
            width, height = image.size
            _check_size(width, height)
            image.load()
    except BadAnswer:
        raise
    except UploadError as error:
        raise BadAnswer(str(error)) from error
    except Exception as error:  # Of damaged bytes Pillow raises nearly anything: struct.error, KeyError…
        raise BadAnswer(_DAMAGED) from error
    return VerifiedPicture(data, _MEDIA_TYPES[kind], width, height)


_BUSY = "The picture was made, but the server was too busy with others to open it; try again in a moment."
_DAMAGED = "The picture that came back is damaged or incomplete; try again."


def _check_size(width: int, height: int) -> None:
    if min(width, height) < LEAST_SIDE or width * height > MOST_PIXELS:
        raise BadAnswer(
            f"The picture that came back has {width} by {height} pixels, which is no background; choose another model."
        )
