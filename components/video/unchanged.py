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
        self._luma: Plane | None = None
        self._small: Plane | None = None

    def looked(self, luma: Plane) -> None:
        """The model has looked at the picture with this luma (uint8 HxW), which is kept: nobody writes into it."""
        self._luma, self._small = luma, None

    def still(self, luma: Plane) -> bool:
        """Whether `luma` (uint8 HxW) is the picture of the last look, but for noise."""
        if self._luma is None or self._luma.shape != luma.shape:
            return False
        if self._small is None:
            self._small = _small(self._luma)
        small = _small(luma)
        difference = cv2.absdiff(small, self._small)
        # Saturates at 255, where a block has changed in any case.
        blocks = cv2.resize(cv2.multiply(difference, difference), BLOCKS, interpolation=cv2.INTER_AREA)
        return cv2.minMaxLoc(blocks)[1] < UNCHANGED * light(small)


def _small(luma: Plane) -> Plane:
    height, width = luma.shape
    return shrink(luma, (max(BLOCKS[0], width // SHARE), max(BLOCKS[1], height // SHARE)))


def light(luma: Plane) -> float:
    """In the dark everything differs less, noise and people: by this share, which falls with the mean luma's square."""
    return float(np.clip((cv2.mean(luma)[0] - 16) / 100, 0.0, 1.0)) ** 2
