"""A matte carried over to the next frame without a look: along the picture's own motion (optical flow), and only where
luma and colour, carried the same way, match the new picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from components.video.model_input import shrink
from components.video.planes import I420, Plane, Size
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

COLOUR_EXPLAINED = 45.0
"""The same for chroma, of u and v the one that differs more, averaged over `COLOUR_HAND`. A wall as bright as the
person's clothes tells nothing in luma. Same films: 9 in 10 are below 42, 57 at most, where the flow holds the person;
where it loses them 86 to 120 before magenta, green and blue, and 23 to 62 before muted rooms, where luma differs."""

COLOUR_HAND = (4, 4)
"""Cells of half the model's grid: a hand, as in `HAND`."""

_NEAR = np.ones((15, 15), np.uint8)
_NEAR_AT_HALF = np.ones((7, 7), np.uint8)
SOMEBODY = (np.array([0.05]), np.array([1.001]))
"""Probabilities, from far below what any ramp shows."""


def colour_of(picture: I420, size: Size) -> Plane:
    """The chroma on half of a grid of `size` (width, height): uint8 H/2 x W/2 x 2, u and v."""
    half = (size[0] // 2, size[1] // 2)
    return np.asarray(cv2.merge([shrink(plane, half) for plane in (picture.u, picture.v)]), np.uint8)


class Carrier:
    """Optical flow (DIS, ultrafast) at half the model's grid, where it takes a quarter of the time. One thread."""

    def __init__(self) -> None:
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._columns = self._rows = np.empty((0, 0), np.float32)
        self._places: tuple[cv2.typing.MatLike, cv2.typing.MatLike] | None = None

    def carried(self, mattes: Sequence[Probability], guide: Plane, new_guide: Plane) -> tuple[list[Probability], Plane]:
        """One or two mattes (float32 HxW) and the luma that they were found for (uint8 HxW), put where `new_guide` has
        them.

        In 255 levels, as one picture of four channels: that takes OpenCV .14 ms, three .35, two .41.
        """
        self._places = None
        if cv2.mean(new_guide)[0] < LIGHT_ENOUGH:
            return list(mattes), guide
        if self._rows.shape != guide.shape:
            rows, columns = np.indices(guide.shape, np.float32)
            self._rows, self._columns = np.asarray(rows), np.asarray(columns)
        height, width = guide.shape
        half = (width // 2, height // 2)
        small, new_small = (cv2.resize(each, half, interpolation=cv2.INTER_AREA) for each in (guide, new_guide))
        flow = self._flow.calc(new_small, small, np.zeros((*small.shape, 2), np.float32))
        across, down = cv2.split(flow)
        self._places = (
            cv2.add(across, self._columns[: half[1], : half[0]]),
            cv2.add(down, self._rows[: half[1], : half[0]]),
        )
        across, down = cv2.split(cv2.resize(2 * flow, (width, height), interpolation=cv2.INTER_LINEAR))
        # Two maps: with both in one, OpenCV 5.0.0 reads the wrong places in all but two channels.
        places = cv2.add(across, self._columns), cv2.add(down, self._rows)
        channels = [guide, *(cv2.convertScaleAbs(matte, alpha=255) for matte in mattes)]
        together = cv2.merge(channels + [guide] * (4 - len(channels)))
        moved = cv2.remap(together, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        moved_guide, *levels = cv2.split(moved)[: len(channels)]
        return [each.astype(np.float32) * np.float32(1 / 255) for each in levels], np.asarray(moved_guide, np.uint8)

    def carried_colour(self, colour: Plane) -> Plane:
        """The chroma of the old picture (`colour_of`), moved along the flow of the last call of `carried`."""
        if self._places is None:
            return colour
        moved = cv2.remap(colour, *self._places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(moved, np.uint8)


def explained(shown: Probability, moved: Plane, guide: Plane) -> bool:
    """True if the carried matte (float32 HxW) can be trusted: near the person, the carried luma (`moved`, uint8 HxW)
    matches the luma of the new picture (`guide`).

    Fail closed: a matte that is late shows the room that the person has left.
    """
    missed = cv2.blur(cv2.absdiff(moved, guide), HAND)
    near = cv2.dilate(cv2.inRange(shown, *SOMEBODY), _NEAR)
    return bool(cv2.minMaxLoc(missed, mask=near)[1] < EXPLAINED * math.sqrt(light(guide)))


def colour_explained(shown: Probability, moved: Plane, colour: Plane, guide: Plane) -> bool:
    """The same for the chroma: `moved` was carried, `colour` is the new picture's (both as in `colour_of`)."""
    missed = cv2.blur(cv2.absdiff(moved, colour), COLOUR_HAND)
    # At half the size, where it takes a quarter of the time; the mean of four cells is 0 only where all of them are.
    somebody = cv2.resize(cv2.inRange(shown, *SOMEBODY), missed.shape[1::-1], interpolation=cv2.INTER_AREA)
    near = cv2.dilate(somebody, _NEAR_AT_HALF)
    most = max(cv2.minMaxLoc(plane, mask=near)[1] for plane in cv2.split(missed))
    return bool(most < COLOUR_EXPLAINED * math.sqrt(light(guide)))
