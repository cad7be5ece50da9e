"""How a decoded frame of a clip becomes the picture that is played: its size, its shape, its colours.

Everything that plays is I420, BT.601 limited (components/video/planes.py). What the frame is, its own tags say; where
they say nothing, BT.709 from 720 lines up and BT.601 below, limited range. HLG and PQ are tone-mapped by libswscale.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

import av
from av.filter import Graph
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from components.backgrounds.limits import limit_step

COVERED = (1280, 720)
"""The largest frame of the studio: a clip is shrunk until it just covers it."""
MAX_PIXELS = 1280 * 720 * 3 // 2
"""Of one picture that is played, for shapes far from 16:9. One of 1280x720 is decoded and scaled in about 3 ms."""

_TURNS = {1: ("transpose", "cclock"), 2: ("rotate", "PI"), 3: ("transpose", "clock")}
"""Filters by quarter turns, counterclockwise."""
_HD_LINES = 720
# ITU-T H.273, table 4; constant luminance (10) as the other BT.2020, which leaves greys right.
_MATRICES = {1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020ncl", 10: "bt2020ncl"}
_EXACT_FORMATS = "yuv420p|yuv422p|yuv444p|yuv420p10|yuv422p10|yuv444p10|yuv420p12"
"""What the filter "colorspace" takes. It rounds where libswscale cuts off, and takes a third of the time."""
_HDR = frozenset({ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67})
_WIDE = frozenset({ColorPrimaries.BT2020, ColorPrimaries.SMPTE431, ColorPrimaries.SMPTE432})
_MAX_SHAPES = 8
"""How often a clip may change its size or its format."""
_GRAPH_SECONDS = 15.0
"""Tone mapping computes a table first, some 4 s of processor."""


class TooManyShapes(Exception):
    """The clip changes its size or format over and over."""


def played_size(width: int, height: int, aspect: Fraction | None) -> tuple[int, int]:
    """The even size of the pictures that are played, before they are turned; `aspect` is a pixel's, width by height."""
    pixel = float(aspect) if aspect and Fraction(1, 8) <= aspect <= 8 else 1.0
    wide, tall = width * pixel, float(height)
    shrink = min(1.0, max(COVERED[0] / wide, COVERED[1] / tall), (MAX_PIXELS / (wide * tall)) ** 0.5)
    return max(2, 2 * round(wide * shrink / 2)), max(2, 2 * round(tall * shrink / 2))


class _Way(Enum):
    """How colours are converted."""

    PLAIN = "YUV in standard dynamic range"
    MAPPED = "HDR, or a wide gamut"
    RGB = "RGB"
    SEE_THROUGH = "with transparency"


@dataclass(frozen=True, slots=True)
class _Shape:
    width: int
    height: int
    format: str
    matrix: int
    range: int
    turns: int
    way: _Way


class Converter:
    """Frames of one clip to pictures of one size: yuv420p, BT.601 limited, upright, square pixels. One thread."""

    def __init__(self, first: av.VideoFrame, aspect: Fraction | None) -> None:
        self._size = played_size(first.width, first.height, aspect)
        self._turns = _turns(first)
        self._shape: _Shape | None = None
        self._graph = Graph()
        self._shapes = 0

    def convert(self, frame: av.VideoFrame) -> av.VideoFrame:
        """A new frame. Raises av.FFmpegError, ValueError, TooManyShapes."""
        shape = self._describe(frame)
        if shape != self._shape:
            self._shapes += 1
            if self._shapes > _MAX_SHAPES:
                raise TooManyShapes
            limit_step(_GRAPH_SECONDS)
            self._graph = _graph(shape, self._size)
            self._shape = shape
        frame.pts, frame.time_base = 0, Fraction(1, 1000)
        self._graph.vpush(frame)
        picture = self._graph.vpull()
        return _on_white(picture) if shape.way is _Way.SEE_THROUGH else picture

    def _describe(self, frame: av.VideoFrame) -> _Shape:
        """Also writes what is left unsaid into the frame."""
        yuv = not frame.format.is_rgb
        if yuv and frame.colorspace not in _MATRICES:
            frame.colorspace = Colorspace.ITU709 if frame.height >= _HD_LINES else Colorspace.ITU601
        if yuv and frame.color_range == ColorRange.UNSPECIFIED:
            full = frame.format.name.startswith("yuvj")
            frame.color_range = ColorRange.JPEG if full else ColorRange.MPEG
        way = _way(frame)
        if way is _Way.MAPPED and frame.color_primaries == ColorPrimaries.UNSPECIFIED:
            frame.color_primaries = ColorPrimaries.BT2020
        if way is _Way.MAPPED and frame.color_trc == ColorTrc.UNSPECIFIED:
            frame.color_trc = ColorTrc.BT709
        return _Shape(
            frame.width,
            frame.height,
            frame.format.name,
            int(frame.colorspace),
            int(frame.color_range),
            self._turns,
            way,
        )


def _turns(frame: av.VideoFrame) -> int:
    return round(frame.rotation / 90) % 4


def _way(frame: av.VideoFrame) -> _Way:
    if any(component.is_alpha for component in frame.format.components):
        return _Way.SEE_THROUGH
    if frame.format.is_rgb:
        return _Way.RGB
    if frame.color_trc in _HDR or frame.color_primaries in _WIDE:
        return _Way.MAPPED
    return _Way.PLAIN


def _graph(shape: _Shape, size: tuple[int, int]) -> Graph:
    graph = Graph()
    graph.threads = 1
    source = (
        f"video_size={shape.width}x{shape.height}:pix_fmt={shape.format}:time_base=1/1000:pixel_aspect=1/1"
        f":colorspace={shape.matrix}:range={shape.range}"
    )
    nodes = [graph.add("buffer", source)]
    nodes += [graph.add(name, words) for name, words in _filters(shape, size)]
    if shape.turns:
        nodes.append(graph.add(*_TURNS[shape.turns]))
    nodes.append(graph.add("buffersink"))
    graph.link_nodes(*nodes).configure()
    return graph


def _filters(shape: _Shape, size: tuple[int, int]) -> list[tuple[str, str]]:
    """Names and arguments of the filters that scale and convert."""
    scale = f"w={size[0]}:h={size[1]}:flags=area+accurate_rnd+full_chroma_int+full_chroma_inp"
    if shape.way is _Way.SEE_THROUGH:
        return [("scale", scale), ("format", "rgba")]
    if shape.way is _Way.PLAIN:
        given = f"ispace={_MATRICES[shape.matrix]}:irange={'pc' if shape.range == ColorRange.JPEG else 'tv'}"
        same = "iprimaries=bt709:itrc=bt709:primaries=bt709:trc=bt709:fast=1"
        exact = f"{given}:{same}:space=smpte170m:range=tv:format=yuv420p"
        return [("scale", scale), ("format", _EXACT_FORMATS), ("colorspace", exact)]
    scale += ":out_color_matrix=bt470bg:out_range=tv"
    if shape.way is _Way.MAPPED:
        scale += ":out_primaries=bt709:out_transfer=bt709"
    return [("scale", scale), ("format", "yuv420p")]


def _on_white(picture: av.VideoFrame) -> av.VideoFrame:
    import numpy as np  # Half of this process's memory, and few clips are transparent.

    pixels = picture.to_ndarray(format="rgba").astype(np.uint16)
    alpha = pixels[:, :, 3:]
    colours = (pixels[:, :, :3] * alpha + 255 * (255 - alpha) + 127) // 255
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(colours.astype(np.uint8)), format="rgb24")
    return frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU601, dst_color_range=ColorRange.MPEG)
