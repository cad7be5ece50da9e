"""An uploaded file becomes a background, or an error that says what to do.

Everything here is hostile until decoded: what a file is comes from its content, its size from its header, and nothing
but pixels is kept. A clip is rewritten in a child process (clips.py), and its own bytes are dropped.
"""

from __future__ import annotations

from dataclasses import dataclass

from components.backgrounds.clips import rewrite_clip
from components.backgrounds.headers import Kind, describe_other, gif_layout, kind_of
from components.backgrounds.pictures import MAX_PIXELS, Pixels, decode_picture
from components.backgrounds.stop import Stop
from components.errors import UploadError

__all__ = ["MAX_PIXELS", "MAX_UPLOAD_BYTES", "Clip", "Picture", "read_upload"]

MAX_UPLOAD_BYTES = 20_000_000

_WHAT_WORKS = "upload a JPEG, PNG, WebP or GIF picture, also HEIC or AVIF, or an MP4 or WebM video."
_FIRST_FRAME_ONLY = "Only the first frame of this animation is used."


@dataclass(frozen=True)
class Picture:
    """A still background: contiguous uint8 HxWx3 sRGB, longest side at most 1920; `note` is a sentence for the page."""

    pixels: Pixels
    note: str | None = None


@dataclass(frozen=True)
class Clip:
    """A moving background: the rewritten clip (read it with `clips.open_clip`), its first frame as in `Picture.pixels`,
    and a sentence for the page."""

    data: bytes
    still: Pixels
    note: str | None = None


def read_upload(name: str, data: bytes, stop: Stop | None = None) -> Picture | Clip:
    """Turn an uploaded file into a background. `name` only serves to name the file in an error.

    Blocks: a second for a picture, up to minutes for a clip; `stop` ends that from another thread. Raises Stopped, and
    `UploadError` with one sentence that says what to do, for every file that cannot be used.
    """
    called = _called(name)
    if not data:
        raise UploadError(f"{called} is empty; choose another file.")
    if len(data) > MAX_UPLOAD_BYTES:
        limit = MAX_UPLOAD_BYTES // 1_000_000
        raise UploadError(f"{called} is larger than {limit} MB; make it smaller or choose another file.")
    kind = kind_of(data)
    if kind is None:
        words = describe_other(data) or "neither a picture nor a video that is known here"
        raise UploadError(f"{called} is {words}; {_WHAT_WORKS}")
    if is_clip(data):
        clip = rewrite_clip(data, called, stop)
        return Clip(data=clip.data, still=clip.still, note=clip.note)
    pixels, animated = decode_picture(data, kind, called, stop=stop)
    return Picture(pixels=pixels, note=_FIRST_FRAME_ONLY if animated else None)


def is_clip(data: bytes) -> bool:
    """True for what `read_upload` would make a clip of. Looks at the content, as far as a GIF's second picture."""
    kind = kind_of(data)
    return kind in (Kind.MP4, Kind.WEBM) or (kind is Kind.GIF and gif_layout(data).pictures > 1)


def _called(name: str) -> str:
    """The file's name in quotes, without anything that the page would read as markup or a link."""
    plain = "".join(letter for letter in name if letter.isalnum() or letter in " ._-")[:60].strip()
    return f'"{plain}"' if plain else "The file"
