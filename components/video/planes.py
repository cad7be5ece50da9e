"""Pictures as three planes (I420), the form in which decoders give frames and encoders want them.

Every picture here has an even width and height, because x264 refuses 4:2:0 pictures of odd size: a camera frame
of odd size loses its last column or row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import av
import cv2
import numpy as np
from av.video.reformatter import Interpolation
from numpy.typing import NDArray

_EXACT = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
"""Within 2 levels; swscale's default is off by 5."""

Plane = NDArray[np.uint8]
Size = tuple[int, int]
"""Width and height in pixels."""


@dataclass(frozen=True, slots=True)
class I420:
    """Three uint8 planes, BT.601 limited range: `y` is HxW, `u` and `v` are H/2 x W/2; H and W are even.

    What the model is shown of a dark room has float32 planes (`noise.py`).
    """

    y: Plane
    u: Plane
    v: Plane

    @property
    def size(self) -> Size:
        """Width and height in pixels."""
        return self.y.shape[1], self.y.shape[0]

    @property
    def planes(self) -> tuple[Plane, Plane, Plane]:
        """The planes in the order y, u, v."""
        return self.y, self.u, self.v


def even(size: Size) -> Size:
    """The largest even size within `size`, at least 2x2."""
    return max(2, size[0] & ~1), max(2, size[1] & ~1)


def view(frame: av.VideoFrame) -> I420:
    """The planes of a `yuv420p` frame, without a copy; they live as long as the frame does.

    Any thread, but never two on one frame: PyAV keeps a scaler inside each frame.
    """
    width, height = even((frame.width, frame.height))
    sizes = ((width, height), (width // 2, height // 2), (width // 2, height // 2))
    planes = [
        np.frombuffer(cast("bytes", plane), np.uint8).reshape(-1, plane.line_size)[:h, :w]
        for plane, (w, h) in zip(frame.planes, sizes, strict=True)
    ]
    return I420(*planes)


def new_frame(size: Size) -> tuple[av.VideoFrame, I420]:
    """A frame of the given even size with undefined content, and its planes to write into."""
    frame = av.VideoFrame(*size, "yuv420p")
    return frame, view(frame)


def to_frame(picture: I420) -> av.VideoFrame:
    """A new frame with a copy of the picture; the caller may change its time stamp without touching others."""
    frame, planes = new_frame(picture.size)
    for target, source in zip(planes.planes, picture.planes, strict=True):
        np.copyto(target, source)
    return frame


def from_rgb(pixels: NDArray[np.uint8]) -> I420:
    """Convert uint8 HxWx3 RGB to planes of the even size within it."""
    width, height = even((pixels.shape[1], pixels.shape[0]))
    if pixels.shape[0] < 2 or pixels.shape[1] < 2:
        pixels = np.repeat(np.repeat(pixels, 2, 0), 2, 1)
    rgb = np.ascontiguousarray(pixels[:height, :width])
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format="yuv420p")
    return I420(*(plane.copy() for plane in view(frame).planes))


def to_rgb(picture: I420) -> NDArray[np.uint8]:
    """Convert planes to uint8 HxWx3 RGB."""
    frame = to_frame(picture).reformat(format="rgb24", interpolation=_EXACT)
    return np.asarray(frame.to_ndarray(), np.uint8)


def cover(pixels: NDArray[np.uint8], size: Size) -> NDArray[np.uint8]:
    """Scale uint8 HxWx3 RGB to fill `size`, keeping the shape of things; what juts out is cut off evenly."""
    height, width = pixels.shape[:2]
    scale = max(size[0] / width, size[1] / height)
    crop_width, crop_height = min(width, round(size[0] / scale)), min(height, round(size[1] / scale))
    crop_width, crop_height = max(1, crop_width), max(1, crop_height)
    left, top = (width - crop_width) // 2, (height - crop_height) // 2
    cropped = pixels[top : top + crop_height, left : left + crop_width]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cast("NDArray[np.uint8]", cv2.resize(cropped, size, interpolation=how))
