"""From the model's probability to the matte: how much of each pixel is the person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from components.errors import SegmenterError
from components.video.planes import Plane, Size
from components.video.segmenter import Probability


@dataclass(frozen=True, slots=True)
class Edges:
    """Where the person ends and how gradually, both in units of probability.

    The softness keeps hair: every sharpening curve measured worse than the soft mask (matting.md B2). The position is a
    little inside the best single threshold (.6 on 130 portraits, same place): on the moving astronaut at 640x480 it
    costs .0025 of IoU and shows 40 % less of the room along the edge, which is what people see.
    """

    position: float = 0.7
    softness: float = 0.5

    POSITION_RANGE: ClassVar = (0.3, 0.9)
    SOFTNESS_RANGE: ClassVar = (0.05, 0.9)

    def __post_init__(self) -> None:
        for value, (low, high) in ((self.position, self.POSITION_RANGE), (self.softness, self.SOFTNESS_RANGE)):
            if not low <= value <= high:
                raise ValueError(f"{value} is not in {low}..{high}")

    @property
    def ramp(self) -> tuple[float, float]:
        """The probabilities from which a pixel is a little, and wholly, the person.

        The lower end never goes below .1, where the model puts plain walls: no setting can let the room shine through.
        """
        low = max(0.1, self.position - self.softness / 2)
        return low, max(low + 0.05, min(1.0, self.position + self.softness / 2))


class Matte:
    """Upsamples and ramps, into buffers that are kept from frame to frame. One thread."""

    def __init__(self) -> None:
        self._full: NDArray[np.float32] = np.empty((0, 0), np.float32)
        self._alpha: Plane = np.empty((0, 0), np.uint8)

    def alpha(self, probability: Probability, size: Size, edges: Edges) -> Plane:
        """The matte as uint8 HxW, 255 = person, valid until the next call.

        The probability is upsampled before the ramp: the other way round, a steep ramp shows the model's cells.
        """
        if self._alpha.shape != (size[1], size[0]):
            self._full = np.empty((size[1], size[0]), np.float32)
            self._alpha = np.empty((size[1], size[0]), np.uint8)
        cv2.resize(probability, size, dst=self._full, interpolation=cv2.INTER_LINEAR)
        low, high = edges.ramp
        slope = 255 / (high - low)
        # addWeighted is the one OpenCV call that scales, shifts, clamps at both ends and converts in one pass.
        cv2.addWeighted(self._full, slope, self._full, 0, -slope * low, dst=self._alpha, dtype=cv2.CV_8U)
        return self._alpha


MOSTLY_PERSON = 0.95
"""A matte that keeps more of the picture than this is not believed: it would show the room. A face held into the lens
reaches .9."""

MOSTLY_UNDECIDED = 0.5
"""Nor is one that is half transparent over more of the picture than this: a real one is undecided along edges only."""


_UNDECIDED = (np.array([24]), np.array([250]))


def believed(alpha: Plane) -> Plane:
    """Refuse a matte (uint8 HxW) that would show the room, whatever made it. Raises SegmenterError."""
    if cv2.mean(alpha)[0] > 255 * MOSTLY_PERSON:
        raise SegmenterError("The segmenter took nearly the whole picture for a person.")
    if cv2.countNonZero(cv2.inRange(alpha, _UNDECIDED[0], _UNDECIDED[1])) > MOSTLY_UNDECIDED * alpha.size:
        raise SegmenterError("The segmenter could not tell person from room.")
    return alpha


_NEIGHBOURS = np.ones((3, 3), np.uint8)


def half(alpha: Plane) -> Plane:
    """The matte for the chroma planes, at half size and one cell further inside.

    At the edge the camera's colour is a mixture with the room's, so there the backdrop's is taken with the person's
    brightness: .24 % of a magenta room becomes .05 % (astronaut, 640x480), and no rim of the room's colour is seen.
    """
    height, width = alpha.shape
    small = cv2.resize(alpha, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return cast("Plane", cv2.erode(small, _NEIGHBOURS))
