"""What the first bytes of an uploaded file say, read before any decoder sees the file.

Names and extensions are never asked: they are the sender's words. The sizes matter because a few kilobytes can unpack
to gigabytes, and because Pillow's own guard is a process-wide number that only warns at first.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """The kinds of file that can become a background."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    GIF = "gif"
    MP4 = "mp4"
    WEBM = "webm"


# ISO media files share one shape; these brands are still pictures. The others are video or audio.
_STILL_BRANDS = {
    b"heic": "a HEIC photo",
    b"heix": "a HEIC photo",
    b"heim": "a HEIC photo",
    b"heis": "a HEIC photo",
    b"hevc": "a HEIC photo",
    b"mif1": "a HEIC photo",
    b"msf1": "a HEIC photo",
    b"avif": "an AVIF picture",
    b"avis": "an AVIF picture",
    b"crx ": "a raw camera photo",
}
_OTHER_KINDS = (
    (b"%PDF-", "a PDF document"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"BM", "a BMP picture"),
    (b"PK\3\4", "an archive or office document"),
    (b"#EXTM3U", "a playlist"),
)


def kind_of(data: bytes) -> Kind | None:
    """The kind by content, or None for anything that cannot become a background."""
    if data.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return Kind.WEBP
    if data.startswith((b"GIF87a", b"GIF89a")):
        return Kind.GIF
    if data[4:8] == b"ftyp" and data[8:12] not in _STILL_BRANDS:
        return Kind.MP4
    if data.startswith(b"\x1a\x45\xdf\xa3"):
        return Kind.WEBM
    return None


def describe_other(data: bytes) -> str | None:
    """Words for a well-known kind that cannot become a background, such as "a PDF document"."""
    if data[4:8] == b"ftyp":
        return _STILL_BRANDS.get(data[8:12])
    for magic, words in _OTHER_KINDS:
        if data.startswith(magic):
            return words
    if re.match(rb"(\xef\xbb\xbf)?\s*<(\?xml|!--|!doctype svg|svg)", data[:200], re.IGNORECASE) and b"<svg" in data:
        return "an SVG drawing"
    return None


def webp_size(data: bytes) -> tuple[int, int]:
    """Width and height of a WebP picture in pixels (RFC 9649, section 2.5 to 2.7); (0, 0) where there are none.

    Needed because libwebp sets the canvas aside as soon as the file is opened.
    """
    head = data[12:30]
    if len(head) < 18:
        return 0, 0
    if head[:4] == b"VP8X":
        return 1 + int.from_bytes(head[12:15], "little"), 1 + int.from_bytes(head[15:18], "little")
    if head[:4] == b"VP8L":
        bits = int.from_bytes(head[9:13], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if head[:4] == b"VP8 ":
        width, height = struct.unpack("<HH", head[14:18])
        return width & 0x3FFF, height & 0x3FFF
    return 0, 0


def png_keeps_busy(data: bytes) -> bool:
    """Whether a PNG consists of ever more chunks (W3C PNG, section 5.3); a real one of 20 MB has some thousands."""
    at = 8
    for _ in range(_MAX_PNG_CHUNKS):
        if at >= len(data):
            return False
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    return True


_MAX_PNG_CHUNKS = 50_000

# Entropy-coded data holds 0xFF only before 0x00 or a restart marker, so this finds the next segment.
_NEXT_JPEG_MARKER = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")
_END_OF_IMAGE, _START_OF_SCAN = 0xD9, 0xDA
# Far above real pictures: a profile takes 255 segments at most, a panorama's metadata some hundreds.
_MAX_SCANS, _MAX_SEGMENTS, _MAX_FILLING = 100, 5000, 5000


def jpeg_keeps_busy(data: bytes) -> bool:
    """Whether a JPEG is built to keep its decoder busy: ever more scans, segments or filling (ITU T.81, B.1 and B.2).

    A progressive picture has about ten scans. Each costs a pass over all pixels, so thousands would decode for hours.
    """
    scans = segments = 0
    in_scan = False
    at = 2
    while found := _NEXT_JPEG_MARKER.search(data, at):
        marker = found[1][0]
        if marker == _END_OF_IMAGE:
            return False
        filling = 0 if in_scan else found.start() - at
        in_scan = marker == _START_OF_SCAN
        scans, segments = scans + in_scan, segments + 1
        if scans > _MAX_SCANS or segments > _MAX_SEGMENTS or filling > _MAX_FILLING:
            return True
        # A segment's length counts its own two bytes; a smaller one is damage, and must not send us backwards.
        at = found.end() + max(int.from_bytes(data[found.end() : found.end() + 2], "big"), 2)
    return not in_scan and len(data) - at > _MAX_FILLING


# A file of 20 MB in full sub-blocks has 80,000 of them; one of empty blocks could keep us for seconds.
_MAX_GIF_STEPS = 500_000


@dataclass(frozen=True)
class GifLayout:
    """The pixels that the pictures of a GIF reach, and how many pictures there are (2 stands for "several")."""

    width: int
    height: int
    pictures: int


def gif_layout(data: bytes) -> GifLayout:
    """Walk a GIF's blocks as far as the second picture (GIF89a, sections 18 to 27), decoding nothing.

    A picture may reach beyond the screen that the header announces; decoders differ in what they then set aside.
    """
    if len(data) < 13:
        return GifLayout(0, 0, 0)
    width, height, flags = struct.unpack("<HHB", data[6:11])
    at = 13 + _colour_table_bytes(flags)
    pictures = 0
    in_sub_blocks = False
    for _ in range(_MAX_GIF_STEPS):
        if at >= len(data) or pictures == 2:
            break
        if in_sub_blocks:
            in_sub_blocks = data[at] > 0
            at += 1 + data[at]
        elif data[at] == 0x21:  # An extension: its label, then sub-blocks.
            at, in_sub_blocks = at + 2, True
        elif data[at] == 0x2C and at + 10 <= len(data):
            left, top, wide, tall, flags = struct.unpack("<4HB", data[at + 1 : at + 10])
            width, height, pictures = max(width, left + wide), max(height, top + tall), pictures + 1
            at, in_sub_blocks = at + 11 + _colour_table_bytes(flags), True
        else:  # The trailer, or damage: nothing to show after it.
            break
    return GifLayout(width, height, pictures)


def _colour_table_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0
