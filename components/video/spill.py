"""Spill: the room's light and colour that are mixed into the person's edge, and how they are taken out again."""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np

from components.video.planes import Plane, Size

REACH = 0.03
"""How far around an edge the room is asked for its colour and brightness, as a share of the picture's height."""

GREY = 128

QUIET, LOUD = 20, 60
"""Levels of chroma between which a room's colour begins to count, and counts in full.

A chroma matte that begins one cell further inside takes the backdrop's colour with the person's brightness along the
edge. In a magenta room that brings .084 % of the room that shows down to .005; in a beige, white or dark one it only
costs colour: 6 levels of error along the edge in place of 2 (astronaut, 640x480, four backdrops). So it is done where
the room is loud."""

_NEIGHBOURS = np.ones((3, 3), np.uint8)


def chroma_matte(half: Plane, u: Plane, v: Plane, share: float, reach: int) -> Plane:
    """The matte for the chroma planes: uint8 of their size, as are all planes here.

    `half` is the matte at their size, `u` and `v` the camera's. With a `share` of 0 it stays; with 1 it begins one cell
    further inside where the room, `reach` cells around, is loud.
    """
    if not share:
        return half
    # The room's loudness is a matter of regions: every fourth pixel tells.
    size = (max(1, half.shape[1] // 4), max(1, half.shape[0] // 4))
    # |c - GREY|, as convertScaleAbs takes the absolute value.
    colour = [cv2.convertScaleAbs(_sampled(plane, size), beta=-GREY) for plane in (u, v)]
    loudness = beside(cv2.max(*colour), cv2.bitwise_not(_sampled(half, size)), reach // 4)
    slope = 255 / (LOUD - QUIET)
    loud = cv2.addWeighted(loudness, slope, loudness, 0, -slope * QUIET)
    if not cv2.countNonZero(loud):
        return half
    rim = cv2.subtract(half, cv2.erode(half, _NEIGHBOURS))
    taken = cv2.multiply(rim, cv2.resize(loud, half.shape[::-1], interpolation=cv2.INTER_LINEAR), scale=share / 255)
    return cast("Plane", cv2.subtract(half, taken))


def _sampled(plane: Plane, size: Size) -> cv2.typing.MatLike:
    return cv2.resize(plane, size, interpolation=cv2.INTER_NEAREST)


def beside(plane: cv2.typing.MatLike, rest: cv2.typing.MatLike, reach: int) -> cv2.typing.MatLike:
    """The mean of what is around and not the person: `rest` is 255 where nobody is. 0 where there is no such thing."""
    box = (2 * reach + 1, 2 * reach + 1)
    seen = cv2.blur(cv2.multiply(plane, rest, scale=1 / 255), box, borderType=cv2.BORDER_REPLICATE)
    return cv2.divide(seen, cv2.blur(rest, box, borderType=cv2.BORDER_REPLICATE), scale=255)


UNMIXED = 0.4
"""How much of the luma that the matting equation asks for is taken. From .25 to .5 the error along the edge is least,
by 1 to 3 % (five rooms, two backdrops, 640x480), and the rim of a white room before a night sky is down by a third.
More is worse wherever the matte is not exact."""


def _amounts() -> Plane:
    """By alpha, 255 times how much of the difference to the room must be added to get the person alone.

    A camera's pixel is c = a f + (1 - a) r, so the person's own is f = c + (c - r)(1 - a)/a. Below a half, where that
    soars, it is held: there is little of the person left to see, and the matte is least sure.
    """
    alpha = np.arange(256) / 255
    return np.asarray(np.rint(255 * np.minimum(1, (1 - alpha) / np.maximum(alpha, 0.5))), np.uint8)


_AMOUNTS = _amounts()


def unmixed(luma: Plane, alpha: Plane, share: float, reach: int) -> tuple[Plane, Plane]:
    """What to add to the person's luma and what to take from it, uint8 of the given planes' size."""
    room = beside(luma, cv2.bitwise_not(alpha), reach)
    amount, scale = cv2.LUT(alpha, _AMOUNTS), share * UNMIXED / 255
    brighter = cv2.multiply(cv2.subtract(luma, room), amount, scale=scale)
    darker = cv2.multiply(cv2.subtract(room, luma), amount, scale=scale)
    return cast("Plane", brighter), cast("Plane", darker)
