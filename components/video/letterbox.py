"""Fits pictures of any size into the one size that is published, so that a stream never changes its size."""

from __future__ import annotations

import cv2
import numpy as np

from components.video.planes import I420, Plane, Size, even

LONGEST, SHORTEST_MOST, SHORTEST_LEAST = 1280, 720, 160
"""IVS takes 160p to 720p (aws.md B.3: Real-Time streaming, ingest guide; the web SDK's long side ends at 1280)."""

_BLACK = (16, 128, 128)


SHAPES = (16 / 9, 16 / 10, 3 / 2, 4 / 3, 5 / 4, 1.0)
"""Long side to short side, as cameras have it."""

NEARLY = 0.02
"""Shapes that differ by less are one: Chrome makes 212x160 of a 640x480 camera where the network is weak."""


def published_size(camera: Size, chosen: Size | None = None) -> Size:
    """The even size of the stream for a camera whose pictures have this size now, within what stages take.

    `chosen` is what the visitor chose, however small the pictures come at present: the stream has the camera's shape,
    upright or not, and is as large as fits into it. Without a choice the size is the camera's.
    """
    long, short = float(max(camera)), float(min(camera))
    most_long, most_short = min(LONGEST, max(chosen or camera)), min(SHORTEST_MOST, min(chosen or camera))
    if chosen is not None:
        long, short = _shape(long / short), 1.0
    scale = max(min(most_long / long, most_short / short), SHORTEST_LEAST / short)
    fitted = even((min(LONGEST, round(long * scale)), round(short * scale)))
    return fitted if camera[0] >= camera[1] else fitted[::-1]


def _shape(measured: float) -> float:
    """Long side to short side: the camera's, where the measured one is nearly that of a camera."""
    nearest = min(SHAPES, key=lambda shape: abs(shape - measured))
    return nearest if abs(nearest / measured - 1) < NEARLY else measured


class Letterbox:
    """Puts pictures into `target`, whole and centred, with black beside them where the shape differs. One thread."""

    def __init__(self, target: I420) -> None:
        self._target = target
        self._size: Size | None = None
        self._inner = target

    def put(self, picture: I420) -> None:
        """Copy the picture in, scaled if need be; 0.2 ms at 1280x720 without scaling."""
        if picture.size != self._size:
            self._size, self._inner = picture.size, self._fit(picture.size)
        for source, target in zip(picture.planes, self._inner.planes, strict=True):
            if source.shape == target.shape:
                np.copyto(target, source)
            else:
                shrinks = source.size > target.size
                how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
                np.copyto(target, cv2.resize(source, target.shape[::-1], interpolation=how))

    def _fit(self, size: Size) -> I420:
        """The part of the target that pictures of this size fill; the rest is painted black."""
        whole = self._target.size
        scale = min(whole[0] / size[0], whole[1] / size[1])
        width, height = even((min(whole[0], round(size[0] * scale)), min(whole[1], round(size[1] * scale))))
        if width > whole[0] * (1 - NEARLY) and height > whole[1] * (1 - NEARLY):
            # Nobody sees so little stretching; everybody sees a line of black.
            width, height = whole
        # Even offsets, so that the chroma planes lie where the luma does.
        left, top = (whole[0] - width) // 4 * 2, (whole[1] - height) // 4 * 2
        if (width, height) != whole:
            for plane, value in zip(self._target.planes, _BLACK, strict=True):
                plane[:] = value

        def part(plane: Plane, by: int) -> Plane:
            return plane[top // by : (top + height) // by, left // by : (left + width) // by]

        return I420(part(self._target.y, 1), part(self._target.u, 2), part(self._target.v, 2))
