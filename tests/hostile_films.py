"""Films that claim far more than they hold, built by hand (ISO 14496-12, RFC 9559)."""

from __future__ import annotations

import struct


def box(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + name + body


def full_box(name: bytes, *parts: bytes) -> bytes:
    return box(name, bytes(4), *parts)


def mp4(
    *,
    sizes: bytes = struct.pack(">III", 10, 1, 0)[:8] + b"",
    times: bytes = struct.pack(">III", 1, 1, 1),
    chunks: bytes = struct.pack(">IIII", 1, 1, 1, 1),
    offsets: bytes = struct.pack(">II", 1, 40),
    more: bytes = b"",
    edits: bytes = b"",
    after: bytes = b"",
    extends: bytes = b"",
    tracks: int = 1,
) -> bytes:
    """An MP4 with one MPEG-4 track; the arguments are the contents of its tables, `more` whole boxes beside them."""
    entry = box(
        b"mp4v",
        bytes(6) + struct.pack(">H", 1) + bytes(16) + struct.pack(">HH", 64, 48),
        struct.pack(">IIIH", 0x480000, 0x480000, 0, 1) + bytes(32) + struct.pack(">Hh", 24, -1),
    )
    table = box(
        b"stbl",
        full_box(b"stsd", struct.pack(">I", 1), entry),
        full_box(b"stts", times),
        full_box(b"stsc", chunks),
        full_box(b"stsz", sizes),
        full_box(b"stco", offsets),
        more,
    )
    minf = box(
        b"minf",
        full_box(b"vmhd", bytes(8)),
        box(b"dinf", full_box(b"dref", struct.pack(">I", 1), full_box(b"url "))),
        table,
    )
    mdia = box(
        b"mdia",
        full_box(b"mdhd", struct.pack(">IIIIHH", 0, 0, 1000, 1000, 0, 0)),
        full_box(b"hdlr", bytes(4) + b"vide" + bytes(13)),
        minf,
    )
    head = full_box(b"tkhd", struct.pack(">IIIII", 0, 0, 1, 0, 1000), bytes(60))
    track = box(b"trak", head, box(b"edts", full_box(b"elst", edits)) if edits else b"", mdia)
    movie = full_box(b"mvhd", struct.pack(">IIII", 0, 0, 1000, 1000), bytes(80))
    return (
        box(b"ftyp", b"isom", bytes(4), b"isommp41")
        + box(b"mdat", bytes(32))
        + box(b"moov", movie, track * tracks, extends)
        + after
    )


MANY = 60_000_000


def claims() -> dict[str, bytes]:
    """MP4 files of a few hundred bytes up to some kilobytes, by what they claim."""
    word = struct.pack
    fragment = box(
        b"moof",
        full_box(b"mfhd", word(">I", 1)),
        box(b"traf", box(b"tfhd", word(">II", 0x020018, 1), word(">II", 1, 1)), full_box(b"trun", word(">I", MANY))),
    )
    edit = word(">IiI", 1, 0, 1 << 16)
    return {
        "samples of one size": mp4(sizes=word(">II", 1, MANY)),
        "samples of own sizes": mp4(sizes=word(">II", 0, MANY)),
        "times": mp4(times=word(">III", 1, MANY, 1), sizes=word(">II", 1, MANY)),
        "times without end": mp4(times=word(">I", 0xFFFFFFFF)),
        "samples in a chunk": mp4(chunks=word(">IIII", 1, 1, MANY, 1), sizes=word(">II", 1, MANY)),
        "chunks": mp4(offsets=word(">I", 0x0FFFFFFF)),
        "composition times": mp4(more=full_box(b"ctts", word(">III", 1, MANY, 7))),
        "sync samples": mp4(more=full_box(b"stss", word(">I", 0x0FFFFFFF))),
        "sample groups": mp4(more=full_box(b"sbgp", b"rap ", word(">III", 1, MANY, 1))),
        "edits": mp4(sizes=word(">II", 1, 1000), edits=word(">I", 1000) + edit * 1000),
        "edits over many samples": mp4(
            sizes=word(">II", 1, 200_000), times=word(">III", 1, 200_000, 1), edits=word(">I", 500) + edit * 500
        ),
        "edits without end": mp4(edits=word(">I", 0x0FFFFFFF) + edit),
        "a fragment": mp4(extends=box(b"mvex", full_box(b"trex", word(">IIIII", 1, 1, 1, 1, 0))), after=fragment),
        "fragments": mp4(extends=box(b"mvex", full_box(b"trex", word(">IIIII", 1, 1, 1, 1, 0))), after=fragment * 500),
        "tracks": mp4(tracks=2000),
    }


def _element(name: bytes, body: bytes) -> bytes:
    return name + (0x0100_0000_0000_0000 | len(body)).to_bytes(8, "big") + body


def tags(count: int) -> bytes:
    """A Matroska element with so many tags of names of their own."""
    each = b"".join(
        _element(b"\x67\xc8", _element(b"\x45\xa3", b"T%06d" % number) + _element(b"\x44\x87", b"x"))
        for number in range(count)
    )
    return _element(b"\x12\x54\xc3\x67", _element(b"\x73\x73", _element(b"\x63\xc0", b"") + each))


def with_tags(webm: bytes, count: int) -> bytes:
    """The same film with tags before its first cluster; the length of its segment is left open."""
    segment = webm.index(b"\x18\x53\x80\x67")
    cluster = webm.index(b"\x1f\x43\xb6\x75")
    head = webm[: segment + 4] + b"\x01" + b"\xff" * 7
    return head + webm[segment + 12 : cluster] + tags(count) + webm[cluster:]
