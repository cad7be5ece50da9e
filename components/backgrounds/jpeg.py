"""The one form in which pictures are kept: a JPEG of nothing but pixels, and its thumbnail.

One form, encoded once, makes equal pictures equal bytes, whether a PNG or a JPEG brought them. Nothing is seen of the
loss: the backdrop is shown as 4:2:0 video, which keeps less colour than these files do.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from components.backgrounds.headers import Kind, kind_of
from components.backgrounds.pictures import Pixels, decode_picture
from components.backgrounds.turns import GENERATED_PATIENCE_SECONDS
from components.errors import LibraryError, UploadError

QUALITY = 92
THUMBNAIL_SIZE = (320, 180)
"""Twice the size on the page, for sharp screens."""
THUMBNAIL_QUALITY = 85


@dataclass(frozen=True, slots=True)
class Print:
    """A picture ready to be kept: JPEG bytes, their SHA-256 in hex, their size in pixels, and the thumbnail."""

    data: bytes
    hash: str
    width: int
    height: int
    thumbnail: bytes


def print_of(data: bytes) -> Print:
    """A PNG or JPEG as it is kept: upright, sRGB, at most 1920 pixels wide or high, without metadata.

    Blocks for some 50 ms. Raises LibraryError for bytes that are no such picture.
    """
    return print_of_pixels(_pixels(data))


def print_of_pixels(pixels: Pixels) -> Print:
    """The same for pixels as `decode_picture` gives them."""
    encoded = _encoded(Image.fromarray(pixels), QUALITY)
    return Print(
        data=encoded,
        hash=hashlib.sha256(encoded).hexdigest(),
        width=pixels.shape[1],
        height=pixels.shape[0],
        thumbnail=_thumbnail(pixels),
    )


def thumbnail_of(data: bytes) -> bytes:
    """A JPEG of `THUMBNAIL_SIZE`, cover-cropped. Raises LibraryError for bytes that are no picture."""
    return _thumbnail(_pixels(data))


def is_whole(jpeg: bytes) -> bool:
    """Whether the bytes begin and end as a JPEG does: enough to tell one that was cut off."""
    return jpeg.startswith(b"\xff\xd8") and jpeg.endswith(b"\xff\xd9")


def _thumbnail(pixels: Pixels) -> bytes:
    return _encoded(ImageOps.fit(Image.fromarray(pixels), THUMBNAIL_SIZE), THUMBNAIL_QUALITY)


def _pixels(data: bytes) -> Pixels:
    kind = kind_of(data)
    if kind not in (Kind.PNG, Kind.JPEG):
        raise LibraryError("Only PNG and JPEG pictures can be kept; this is neither.")
    try:
        # It may have been paid for, or be one of ours: it is not given up because the server is busy.
        pixels, _ = decode_picture(data, kind, "The picture", patience=GENERATED_PATIENCE_SECONDS)
    except UploadError as error:
        raise LibraryError(str(error)) from error
    return np.ascontiguousarray(pixels)


def _encoded(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
