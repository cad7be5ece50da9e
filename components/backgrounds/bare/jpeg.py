"""JPEG (ITU-T T.81, annex B; JFIF 1.02; ICC.1:2022, annex B.4)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from components.backgrounds.bare import MAX_METADATA_BYTES, MAX_PROFILE_BYTES, Bare

_START_OF_SCAN, _END_OF_IMAGE, _COMMENT = 0xDA, 0xD9, 0xFE
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length."""
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JFIF, _ADOBE = b"JFIF\0", b"Adobe"
_JFIF_BYTES, _ADOBE_BYTES = 14, 12
_EXIF, _XMP, _ICC = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"ICC_PROFILE\0"


@dataclass
class _Found:
    exif: bytes = b""
    xmp: bytes = b""
    profile: dict[int, bytes] = field(default_factory=dict)
    profile_parts: int = 0

    def read(self, body: bytes) -> None:
        """Take what matters from an application segment."""
        if body.startswith(_EXIF) and len(self.exif) + len(body) <= MAX_METADATA_BYTES:
            self.exif += body[len(_EXIF) :] if self.exif else body
        elif body.startswith(_XMP) and not self.xmp:
            self.xmp = body[len(_XMP) :]
        elif body.startswith(_ICC) and len(body) > len(_ICC) + 2:
            number, self.profile_parts = body[len(_ICC)], body[len(_ICC) + 1]
            self.profile.setdefault(number, body[len(_ICC) + 2 :])

    def info(self) -> dict[str, bytes | str]:
        """As Pillow names them; a profile of which a part is missing is left out."""
        profile = b"".join(part for _, part in sorted(self.profile.items()))
        whole = len(self.profile) == self.profile_parts and len(profile) <= MAX_PROFILE_BYTES
        found = {"exif": self.exif, "xmp": self.xmp, "icc_profile": profile if whole else b""}
        return {name: value for name, value in found.items() if value}


def bare_jpeg(data: bytes) -> Bare:
    """Comments and application segments are left out, but for the two that say how colours are stored."""
    kept, found = [data[:2]], _Found()
    size: tuple[int, int] | None = None
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # Filling.
            at += 1
            continue
        if marker in _ALONE:
            at += 2
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in (_START_OF_SCAN, _END_OF_IMAGE) or end < at + 4:
            break
        if marker in _FRAMES and size is None and at + 9 <= min(end, len(data)):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            size = width, height
        if _is_metadata(marker):
            body = data[at + 4 : end]
            found.read(body)
            if not _tells_colours(marker, body):
                at = end
                continue
        kept.append(data[at:end])
        at = end
    kept.append(data[at:])
    return Bare(b"".join(kept), size, found.info())


def _is_metadata(marker: int) -> bool:
    return 0xE0 <= marker <= 0xEF or marker == _COMMENT


def _tells_colours(marker: int, body: bytes) -> bool:
    if marker == 0xE0:
        return body.startswith(_JFIF) and len(body) >= _JFIF_BYTES
    return marker == 0xEE and body.startswith(_ADOBE) and len(body) >= _ADOBE_BYTES
