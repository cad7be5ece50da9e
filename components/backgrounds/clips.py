"""A short film as a background: rewritten once, in a child process; only what the child wrote is ever played."""

from __future__ import annotations

import io
from dataclasses import dataclass

import av
import numpy as np
from av.container import InputContainer

from components.backgrounds.clip_limits import CLIP_OPTIONS, MAX_CLIP_BYTES, MAX_CLIP_SIDE
from components.backgrounds.headers import Kind, kind_of
from components.backgrounds.limited_process import ChildFailed, run_limited
from components.backgrounds.pictures import Pixels
from components.backgrounds.stop import Stop
from components.backgrounds.turns import CLIPS
from components.errors import UploadError

PATIENCE_SECONDS = 120.0
"""How long a clip waits for those before it."""
_CHILD_SECONDS = 120.0
_STILL_BYTES = 8_000_000

# The demuxer is named, never guessed: FFmpeg's guess may be a playlist, whose entries are files and addresses.
_DEMUXERS = {Kind.MP4: "mov", Kind.WEBM: "matroska", Kind.GIF: "gif"}


@dataclass(frozen=True, slots=True)
class RewrittenClip:
    """H.264 in MP4 as `open_clip` reads it, its first picture (contiguous uint8 HxWx3 RGB), a sentence for the page."""

    data: bytes
    still: Pixels
    note: str | None = None


def rewrite_clip(data: bytes, called: str, stop: Stop | None = None) -> RewrittenClip:
    """An uploaded MP4, WebM or animated GIF as it will be played: upright, square pixels, BT.601 limited, no sound.

    `called` is the file's name for error texts. Blocks, for seconds up to two minutes, and as long again for its turn;
    `stop` ends that. Raises UploadError, Stopped.
    """
    demuxer = _DEMUXERS.get(kind_of(data) or Kind.JPEG)
    if demuxer is None:
        raise UploadError(_unplayable(called))
    with CLIPS.take(PATIENCE_SECONDS, _busy(called), stop):
        try:
            answer = run_limited(
                "components.backgrounds.clip_child",
                [demuxer],
                data,
                seconds=_CHILD_SECONDS,
                most_bytes=MAX_CLIP_BYTES + (MAX_CLIP_BYTES >> 2) + _STILL_BYTES,
                stop=stop,
            )
        except ChildFailed:
            raise UploadError(_unplayable(called)) from None
    if "problem" in answer.head:
        raise UploadError(_sentence(str(answer.head["problem"]), called))
    width, height = int(answer.head["width"]), int(answer.head["height"])
    size = width * height * 3
    still = np.frombuffer(answer.body, np.uint8, size).reshape(height, width, 3).copy()
    return RewrittenClip(answer.body[size:], still, _note(answer.head))


def open_clip(data: bytes) -> InputContainer:
    """Open a rewritten clip, never an uploaded one: its pictures are `streams.best("video")`. Close it at the end.

    Raises av.FFmpegError, and ValueError for what is no MP4 file.
    """
    if kind_of(data) is not Kind.MP4:
        raise ValueError("not a clip")
    return av.open(io.BytesIO(data), mode="r", format="mov", options=CLIP_OPTIONS)


def _note(head: dict[str, object]) -> str | None:
    notes = []
    if head.get("cut"):
        notes.append(f"Only the first {head.get('seconds')} seconds of this clip are used.")
    if head.get("damaged"):
        notes.append("Parts of this clip are damaged and left out.")
    return " ".join(notes) or None


def _sentence(problem: str, called: str) -> str:
    words = problem.split()
    if words[0] == "size" and len(words) == 3:
        return f"{called} is {words[1]} by {words[2]} pixels; upload a video of at most {MAX_CLIP_SIDE} on each side."
    if problem == "no picture":
        return f"{called} holds no picture; upload a video that shows something."
    return _unplayable(called)


def _busy(called: str) -> str:
    return f"The server is preparing other clips; upload {called} again in a minute."


def _unplayable(called: str) -> str:
    return f"{called} cannot be played; upload an MP4 video with H.264, or a WebM video with VP9."
