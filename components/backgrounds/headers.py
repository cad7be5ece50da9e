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
    AVIF = "avif"
    HEIC = "heic"
    MP4 = "mp4"
    WEBM = "webm"


# ISO media files share one shape. These brands are still pictures; the others are video or audio.
_PICTURE_BRANDS = {
    **dict.fromkeys((b"avif", b"avis"), Kind.AVIF),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), Kind.HEIC),
}
_ANY_PICTURE_BRANDS = (b"mif1", b"mif2", b"msf1", b"miaf", b"MiHE", b"MiHA")
"""They leave the codec to the brands that follow."""
_RAW_BRANDS = (b"crx ",)
_MAX_BRANDS = 64

# Files of old cameras and of QuickTime begin without a brand.
_FIRST_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")

_OTHER_KINDS = (
    (b"%PDF-", "a PDF document"),
    (b"%!PS", "a PostScript drawing"),
    (b"II*\0", "a TIFF picture or a raw camera photo"),
    (b"MM\0*", "a TIFF picture or a raw camera photo"),
    (b"II+\0", "a TIFF picture"),
    (b"MM\0+", "a TIFF picture"),
    (b"BM", "a BMP picture"),
    (b"8BPS", "a Photoshop file"),
    (b"gimp xcf", "a GIMP file"),
    (b"\0\0\1\0", "an icon"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL picture"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 picture"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (b"FUJIFILM", "a raw camera photo"),
    (b"FLV\1", "a Flash video"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a Windows Media file"),
    (b"OggS", "an Ogg file"),
    (b"\0\0\1\xba", "an MPEG video"),
    (b"\0\0\1\xb3", "an MPEG video"),
    (b"ID3", "a sound file"),
    (b"fLaC", "a sound file"),
    (b"PK\3\4", "an archive or office document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an office document"),
    (b"Rar!\x1a\7", "an archive"),
    (b"7z\xbc\xaf\x27\x1c", "an archive"),
    (b"\x1f\x8b", "an archive"),
    (b"#EXTM3U", "a playlist"),
)
_RIFF_KINDS = {b"AVI ": "an AVI video", b"WAVE": "a sound file"}


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
    if data[4:8] == b"ftyp":
        return _kind_by_brands(data)
    if data[4:8] in _FIRST_BOXES:
        return Kind.MP4
    if data.startswith(b"\x1a\x45\xdf\xa3"):
        return Kind.WEBM
    return None


def _kind_by_brands(data: bytes) -> Kind | None:
    """The kind of an ISO media file (ISO 14496-12, 4.3): its major brand decides, then the others in their order."""
    major = data[8:12]
    if major in _RAW_BRANDS:
        return None
    if major in _PICTURE_BRANDS:
        return _PICTURE_BRANDS[major]
    if major not in _ANY_PICTURE_BRANDS:
        return Kind.MP4
    end = min(len(data), int.from_bytes(data[:4], "big"), 16 + 4 * _MAX_BRANDS)
    others = (data[at : at + 4] for at in range(16, end, 4))
    return next((_PICTURE_BRANDS[brand] for brand in others if brand in _PICTURE_BRANDS), None)


def describe_other(data: bytes) -> str | None:
    """Words for a well-known kind that cannot become a background, such as "a PDF document"."""
    if data[4:8] == b"ftyp":
        return "a raw camera photo" if data[8:12] in _RAW_BRANDS else "a HEIF picture of an unknown kind"
    if data.startswith(b"RIFF"):
        return _RIFF_KINDS.get(data[8:12])
    for magic, words in _OTHER_KINDS:
        if data.startswith(magic):
            return words
    if re.match(rb"(\xef\xbb\xbf)?\s*<(\?xml|!--|!doctype svg|svg)", data[:200], re.IGNORECASE) and b"<svg" in data:
        return "an SVG drawing"
    if re.match(rb"(\xef\xbb\xbf)?\s*<(!doctype html|html)", data[:200], re.IGNORECASE):
        return "a web page; save the picture itself"
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


_CONTAINERS = frozenset({b"meta", b"iprp", b"ipco"})
_MAX_BOXES = 20_000


def iso_picture_size(data: bytes) -> tuple[int, int]:
    """The largest width and height that an AVIF or HEIC file gives to any of its pictures (ISO 23008-12, 6.5.3).

    (0, 0) where it gives none. A picture of tiles has a size of its own beside that of the tiles.
    """
    width = height = 0
    open_boxes = [(0, len(data))]
    steps = 0
    while open_boxes:
        at, end = open_boxes.pop()
        while at + 8 <= end and steps < _MAX_BOXES:
            steps += 1
            length, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
            head = 8
            if length == 1:
                length, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
            stop = end if length == 0 else min(end, at + max(length, head))
            if name == b"ispe" and stop - at >= head + 12:
                wide, tall = struct.unpack(">II", data[at + head + 4 : at + head + 12])
                width, height = max(width, wide), max(height, tall)
            elif name in _CONTAINERS:
                open_boxes.append((at + head + (4 if name == b"meta" else 0), stop))
            at = stop
    return width, height


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
MAX_GIF_STEPS = 500_000


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
    at = 13 + colour_table_bytes(flags)
    pictures = 0
    in_sub_blocks = False
    for _ in range(MAX_GIF_STEPS):
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
            at, in_sub_blocks = at + 11 + colour_table_bytes(flags), True
        else:  # The trailer, or damage: nothing to show after it.
            break
    return GifLayout(width, height, pictures)


def colour_table_bytes(flags: int) -> int:
    """The length of the colour table that follows a block with these flags."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0
