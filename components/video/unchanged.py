"""Tells how much the picture has changed since the model last looked."""

from __future__ import annotations

import cv2
import numpy as np

from components.video.model_input import shrink
from components.video.planes import Plane

REUSE_SECONDS = 0.5
"""A matte is never kept longer than this for an unchanged picture."""

SHARE = 8
"""The picture is compared at an eighth of its size: noise of deviation 8 is down to 1 there."""

BLOCKS = (16, 12)
"""Across and down. The picture's mean would not notice a hand; its block does."""

UNCHANGED = 4.0
"""Mean-square difference of luma, levels of 255, in the block that changed most. Noise of 8 levels makes it 2; a slowly
swaying person 66 and more in three frames, at a quarter of the frame's height too."""


class Unchanged:
    """Remembers the picture of the last look. One thread."""

    def __init__(self) -> None:
        self._planes: tuple[Plane, ...] = ()
        self._small: list[Plane] = []

    def looked(self, *planes: Plane) -> None:
        """The model has looked at the picture with these planes, luma first (uint8), which are kept: nobody writes into
        them."""
        self._planes, self._small = planes, []

    def still(self, *planes: Plane) -> bool:
        """Whether `planes`, luma first (uint8), are the picture of the last look, but for noise.

        The chroma planes count like the luma: somebody may move before a wall that is as bright as they are.
        """
        if not self._planes or [p.shape for p in planes] != [p.shape for p in self._planes]:
            return False
        self._small = self._small or [_small(plane) for plane in self._planes]
        limit = UNCHANGED * light(self._small[0])
        return all(_change(_small(now), before) < limit for now, before in zip(planes, self._small, strict=True))


def _change(now: Plane, before: Plane) -> float:
    """The mean-square difference in the block that changed most."""
    difference = cv2.absdiff(now, before)
    # Saturates at 255, where a block has changed in any case.
    blocks = cv2.resize(cv2.multiply(difference, difference), BLOCKS, interpolation=cv2.INTER_AREA)
    return cv2.minMaxLoc(blocks)[1]


def _small(plane: Plane) -> Plane:
    height, width = plane.shape
    return shrink(plane, (max(BLOCKS[0], width // SHARE), max(BLOCKS[1], height // SHARE)))


def light(luma: Plane) -> float:
    """In the dark everything differs less, noise and people: by this share, which falls with the mean luma's square."""
    return float(np.clip((cv2.mean(luma)[0] - 16) / 100, 0.0, 1.0)) ** 2
