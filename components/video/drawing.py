"""The matte at full size: drawn where there is somebody, and 0 wherever else."""

from __future__ import annotations

import math

import cv2
import numpy as np

from components.video.box import Box
from components.video.carry import SOMEBODY
from components.video.edges import Edges
from components.video.guided import RADIUS, Ramp, coefficients
from components.video.planes import Plane, Size
from components.video.segmenter import Probability

REACH = 2 * RADIUS + 1
"""Cells from somebody at which the guided filter's lines are 0."""


class Drawing:
    """Draws one matte after the other into one picture of `size`. One thread."""

    def __init__(self, size: Size) -> None:
        self.alpha: Plane = np.zeros((size[1], size[0]), np.uint8)
        """HxW, 255 = person."""
        self.box = Box(0, 0, 0, 0)
        """Outside it `alpha` is 0; nothing where nobody is."""
        self._ramp = Ramp()

    def draw(self, shown: Probability, guide: Plane, over: Box, luma: Plane, edges: Edges, *, edge_aware: bool) -> None:
        """Draw `shown`, float32 on the model's grid over a box of the frame. `guide` is the luma on that grid, uint8,
        and `luma` the frame's own."""
        before = self.box
        cells, self.box = _around(shown, over)
        if not self.box.holds(before):
            before.cut(self.alpha).fill(0)
        if not self.box.area:
            return
        shown, out = shown[cells], self.box.cut(self.alpha)
        if edge_aware:
            grey = guide[cells].astype(np.float32) * np.float32(1 / 255)
            self._ramp.guided(coefficients(shown, grey), self.box.cut(luma), edges.ramp, out)
        else:
            self._ramp.plain(shown, edges.ramp, out)


def _around(shown: Probability, over: Box) -> tuple[tuple[slice, slice], Box]:
    """The cells in which somebody is and all that depends on them, and the pixels of the frame that are theirs."""
    left, top, wide, tall = cv2.boundingRect(cv2.inRange(shown, *SOMEBODY))
    if not wide:
        return (slice(0), slice(0)), Box(0, 0, 0, 0)
    (height, width), (across, down) = shown.shape, over.size
    columns, x = _widened(left - REACH, left + wide + REACH, width, across)
    rows, y = _widened(top - REACH, top + tall + REACH, height, down)
    return (rows, columns), Box(over.left + x.start, over.top + y.start, over.left + x.stop, over.top + y.stop)


def _widened(first: int, end: int, cells: int, pixels: int) -> tuple[slice, slice]:
    """The nearest cells outwards that begin and end with an even pixel, and those pixels: only there does a part become
    the same picture as the whole."""
    step = cells // math.gcd(cells, pixels // 2)
    first, end = max(0, first // step * step), min(cells, -(-end // step) * step)
    return slice(first, end), slice(first * pixels // cells, end * pixels // cells)
