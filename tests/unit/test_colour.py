"""Frames with every kind of colour tag become BT.601 limited range."""

from __future__ import annotations

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace, ColorTrc, VideoReformatter

from components.video.colour import EXACT, QUICK, film_colorspace, is_hdr, to_bt601
from components.video.planes import from_rgb, to_frame, to_rgb, view

Colour = tuple[int, int, int]

COLOURS: tuple[Colour, ...] = (
    (200, 30, 30),
    (30, 160, 40),
    (30, 40, 200),
    (0, 0, 0),
    (60, 60, 60),
    (128, 128, 128),
    (255, 255, 255),
)
# Red's and blue's share of luma, and AVFrame.colorspace (H.273, table 4).
MATRICES = {"601": (0.299, 0.114, 6), "625": (0.299, 0.114, 5), "709": (0.2126, 0.0722, 1), "2020": (0.2627, 0.0593, 9)}


def yuv_frame(
    colour: Colour, matrix: str, *, full: bool = False, tagged: bool = True, size: tuple[int, int] = (64, 48)
) -> av.VideoFrame:
    """A yuv420p frame of one colour, by the formulas of H.273 and not by FFmpeg."""
    red, green, blue = (value / 255 for value in colour)
    of_red, of_blue, tag = MATRICES[matrix]
    luma = of_red * red + (1 - of_red - of_blue) * green + of_blue * blue
    chroma = ((blue - luma) / (2 - 2 * of_blue), (red - luma) / (2 - 2 * of_red))
    black, white, swing = (0, 255, 255) if full else (16, 219, 224)
    frame = av.VideoFrame(*size, "yuv420p")
    for plane, value in zip(frame.planes, (black + white * luma, *(128 + swing * c for c in chroma)), strict=True):
        np.frombuffer(plane, np.uint8)[:] = min(255, round(value))  # type: ignore[call-overload]
    if tagged:
        frame.colorspace, frame.color_range = tag, ColorRange.JPEG if full else ColorRange.MPEG
    return frame


def shown(frame: av.VideoFrame) -> np.ndarray:
    """The colour that the frame's planes show to somebody who takes them for BT.601 limited range."""
    y, u, v = (float(plane[4, 4]) for plane in view(frame).planes)
    luma, blue, red = (y - 16) / 219, (u - 128) / 224, (v - 128) / 224
    return 255 * np.array([luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue])


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("full", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", MATRICES)
def test_tagged_frames_keep_their_colours(matrix: str, full: bool, colour: Colour) -> None:
    frame = yuv_frame(colour, matrix, full=full)
    assert np.abs(shown(to_bt601(frame, VideoReformatter(), interpolation=EXACT)) - colour).max() < 2.5
    quick = np.abs(shown(to_bt601(frame, VideoReformatter(), interpolation=QUICK)) - colour)
    assert quick.max() < (1 if len(set(colour)) == 1 else 4)


@pytest.mark.parametrize("matrix", ["601", "625"])
def test_a_bt601_frame_is_given_back_untouched(matrix: str) -> None:
    for tagged in (True, False):
        frame = yuv_frame((200, 30, 30), matrix, tagged=tagged)
        assert to_bt601(frame, VideoReformatter()) is frame


@pytest.mark.parametrize(("size", "matrix"), [((1280, 720), "709"), ((1920, 1080), "709"), ((720, 576), "601")])
def test_an_untagged_film_is_bt709_from_720_lines_up(size: tuple[int, int], matrix: str) -> None:
    frame = yuv_frame((30, 160, 40), matrix, tagged=False, size=size)
    converted = to_bt601(frame, VideoReformatter(), untagged=film_colorspace(frame))
    assert np.abs(shown(converted) - (30, 160, 40)).max() < 4


@pytest.mark.parametrize(
    "pixels", ["yuvj420p", "nv12", "yuv422p", "yuv444p", "yuvj444p", "yuv420p10le", "p010le", "yuv444p12le", "gbrp"]
)
def test_other_pixel_formats_keep_their_colours(pixels: str) -> None:
    for colour in COLOURS:
        rgb = av.VideoFrame.from_ndarray(np.full((48, 64, 3), colour, np.uint8), format="rgb24")
        for colorspace in (Colorspace.ITU601, Colorspace.ITU709):
            frame = VideoReformatter().reformat(rgb, format=pixels, dst_colorspace=colorspace, interpolation=EXACT)
            converted = to_bt601(frame, VideoReformatter(), interpolation=EXACT)
            assert converted.format.name == "yuv420p"
            assert np.abs(shown(converted) - colour).max() < 4


@pytest.mark.parametrize("tag", [0, 3, 8, 10, 13, 14])
def test_a_matrix_that_ffmpeg_cannot_convert_still_gives_a_picture(tag: int) -> None:
    frame = yuv_frame((128, 128, 128), "601")
    frame.colorspace = tag
    assert np.abs(shown(to_bt601(frame, VideoReformatter())) - 128).max() < 2


@pytest.mark.parametrize(("curve", "white"), [(ColorTrc.ARIB_STD_B67, 0.75), (ColorTrc.SMPTE2084, 0.58)])
def test_the_white_of_an_hdr_film_becomes_white(curve: ColorTrc, white: float) -> None:
    """ITU-R BT.2408: graphics white, 203 cd/m2, is 75 % of HLG's signal and 58 % of PQ's."""
    frame = av.VideoFrame(64, 48, "yuv420p10le")
    for plane, value in zip(frame.planes, (64 + 876 * white, 512, 512), strict=True):
        np.frombuffer(plane, np.uint16)[:] = round(value)  # type: ignore[call-overload]
    frame.colorspace, frame.color_range, frame.color_primaries, frame.color_trc = 9, ColorRange.MPEG, 9, curve
    assert is_hdr(frame)
    converted = to_bt601(frame, VideoReformatter())
    assert not is_hdr(converted)
    assert np.abs(shown(converted) - 255).max() < 5


@pytest.mark.parametrize("colour", COLOURS)
def test_still_pictures_become_bt601_and_come_back(colour: Colour) -> None:
    picture = from_rgb(np.full((48, 64, 3), colour, np.uint8))
    assert np.abs(shown(to_frame(picture)) - colour).max() < 2
    assert np.abs(to_rgb(picture).astype(int) - colour).max() <= 2
