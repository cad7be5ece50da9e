"""A matte brought over to the next frame without a look: along the picture's own motion, and only as far as that
explains the picture."""

from __future__ import annotations

import cv2
import numpy as np

from components.video.planes import Plane
from components.video.segmenter import Probability
from components.video.unchanged import light

LIGHT_ENOUGH = 55
"""Mean luma, levels of 255, below which flow follows the noise: at 12 % of the light it costs .013 of IoU, and nothing
is carried."""

BLOCKS = (16, 12)
"""Across and down. The grid's mean would not notice a hand; its block does."""

EXPLAINED = 180.0
"""Mean-square difference of luma (levels of 255, each square capped at 255) between what the flow brought over and what
is there, in the worst block around the person. A person who sways at once a second, 640x480 and 1280x720, four rooms,
with noise of 6 levels and without: brought over by 33 to 67 ms it is 60 to 187, and a look of its own would leave .1 to
.35 % of the picture of room in sight, the matte brought over .1 to .4; where the flow loses the person (200 ms, up to
7 % of room) it is 230 and more."""

_NO_MAP = np.empty((0, 0), np.float32)
_NEAR = np.ones((3, 3), np.uint8)
_SOMEBODY = (np.array([0.05]), np.array([1.001]))


class Carrier:
    """Optical flow (DIS, ultrafast) at half the model's grid, where it takes a quarter of the time. One thread."""

    def __init__(self) -> None:
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._places = np.empty((0, 0, 2), np.float32)

    def carried(self, probability: Probability, guide: Plane, new_guide: Plane) -> tuple[Probability, Plane]:
        """`probability` (float32 HxW) and the luma that it was found for (uint8 HxW), put where `new_guide` has them.

        In 255 levels, as one picture of both: a float one alone takes as long again.
        """
        if cv2.mean(new_guide)[0] < LIGHT_ENOUGH:
            return probability, guide
        if self._places.shape[:2] != guide.shape:
            rows, columns = np.indices(guide.shape, np.float32)
            self._places = np.dstack([columns, rows])
        height, width = guide.shape
        half = (width // 2, height // 2)
        small, new_small = (cv2.resize(each, half, interpolation=cv2.INTER_AREA) for each in (guide, new_guide))
        flow = 2 * self._flow.calc(new_small, small, np.zeros((*small.shape, 2), np.float32))
        places = cv2.resize(flow, (width, height), interpolation=cv2.INTER_LINEAR)
        cv2.add(places, self._places, dst=places)
        both = cv2.merge([cv2.convertScaleAbs(probability, alpha=255), guide])
        moved = cv2.remap(both, places, _NO_MAP, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        levels, moved_guide = cv2.split(moved)
        return levels.astype(np.float32) * np.float32(1 / 255), np.asarray(moved_guide, np.uint8)


def explained(shown: Probability, moved: Plane, guide: Plane) -> bool:
    """Whether a matte brought over (float32 HxW) may stand: the luma that came with it (`moved`, uint8 HxW) is the
    luma that is there (`guide`), wherever the person is near.

    Fail closed: a matte that is late shows the room that the person has left.
    """
    difference = cv2.absdiff(moved, guide)
    blocks = cv2.resize(cv2.multiply(difference, difference), BLOCKS, interpolation=cv2.INTER_AREA)
    somebody = cv2.inRange(shown, _SOMEBODY[0], _SOMEBODY[1])
    near = cv2.dilate(cv2.resize(somebody, BLOCKS, interpolation=cv2.INTER_AREA), _NEAR)
    return bool(cv2.minMaxLoc(blocks, mask=near)[1] < EXPLAINED * light(guide))
