"""PNG (W3C PNG, third edition, sections 5 and 11)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from components.backgrounds.bare import MAX_METADATA_BYTES, MAX_PROFILE_BYTES, Bare

_SIGNATURE_BYTES = 8
_PIXELS = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"})
_RAW_EXIF, _XMP = "Raw profile type exif", "XML:com.adobe.xmp"


def bare_png(data: bytes) -> Bare:
    """Chunks that are not needed for the pixels are left out, sound or not; so are an animation's later pictures."""
    kept = [data[:_SIGNATURE_BYTES]]
    info: dict[str, bytes | str] = {}
    animated = False
    for name, start, end in _chunks(data):
        body = memoryview(data)[start + 8 : end - 4]
        if name in _PIXELS:
            if name != b"tRNS" or _is_sound(data, start, end):
                kept.append(data[start:end])
        elif name == b"acTL":
            animated = len(body) >= 4 and int.from_bytes(body[:4], "big") > 1
        elif _is_sound(data, start, end):
            for key, value in _metadata(name, body):
                info.setdefault(key, value)
        if name == b"IEND":
            break
    size = struct.unpack(">II", data[16:24]) if data[12:16] == b"IHDR" and len(data) >= 24 else None
    return Bare(b"".join(kept), size, info, animated)


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Each chunk's name, where it begins and where it ends; the last one may be cut short."""
    at = _SIGNATURE_BYTES
    while at + 8 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], at, end
        at = end


def _is_sound(data: bytes, start: int, end: int) -> bool:
    if end > len(data):
        return False
    return zlib.crc32(memoryview(data)[start + 4 : end - 4]) == int.from_bytes(data[end - 4 : end], "big")


def _metadata(name: bytes, body: memoryview) -> Iterator[tuple[str, bytes | str]]:
    if name == b"eXIf" and len(body) <= MAX_METADATA_BYTES:
        yield "exif", bytes(body)
    elif name == b"iCCP":
        if (profile := _unpacked(_after_name(body)[1], MAX_PROFILE_BYTES)) is not None:
            yield "icc_profile", profile
    elif name in (b"tEXt", b"zTXt", b"iTXt"):
        keyword, rest = _after_name(body)
        if keyword == _RAW_EXIF and (text := _text(name, rest)) is not None:
            yield _RAW_EXIF, text.decode("latin-1")
        elif keyword == _XMP and (text := _text(name, rest)) is not None:
            yield "xmp", text


def _after_name(body: memoryview) -> tuple[str, memoryview]:
    """The keyword of up to 79 letters, and what follows its zero byte."""
    end = bytes(body[:80]).find(b"\0")
    return (bytes(body[:end]).decode("latin-1"), body[end + 1 :]) if end > 0 else ("", body[:0])


def _text(name: bytes, rest: memoryview) -> bytes | None:
    if name == b"tEXt":
        return bytes(rest) if len(rest) <= MAX_METADATA_BYTES else None
    if name == b"zTXt":
        return _unpacked(rest, MAX_METADATA_BYTES)
    # iTXt: a flag, a method, then language and translated keyword, each up to a zero byte.
    head = bytes(rest[:300])
    language = head.find(b"\0", 2)
    begin = head.find(b"\0", language + 1) + 1
    if language < 0 or begin <= language + 1:
        return None
    if head[0]:
        return _unpacked(memoryview(b"\0" + bytes(rest[begin : begin + MAX_METADATA_BYTES])), MAX_METADATA_BYTES)
    return bytes(rest[begin:]) if len(rest) - begin <= MAX_METADATA_BYTES else None


def _unpacked(packed: memoryview, most: int) -> bytes | None:
    """The content of a compressed chunk: a method byte, then a zlib stream. None if it is too long or broken."""
    if len(packed) < 2 or packed[0] != 0:
        return None
    stream = zlib.decompressobj()
    try:
        content = stream.decompress(packed[1:], most + 1)
    except zlib.error:
        return None
    return content if stream.eof and len(content) <= most else None
