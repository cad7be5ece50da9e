"""What a generator handed over is a picture, or `BadAnswer`: nothing that came over a network is shown unverified."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Literal

from PIL import ImageFile, JpegImagePlugin, PngImagePlugin

from components.backgrounds.headers import Kind, jpeg_keeps_busy, kind_of, png_keeps_busy
from components.errors import BadAnswer

MOST_BYTES = 25_000_000
"""Of a picture's file, and of an answer that holds one (Bedrock: a body has at most 25,000,000 bytes)."""
MOST_PIXELS = 25_000_000
LEAST_SIDE = 64
"""In pixels. No generator paints less, and nobody could be shown in front of it."""

MediaType = Literal["image/png", "image/jpeg"]

# The plugins themselves and not Image.open(), which tries other formats too and judges sizes by a process-wide number.
_PLUGINS: dict[Kind, tuple[type[ImageFile.ImageFile], MediaType]] = {
    Kind.PNG: (PngImagePlugin.PngImageFile, "image/png"),
    Kind.JPEG: (JpegImagePlugin.JpegImageFile, "image/jpeg"),
}


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
    if kind not in _PLUGINS:
        raise BadAnswer("What came back is no PNG or JPEG picture; try again, or choose another model.")
    if (kind is Kind.PNG and png_keeps_busy(data)) or (kind is Kind.JPEG and jpeg_keeps_busy(data)):
        raise BadAnswer(_DAMAGED)
    plugin, media_type = _PLUGINS[kind]
    try:
        with plugin(io.BytesIO(data)) as image:
            width, height = image.size
            _check_size(width, height)
            image.load()
    except BadAnswer:
        raise
    except Exception as error:  # Of damaged bytes Pillow raises nearly anything: struct.error, KeyError…
        raise BadAnswer(_DAMAGED) from error
    return VerifiedPicture(data, media_type, width, height)


_DAMAGED = "The picture that came back is damaged or incomplete; try again."


def _check_size(width: int, height: int) -> None:
    if min(width, height) < LEAST_SIDE or width * height > MOST_PIXELS:
        raise BadAnswer(
            f"The picture that came back has {width} by {height} pixels, which is no background; choose another model."
        )
