"""A matte brought over to the next frame without a look: along the picture's own motion, and only as far as that
explains the picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from components.video.planes import Plane
from components.video.segmenter import Probability
from components.video.unchanged import light

LIGHT_ENOUGH = 55
"""Mean luma, levels of 255, below which flow follows the noise: at 12 % of the light it costs .013 of IoU, and nothing
is carried."""

HAND = (7, 7)
"""Cells of the model's grid, less than a hand takes: a mean over more would not notice one that is lost."""

EXPLAINED = 45.0
"""Levels of luma between what the flow brought over and what is there, averaged over a hand's size: the most around
the person, in a bright room. A person who sways in two seconds, 640x480 and 1280x720, four rooms, with noise of 6
levels and without, brought over by 33 to 67 ms: 95 in 100 are below 58 and 34, and the room in sight is .2 % of the
picture more than with a look of its own at worst. Where the flow loses the person it is 60 and more, and up to 7 % of
room."""

_NEAR = np.ones((15, 15), np.uint8)
SOMEBODY = (np.array([0.05]), np.array([1.001]))
"""Probabilities, from far below what any ramp shows."""


class Carrier:
    """Optical flow (DIS, ultrafast) at half the model's grid, where it takes a quarter of the time. One thread."""

    def __init__(self) -> None:
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._columns = self._rows = np.empty((0, 0), np.float32)

    def carried(self, mattes: Sequence[Probability], guide: Plane, new_guide: Plane) -> tuple[list[Probability], Plane]:
        """One or two mattes (float32 HxW) and the luma that they were found for (uint8 HxW), put where `new_guide` has
        them.

        In 255 levels, as one picture of four channels: that takes OpenCV .14 ms, three .35, two .41.
        """
        if cv2.mean(new_guide)[0] < LIGHT_ENOUGH:
            return list(mattes), guide
        if self._rows.shape != guide.shape:
            rows, columns = np.indices(guide.shape, np.float32)
            self._rows, self._columns = np.asarray(rows), np.asarray(columns)
        height, width = guide.shape
        half = (width // 2, height // 2)
        small, new_small = (cv2.resize(each, half, interpolation=cv2.INTER_AREA) for each in (guide, new_guide))
        flow = 2 * self._flow.calc(new_small, small, np.zeros((*small.shape, 2), np.float32))
        across, down = cv2.split(cv2.resize(flow, (width, height), interpolation=cv2.INTER_LINEAR))
        # Two maps: with both in one, OpenCV 5.0.0 reads the wrong places in all but two channels.
        places = cv2.add(across, self._columns), cv2.add(down, self._rows)
        channels = [guide, *(cv2.convertScaleAbs(matte, alpha=255) for matte in mattes)]
        together = cv2.merge(channels + [guide] * (4 - len(channels)))
        moved = cv2.remap(together, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        moved_guide, *levels = cv2.split(moved)[: len(channels)]
        return [each.astype(np.float32) * np.float32(1 / 255) for each in levels], np.asarray(moved_guide, np.uint8)


def explained(shown: Probability, moved: Plane, guide: Plane) -> bool:
    """Whether a matte brought over (float32 HxW) may stand: the luma that came with it (`moved`, uint8 HxW) is the
    luma that is there (`guide`), wherever the person is near.

    Fail closed: a matte that is late shows the room that the person has left.
    """
    missed = cv2.blur(cv2.absdiff(moved, guide), HAND)
    near = cv2.dilate(cv2.inRange(shown, *SOMEBODY), _NEAR)
    return bool(cv2.minMaxLoc(missed, mask=near)[1] < EXPLAINED * math.sqrt(light(guide)))
