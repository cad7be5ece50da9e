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


CALM = 200.0
"""The same, below which a matte may be brought over to a frame without a look of its own. Above it the flow may lose
the person, and what was behind them would be shown: 13 % of a room was seen beside a swaying person at few frames a
second. With it, .1 % at most at 30, 15, 10 and 5 frames a second, on every level and with strides of 1 to 3."""


class Unchanged:
    """Remembers the picture of the last look. One thread."""

    def __init__(self) -> None:
        self._looked_at: Plane | None = None
        self._now: Plane | None = None
        self._change = np.inf

    def see(self, luma: Plane) -> None:
        """Compare `luma` (uint8 HxW) with the picture of the last look."""
        height, width = luma.shape
        self._now = shrink(luma, (max(BLOCKS[0], width // SHARE), max(BLOCKS[1], height // SHARE)))
        self._change = np.inf
        if self._looked_at is None or self._looked_at.shape != self._now.shape:
            return
        difference = cv2.absdiff(self._now, self._looked_at)
        # Saturates at 255, where a block has changed in any case.
        blocks = cv2.resize(cv2.multiply(difference, difference), BLOCKS, interpolation=cv2.INTER_AREA)
        self._change = float(cv2.minMaxLoc(blocks)[1])

    @property
    def still(self) -> bool:
        """Whether what was seen last is the picture of the last look, but for noise."""
        return self._change < UNCHANGED * self._light()

    @property
    def calm(self) -> bool:
        """Whether little has moved since the last look."""
        return self._change < CALM * self._light()

    def looked(self) -> None:
        """The model has looked at the picture that was seen last."""
        self._looked_at = self._now

    def _light(self) -> float:
        """In the dark everything differs less, noise and people: the threshold falls with the mean luma's square."""
        mean = 0.0 if self._now is None else cv2.mean(self._now)[0] - 16
        return float(np.clip(mean / 100, 0.0, 1.0)) ** 2
