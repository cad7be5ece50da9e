"""Films as people upload them, made with PyAV."""

from __future__ import annotations

import io
import struct
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

Colour = tuple[int, int, int]

ONE_THREAD = "log-level=none:bframes=0:frame-threads=1:pools=none"
"""For x265, which now and then fails in PyAV when it has threads of its own."""

# ITU-T H.273: what red and blue weigh, by the number of the matrix.
_WEIGHTS = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}


def halves(size: tuple[int, int], left: Colour = (220, 30, 30), right: Colour = (30, 40, 210)) -> NDArray[np.uint8]:
    """HxWx3 RGB of two colours."""
    pixels = np.empty((size[1], size[0], 3), np.uint8)
    pixels[:, : size[0] // 2], pixels[:, size[0] // 2 :] = left, right
    return pixels


def film(
    kind: str,
    codec: str,
    *,
    size: tuple[int, int] = (64, 48),
    frames: int = 3,
    fps: int = 10,
    pixels: str = "yuv420p",
    sound: str = "",
    aspect: Fraction | None = None,
    pictures: list[NDArray[np.uint8]] | None = None,
    options: dict[str, str] | None = None,
) -> bytes:
    """A film of `pictures`, or of `frames` times red beside blue."""
    shown = pictures or [halves(size)] * frames
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=kind) as container:
        stream = container.add_stream(codec, rate=Fraction(fps), options=options or {})
        if codec == "libx265":
            stream.options = {"x265-params": ONE_THREAD}
        stream.height, stream.width, stream.pix_fmt = *shown[0].shape[:2], pixels
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        voice = container.add_stream(sound, rate=48000) if sound else None
        for picture in shown:
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pixels)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if voice:
            _add_silence(container, voice)
    return buffer.getvalue()


def sound_alone() -> bytes:
    """An MP4 without a picture."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        _add_silence(container, container.add_stream("aac", rate=48000))
    return buffer.getvalue()


def _add_silence(container: av.container.OutputContainer, voice: av.AudioStream) -> None:
    silence = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.float32), "fltp", "mono")
    silence.sample_rate = 48000
    container.mux(voice.encode(silence))
    container.mux(voice.encode())


def levels(colour: Colour, matrix: int, full: bool, bits: int) -> list[int]:
    """The exact Y, U and V of a colour (ITU-T H.273, 8.3)."""
    red, green, blue = (value / 255 for value in colour)
    kr, kb = _WEIGHTS[matrix]
    y = kr * red + (1 - kr - kb) * green + kb * blue
    u, v = (blue - y) / (2 - 2 * kb), (red - y) / (2 - 2 * kr)
    step = 2 ** (bits - 8)
    if full:
        return [round(step * 255 * y), *(round(step * (128 + 255 * part)) for part in (u, v))]
    return [round(step * (16 + 219 * y)), *(round(step * (128 + 224 * part)) for part in (u, v))]


def tagged_film(
    planes: list[int],
    *,
    size: tuple[int, int] = (320, 240),
    matrix: int = 2,
    transfer: int = 2,
    primaries: int = 2,
    full: bool = False,
    bits: int = 8,
) -> bytes:
    """H.264 of one colour, given as Y, U and V, with these tags in its stream; 2 stands for "not said"."""
    buffer = io.BytesIO()
    pixels = "yuv420p" if bits == 8 else "yuv420p10le"
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=10, options={"qp": "0" if bits == 8 else "4"})
        stream.width, stream.height, stream.pix_fmt = *size, pixels
        context = stream.codec_context
        context.colorspace, context.color_trc, context.color_primaries = matrix, transfer, primaries
        context.color_range = 2 if full else 1
        for _ in range(3):
            frame = av.VideoFrame(*size, pixels)
            for plane, level in zip(frame.planes, planes, strict=True):
                row = np.full(plane.buffer_size // (2 if bits > 8 else 1), level, np.uint16 if bits > 8 else np.uint8)
                plane.update(row.tobytes())
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return buffer.getvalue()


def turned(mp4: bytes, matrix: tuple[int, int, int, int]) -> bytes:
    """The same film with another display matrix (ISO 14496-12, 8.3.2: of a version 0 track header)."""
    data = bytearray(mp4)
    a, b, c, d = (part << 16 for part in matrix)
    place = data.index(b"tkhd") + 44
    data[place : place + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    return bytes(data)
