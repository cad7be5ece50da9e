"""A short film as a background: opened so that it can do nothing but show pictures."""

from __future__ import annotations

import io
import time

import av
import numpy as np
from av.container import InputContainer
from PIL import Image

from components.backgrounds.headers import Kind, kind_of
from components.backgrounds.pictures import Pixels, to_pixels
from components.errors import UploadError

MAX_CLIP_SIDE = 4096
"""Longest side of a clip in pixels."""
_PATIENCE_S = 10.0

# The demuxer is named, never guessed: FFmpeg's guess may be a playlist, whose entries are files and addresses.
_DEMUXERS = {Kind.MP4: "mov", Kind.WEBM: "matroska", Kind.GIF: "gif"}
_DECODERS = frozenset({"h264", "hevc", "libdav1d", "vp8", "vp9", "libvpx", "libvpx-vp9", "mpeg4", "gif"})
_OPTIONS = {
    "protocol_whitelist": "none",  # No protocol has that name: nothing beyond the given bytes can be opened.
    "codec_whitelist": ",".join(sorted(_DECODERS)),
    "max_streams": "16",
    "max_pixels": str(MAX_CLIP_SIDE**2),  # Read by the decoders that look into the file while it is opened.
}


def open_clip(data: bytes) -> InputContainer:
    """Open an uploaded clip (MP4, WebM or animated GIF) from memory; its pictures are `streams.best("video")`.

    Every later reading of an upload must come through here too. Close it at the end. Raises `av.FFmpegError`, and
    `ValueError` where there is nothing that may be decoded.
    """
    demuxer = _DEMUXERS.get(kind_of(data) or Kind.JPEG)
    if demuxer is None:
        raise ValueError("not a clip")
    container = av.open(io.BytesIO(data), mode="r", format=demuxer, options=_OPTIONS, timeout=_PATIENCE_S)
    for stream in container.streams.video:
        if stream.codec_context is not None:
            # Pictures may grow in the middle of a film, after all checks of its first.
            stream.codec_context.options = {"max_pixels": _OPTIONS["max_pixels"]}
    best = container.streams.best("video")
    if isinstance(best, av.VideoStream) and not _is_playable(best):
        container.close()
        raise ValueError("a codec that is not on the list")
    return container


def decode_still(data: bytes, called: str) -> Pixels:
    """The first frame of a clip as contiguous uint8 HxWx3 RGB, upright, bounded as `pictures.to_pixels` does.

    `called` is the file's name for error texts. Blocks, for `_PATIENCE_S` at most plus one frame. Raises `UploadError`.
    """
    try:
        with open_clip(data) as container:
            frame = _first_frame(container, called)
            return to_pixels(_upright(frame))
    except UploadError:
        raise
    except Exception as error:  # Of damaged bytes PyAV raises FFmpeg's errors and plain ones
        raise UploadError(_unplayable(called)) from error


def _first_frame(container: InputContainer, called: str) -> av.VideoFrame:
    stream = container.streams.best("video")
    if not isinstance(stream, av.VideoStream):
        raise UploadError(f"{called} holds no picture; upload a video that shows something.")
    _check_size(stream.codec_context.width, stream.codec_context.height, called)
    deadline = time.monotonic() + _PATIENCE_S
    for packet in container.demux(stream):
        if time.monotonic() > deadline:
            break
        try:
            frames = packet.decode()
        except av.FFmpegError:
            continue  # A clip may begin in the middle of a scene; a later packet starts a new picture.
        for frame in frames:
            _check_size(frame.width, frame.height, called)
            return frame
    raise UploadError(_unplayable(called))


def _is_playable(stream: av.VideoStream) -> bool:
    return stream.codec_context is not None and stream.codec_context.codec.name in _DECODERS


def _check_size(width: int, height: int, called: str) -> None:
    if max(width, height) > MAX_CLIP_SIDE:
        raise UploadError(
            f"{called} is {width} by {height} pixels; upload a video of at most {MAX_CLIP_SIDE} on each side."
        )


def _upright(frame: av.VideoFrame) -> Image.Image:
    """The frame as RGBA where it can be transparent and RGB elsewhere, turned as the file's display matrix says."""
    transparent = any(component.is_alpha for component in frame.format.components)
    pixels = frame.to_ndarray(format="rgba" if transparent else "rgb24")
    return Image.fromarray(np.ascontiguousarray(np.rot90(pixels, round(frame.rotation / 90))))


def _unplayable(called: str) -> str:
    return f"{called} cannot be played; upload an MP4 video with H.264, or a WebM video with VP9."
