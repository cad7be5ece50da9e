"""Rewrites an uploaded clip: a child process (limited_process.py), started by clips.py.

    python -m components.backgrounds.clip_child PARENT DEMUXER

The clip comes on stdin. The answer's first line tells the size of the still, what was left out, or a problem; then
come the still (RGB) and the rewritten clip: H.264 that is cheap to decode, in MP4, without sound or any other words of
the file. Imports as little as it can: FFmpeg, but neither NumPy nor Pillow.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
from av.container import InputContainer
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation

from components.backgrounds.clip_limits import (
    CLIP_OPTIONS,
    MAX_CLIP_BYTES,
    MAX_CLIP_KBPS,
    MAX_CLIP_SECONDS,
    MAX_CLIP_SIDE,
    UPLOAD_DECODERS,
)
from components.backgrounds.clip_picture import Converter, TooManyShapes
from components.backgrounds.limited_process import write_answer
from components.backgrounds.limits import give_up_rights, limit_memory, limit_step

_OPENING_BYTES, _DECODING_BYTES = 64 << 20, 700 << 20
"""Memory beyond what the process has once the clip is read. A film of 4096x4096 takes 500 MB to decode."""
_OPENING_SECONDS, _PACKET_SECONDS = 1.5, 4.0
"""Processor time for reading all headers, and for one packet with its pictures."""
_WORK_SECONDS, _WALL_SECONDS = 60.0, 90.0
"""Of processor and of wall clock for all pictures; then the clip ends where it is."""
_LEAST_GAP = 0.8 / 30
"""Seconds between two pictures: at most 30 a second, with some room for rounded time stamps."""
_LONGEST_GAP = 10.0
_TICKS = 1000
_MAX_ERRORS = 2000
_EXACT = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT


class Problem(Exception):
    """The clip cannot be used; the argument says why, in one word for clips.py."""


@dataclass
class _Told:
    damaged: bool = False
    cut: bool = False


def rewrite(data: bytes, demuxer: str) -> tuple[dict[str, Any], bytes, bytes]:
    """The answer's values, the still's RGB bytes and the rewritten clip. Raises Problem and av.FFmpegError."""
    told = _Told()
    limit_memory(_OPENING_BYTES)
    limit_step(_OPENING_SECONDS)
    with av.open(io.BytesIO(data), mode="r", format=demuxer, options=CLIP_OPTIONS) as container:
        stream = _film(container)
        limit_memory(_DECODING_BYTES)
        output = _Output()
        converter: Converter | None = None
        for frame, at in _paced(_frames(container, stream, told), stream, told):
            if converter is None:
                converter = Converter(frame, stream.sample_aspect_ratio)
            try:
                output.put(converter.convert(frame), at)
            except (av.FFmpegError, ValueError):
                told.damaged = True
                continue
            except TooManyShapes:
                told.cut = True
                break
            if output.size > MAX_CLIP_BYTES:
                told.cut = True
                break
        if output.count == 0:
            raise Problem("unplayable")
        clip = output.finish()
    width, height, still = _still(clip)
    head = {"width": width, "height": height, "seconds": round(output.seconds, 1)}
    return head | {"damaged": told.damaged, "cut": told.cut}, still, clip


def _film(container: InputContainer) -> av.VideoStream:
    stream = container.streams.best("video")
    if not isinstance(stream, av.VideoStream):
        raise Problem("no picture")
    context = stream.codec_context
    if context is None or context.codec.name not in UPLOAD_DECODERS:
        raise Problem("unplayable")
    _check_size(context.width, context.height)
    context.thread_count = 1
    # Pictures may grow in the middle of a film, after all checks of its first.
    context.options = {"max_pixels": CLIP_OPTIONS["max_pixels"]}
    return stream


def _check_size(width: int, height: int) -> None:
    if max(width, height) > MAX_CLIP_SIDE:
        raise Problem(f"size {width} {height}")


def _frames(container: InputContainer, stream: av.VideoStream, told: _Told) -> Iterator[av.VideoFrame]:
    """What can be decoded. Damage is left out, wherever it is, and the processor's time is bounded."""
    stop_at = time.monotonic() + _WALL_SECONDS
    packets = container.demux(stream)
    errors = 0
    while errors < _MAX_ERRORS:
        if time.process_time() > _WORK_SECONDS or time.monotonic() > stop_at:
            told.cut = True
            return
        limit_step(_PACKET_SECONDS)
        try:
            packet = next(packets, None)
        except (av.FFmpegError, MemoryError):  # Cut short, or damaged beyond finding the next packet.
            told.damaged = True
            return
        if packet is None:
            return
        try:
            frames = packet.decode()
        except (av.FFmpegError, MemoryError):
            told.damaged = True
            errors += 1
            continue  # A later packet starts a new picture.
        for frame in frames:
            _check_size(frame.width, frame.height)
            if frame.is_corrupt:
                told.damaged = True
            else:
                yield frame


def _paced(
    frames: Iterator[av.VideoFrame], stream: av.VideoStream, told: _Told
) -> Iterator[tuple[av.VideoFrame, float]]:
    """At most 30 pictures a second, each with its time in seconds from the first, for `MAX_CLIP_SECONDS`."""
    rate = float(stream.average_rate or 25)
    period = 1 / rate if 0.1 <= rate <= 1000 else 1 / 25
    before: float | None = None  # The time that the file gave to the frame before.
    at = due = 0.0
    for frame in frames:
        given = frame.time
        if before is not None:
            gap = period if given is None else given - before
            at += gap if 0 < gap <= _LONGEST_GAP else period
        before = given if given is not None else (before or 0.0) + period
        if at > MAX_CLIP_SECONDS:
            told.cut = True
            return
        if at >= due:
            due = at + _LEAST_GAP
            yield frame, at


class _Output:
    """H.264 in MP4, one picture behind, as a picture's duration is known from the next one."""

    def __init__(self) -> None:
        self.count = 0
        self.size = 0
        self._data = io.BytesIO()
        self._container = av.open(self._data, "w", format="mp4")
        self._stream: av.VideoStream | None = None
        self._waiting: list[Any] = []
        self._gap = _TICKS // 25
        self._at = 0

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return (self._at + self._gap) / _TICKS

    def put(self, picture: av.VideoFrame, at: float) -> None:
        """Add a picture; `at` in seconds, growing. Raises av.FFmpegError."""
        stream = self._stream or self._begin(picture)
        ticks = round(at * _TICKS)
        picture.pts, picture.time_base = ticks, Fraction(1, _TICKS)
        packets = stream.encode(picture)
        if self.count:
            self._gap = max(1, ticks - self._at)
            self._write()
        self._at = ticks
        self.count += 1
        self._waiting = packets

    def finish(self) -> bytes:
        """The file."""
        if self._stream is not None:
            self._write()
            self._container.mux(self._stream.encode(None))
        self._container.close()
        return self._data.getvalue()

    def _write(self) -> None:
        for packet in self._waiting:
            packet.duration = self._gap
            self.size += packet.size
            self._container.mux(packet)
        self._waiting = []

    def _begin(self, picture: av.VideoFrame) -> av.VideoStream:
        stream = self._container.add_stream("libx264", rate=30)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = picture.width, picture.height, "yuv420p"
        context = stream.codec_context
        context.time_base = Fraction(1, _TICKS)
        context.thread_count = 1
        context.colorspace, context.color_range = Colorspace.ITU601, ColorRange.MPEG
        context.color_trc, context.color_primaries = ColorTrc.SMPTE170M, ColorPrimaries.SMPTE170M
        # Zero latency: a packet for each picture at once, and no reordering when it is played.
        stream.options = {
            "preset": "superfast",
            "tune": "fastdecode,zerolatency",
            "crf": "21",
            "maxrate": f"{MAX_CLIP_KBPS}k",
            "bufsize": f"{MAX_CLIP_KBPS}k",
            "g": "60",
            "bf": "0",
        }
        self._stream = stream
        return stream


def _still(clip: bytes) -> tuple[int, int, bytes]:
    """The first picture of the rewritten clip, as the studio will show it: size, and RGB bytes."""
    with av.open(io.BytesIO(clip), "r", format="mov") as container:
        frame = next(container.decode(video=0))
    picture = frame.reformat(format="rgb24", dst_color_range=ColorRange.JPEG, interpolation=_EXACT)
    plane = picture.planes[0]
    raw, row = bytes(plane), picture.width * 3
    lines = [raw[y * plane.line_size : y * plane.line_size + row] for y in range(picture.height)]
    return picture.width, picture.height, b"".join(lines)


def _main() -> None:
    give_up_rights(int(sys.argv[1]))
    av.logging.set_level(None)
    data = sys.stdin.buffer.read()
    try:
        head, still, clip = rewrite(data, sys.argv[2])
    except Problem as problem:
        write_answer({"problem": str(problem)})
    except (av.FFmpegError, ValueError, MemoryError, OSError):  # Of damaged bytes PyAV raises FFmpeg's and plain ones.
        write_answer({"problem": "unplayable"})
    else:
        write_answer(head, still, clip)


if __name__ == "__main__":
    _main()
