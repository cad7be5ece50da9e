"""Colour of pictures that come from outside: whatever a frame says of itself, BT.601 limited range comes out.

All planes in this product are BT.601 limited (`planes.I420`), and what leaves says so. Cameras and clips may bring
BT.709 (every HD film), BT.2020, full range (phones), ten bits, or HDR.
"""

from __future__ import annotations

import av
from av.video.reformatter import (
    ColorPrimaries,
    ColorRange,
    Colorspace,
    ColorTrc,
    Interpolation,
    VideoReformatter,
)

from components.video.planes import Size

EXACT = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT | Interpolation.FULL_CHR_H_INP
"""For pictures that are converted once: within 2 levels of red, green and blue; 13 ms from BT.709 at 1280x720."""

QUICK = Interpolation.AREA | Interpolation.ACCURATE_RND
"""For live pictures: within 4 levels, greys exactly; 4 ms from BT.709 at 1280x720. Without accurate rounding it takes
2.4 ms, and turns white green by 3 levels."""

HD_LINES = 720
"""Films of this height or more that say nothing are BT.709, lower ones BT.601: what players assume."""

# H.273, table 4, as AVFrame.colorspace has it.
_MATRICES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    # Constant luminance. swscale does not know it, and greys at least are the same.
    10: Colorspace.BT2020,
}
_HDR = (ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67)


def is_hdr(frame: av.VideoFrame) -> bool:
    """True if the frame's transfer characteristic is PQ or HLG."""
    return frame.color_trc in _HDR


def film_colorspace(frame: av.VideoFrame) -> Colorspace:
    """The matrix of a film that does not name one, by its height."""
    return Colorspace.ITU709 if frame.height >= HD_LINES else Colorspace.ITU601


def to_bt601(
    frame: av.VideoFrame,
    reformatter: VideoReformatter,
    size: Size | None = None,
    *,
    untagged: Colorspace = Colorspace.ITU601,
    interpolation: Interpolation = QUICK,
) -> av.VideoFrame:
    """The frame as yuv420p, BT.601 limited range, of `size` if given; the same frame, untouched, if it is that already.

    Matrix and range are what the frame's tags say; the matrix is `untagged` where they say nothing useful. PQ and HLG
    are tone-mapped to SDR by swscale (white at 203 nits becomes white): the first frame takes 2 s, the others 14 ms at
    1280x720. One thread for each reformatter and frame. Raises FFmpegError or ValueError where FFmpeg cannot convert.
    """
    width, height = size or (frame.width, frame.height)
    hdr = is_hdr(frame)
    # Said aloud, or swscale copies the picture.
    unsaid = frame.format.name == "yuv420p" and frame.color_range == ColorRange.UNSPECIFIED
    return reformatter.reformat(
        frame,
        width,
        height,
        format="yuv420p",
        src_colorspace=_MATRICES.get(frame.colorspace, untagged),
        dst_colorspace=Colorspace.ITU601,
        src_color_range=ColorRange.MPEG if unsaid else None,
        dst_color_range=ColorRange.MPEG,
        dst_color_trc=ColorTrc.SMPTE170M if hdr else None,
        dst_color_primaries=ColorPrimaries.SMPTE170M if hdr else None,
        interpolation=interpolation,
        threads=1,
    )
