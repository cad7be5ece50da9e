"""x264 as a stage wants it: constrained baseline, no B-frames, one slice, no look-ahead, peaks held down.

Against aiortc's own encoder (preset "medium", two slices, an IDR every 8 s, no VBV) it costs a quarter to a
third of the processor time (`make bench`).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from av.video.reformatter import ColorPrimaries, ColorRange, ColorTrc

from components.video.letterbox import Letterbox
from components.video.planes import I420, Size, new_frame

FPS = 30
TIME_BASE = Fraction(1, FPS)

LEAST_KBPS, MOST_KBPS = 300, 2400
"""Below the least a 720p picture is mud; holding on beats going lower. A stream stays below 2,500: the web SDK's own
ceiling, and what weak viewers can follow without simulcast (aws.md B.3). x264 meets its aim to within 4 %, on noise
too."""

_SMPTE170M = 6
"""BT.601 as a matrix (H.273, table 4). PyAV's own enumeration has swscale's numbers."""

KEY_EVERY = 2 * FPS - 2
"""Beats from one IDR to the next: IVS wants one every 1 to 2 s, and a late beat or two must not break that."""

_OPTIONS = {
    # superfast: 7 ms of CPU for a 720p frame; veryfast takes 11, ultrafast 4 but a key frame half as big again.
    "preset": "superfast",
    "tune": "zerolatency",
    "profile": "baseline",
    "level": "3.1",
    # A frame that is asked to be I becomes an IDR; without it, a mere I, at which nobody can enter.
    "forced-idr": "1",
    "g": str(KEY_EVERY),
    # One thread and one slice (FFmpeg's advice for IVS). Two threads mean two slices, take as much CPU and gain less
    # than they cost in a process whose other threads want the cores.
    "threads": "1",
    "x264-params": "sliced-threads=0:scenecut=0",
    # A quarter of a second of buffer: on noise, the worst second is a tenth above the rate, a key frame five pictures
    # large. aiortc's encoder has none, and its worst second is twice the rate (aws.md B.6, 5).
    "maxrate": f"{MOST_KBPS}k",
    "bufsize": f"{MOST_KBPS // 4}k",
}


def within_limits(kbps: int) -> int:
    """The nearest rate that may be aimed at."""
    return max(LEAST_KBPS, min(kbps, MOST_KBPS))


def describe_colours(codec: VideoCodecContext) -> None:
    """Have the stream say that its colours are BT.601, limited range: call it before the first picture.

    Without it browsers take the pictures for BT.709, and show red (200, 30, 30) as (215, 46, 28).
    """
    codec.colorspace, codec.color_range = _SMPTE170M, ColorRange.MPEG
    codec.color_primaries, codec.color_trc = ColorPrimaries.SMPTE170M, ColorTrc.SMPTE170M


class H264:
    """One encoder of one size. One thread."""

    def __init__(self, size: Size, kbps: int) -> None:
        # One frame for all pictures: x264 has copied it by the time that `encode` returns, and it belongs to us alone,
        # so no other thread ever converts it (PyAV keeps a scaler inside each frame).
        self._frame, planes = new_frame(size)
        self._letterbox = Letterbox(planes)
        self._codec: VideoCodecContext = av.CodecContext.create("libx264", "w")
        self._codec.width, self._codec.height = size
        self._codec.pix_fmt = "yuv420p"
        self._codec.framerate = Fraction(FPS)
        self._codec.time_base = TIME_BASE
        describe_colours(self._codec)
        self._codec.options = dict(_OPTIONS)
        self.aim(kbps)

    def aim(self, kbps: int) -> None:
        """Aim at this many kilobits a second: libx264 takes it up with the next picture, without a key frame, and is
        there after a second."""
        self._codec.bit_rate = 1000 * kbps

    def encode(self, picture: I420, pts: int, key: bool) -> av.Packet[Any]:
        """The picture as one packet, Annex B, with parameter sets if it is an IDR. `pts` in `TIME_BASE`, rising."""
        self._letterbox.put(picture)
        self._frame.pts, self._frame.time_base = pts, TIME_BASE
        self._frame.pict_type = PictureType.I if key else PictureType.NONE
        (packet,) = self._codec.encode(self._frame)
        packet.time_base = TIME_BASE
        return packet
