"""WebP (RFC 9649, section 2)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from components.backgrounds.bare import MAX_METADATA_BYTES, MAX_PROFILE_BYTES, Bare
from components.backgrounds.headers import webp_size

_ALPHA, _ANIMATION = 0x10, 0x02
_MAX_CHUNKS = 10_000
_MOST = {b"ICCP": MAX_PROFILE_BYTES, b"EXIF": MAX_METADATA_BYTES, b"XMP ": MAX_METADATA_BYTES}
_NAMES = {b"ICCP": "icc_profile", b"EXIF": "exif", b"XMP ": "xmp"}


def bare_webp(data: bytes) -> Bare:
    """Profile, EXIF, XMP and what is unknown are left out; of an animation the first picture stays."""
    extended, kept, frames = b"", [], 0
    info: dict[str, bytes | str] = {}
    for name, body in _chunks(data):
        if name == b"VP8X":
            extended = extended or body
        elif name in _NAMES:
            if len(body) <= _MOST[name]:
                info.setdefault(_NAMES[name], body)
        elif name == b"ANMF":
            frames += 1
            if frames == 1:
                kept.append((name, body))
        elif name in (b"ANIM", b"ALPH", b"VP8 ", b"VP8L"):
            kept.append((name, body))
    if extended:
        kept.insert(0, (b"VP8X", bytes([extended[0] & (_ALPHA | _ANIMATION)]) + extended[1:]))
    content = b"WEBP" + b"".join(_chunk(name, body) for name, body in kept)
    bare = b"RIFF" + struct.pack("<I", len(content)) + content
    # Its size is what the decoder will see: in the file itself something else may come first.
    return Bare(bare, webp_size(bare), info, frames > 1)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each chunk's name and content; the last may be cut short."""
    at = 12
    for _ in range(_MAX_CHUNKS):
        if at + 8 > len(data):
            return
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 4], data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
