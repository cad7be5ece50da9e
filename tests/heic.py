"""A HEIC photo built by hand: one HEVC picture in HEIF's boxes (ISO 23008-12), as nothing in Debian writes one."""

from __future__ import annotations

import io
import struct

import av
import numpy as np
from numpy.typing import NDArray

from tests.films import ONE_THREAD


def _box(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + name + body


def _full(name: bytes, *parts: bytes) -> bytes:
    return _box(name, bytes(4), *parts)


def _coded(pixels: NDArray[np.uint8]) -> tuple[bytes, bytes]:
    """The picture's HEVC configuration box, and its one sample with lengths before its units."""
    data = io.BytesIO()
    with av.open(data, "w", format="mp4") as container:
        stream = container.add_stream(
            "libx265",
            rate=1,
            options={"x265-params": ONE_THREAD, "crf": "4"},
        )
        stream.height, stream.width, stream.pix_fmt = *pixels.shape[:2], "yuv420p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    film = data.getvalue()
    at = film.index(b"hvcC") - 4
    config = film[at : at + int.from_bytes(film[at : at + 4], "big")]
    at = film.index(b"mdat") - 4
    return config, film[at + 8 : at + int.from_bytes(film[at : at + 4], "big")]


def heic(pixels: NDArray[np.uint8], *, turns: int = 0, claimed: tuple[int, int] | None = None) -> bytes:
    """`turns` quarter turns counterclockwise for the viewer to make; `claimed` is another size than the picture's."""
    config, sample = _coded(pixels)
    width, height = claimed or (pixels.shape[1], pixels.shape[0])
    head = _box(b"ftyp", b"heic", bytes(4), b"mif1heic")
    properties = [config, _full(b"ispe", struct.pack(">II", width, height)), _box(b"irot", bytes([turns]))]
    used = bytes([0x81, 0x02, 0x83] if turns else [0x81, 0x02])

    def meta(offset: int) -> bytes:
        return _full(
            b"meta",
            _full(b"hdlr", bytes(4) + b"pict" + bytes(13)),
            _full(b"pitm", struct.pack(">H", 1)),
            _full(b"iloc", bytes([0x44, 0]), struct.pack(">HHHHII", 1, 1, 0, 1, offset, len(sample))),
            _full(b"iinf", struct.pack(">H", 1), _box(b"infe", b"\2\0\0\0", struct.pack(">HH", 1, 0), b"hvc1\0")),
            _box(
                b"iprp",
                _box(b"ipco", *properties),
                _full(b"ipma", struct.pack(">IHB", 1, 1, len(used)), used),
            ),
        )

    return head + meta(len(head) + len(meta(0)) + 8) + _box(b"mdat", sample)
