"""Where the model looks: at the person's padded box, and every so often at everything."""

from __future__ import annotations

import cv2
import numpy as np

from components.video.box import Box, whole
from components.video.clean import halved, pieces
from components.video.planes import Size
from components.video.segmenter import Probability

PADDING = 0.2
"""Of the person's width and height, on every side. IoU with .1 / .2 / .3 / .5: .957 / .953 / .955 / .938 (films at 60,
40 and 25 % of the height, boxes widened to 16:9). .2 leaves room for quick arms. The box's shape counts for more: .981
in the person's own, .980 in a square, .962 in 3:2, .953 in 16:9; raw .901 (square model up to 3:2)."""

LEAST_PADDING = 0.07
"""The box stays as long as this much is left around the person, so that it does not tremble with the outline."""

FULL_LOOK_SECONDS = 0.45
"""People who come in are found within half a second."""

WORTH_IT = 0.7
"""A box of more of the frame than this is the frame: nothing is gained by cutting, and nothing has to be found."""

DRAWN_CLOSER = 0.6
"""The box is drawn closer when the person's own would be this much smaller."""

PERSON = 0.5
LEAST_PIECE = 0.001
"""Of the picture's area: what is smaller is nobody."""

TOUCHING = 0.01
"""Of the box's side: nearer than this to it is at it."""


def found(probability: Probability, box: Box) -> Box | None:
    """The box around everybody in `probability` (float32 HxW over `box`), in camera pixels; None for nobody."""
    small = halved(probability)
    height, width = small.shape
    _, stats = pieces(small > PERSON)
    people = stats[stats[:, cv2.CC_STAT_AREA] >= LEAST_PIECE * width * height]
    if not len(people):
        return None
    across, down = box.size[0] / width, box.size[1] / height
    return Box(
        box.left + int(people[:, 0].min() * across),
        box.top + int(people[:, 1].min() * down),
        box.left + round((people[:, 0] + people[:, 2]).max() * across),
        box.top + round((people[:, 1] + people[:, 3]).max() * down),
    )


class Follow:
    """Decides the box from what was found. One thread."""

    def __init__(self, size: Size) -> None:
        self._size = size
        self._frame = whole(size)
        self._looked_at = -np.inf
        self.box = self._frame
        """Where the next look goes."""

    def wants_full_look(self, now: float) -> bool:
        """Whether the look at `now`, in seconds of a steady clock, must be at the whole frame."""
        return self.box == self._frame or not 0 <= now - self._looked_at < FULL_LOOK_SECONDS

    def saw_all(self, probability: Probability, known: Probability | None, now: float) -> None:
        """After a look at the whole frame (float32 HxW); `known` is the matte in the box, where there is one.

        What the box shows is kept: from afar the model overlooks people whom it sees from near.
        """
        self._looked_at = now
        person = found(probability, self._frame)
        if known is not None and (near := found(known, self.box)) is not None:
            person = near if person is None else person.joined(near)
        self._move_to(person)

    def saw_box(self, probability: Probability) -> None:
        """After a look at the box (float32 HxW). Nobody in it, or somebody at its side: the next is at all."""
        person = found(probability, self.box)
        if person is None or self._at_a_side(person):
            self._looked_at = -np.inf
        if person is not None:
            self._move_to(person)

    def _at_a_side(self, person: Box) -> bool:
        """Whether somebody reaches the box's side where it is not the frame's."""
        box = self.box
        across, down = (max(2, round(TOUCHING * side)) for side in box.size)
        return (
            (box.left > 0 and person.left < box.left + across)
            or (box.top > 0 and person.top < box.top + down)
            or (box.right < self._size[0] and person.right > box.right - across)
            or (box.bottom < self._size[1] and person.bottom > box.bottom - down)
        )

    def _move_to(self, person: Box | None) -> None:
        wanted = self._frame if person is None else person.padded(PADDING, self._size)
        if person is None or wanted.area > WORTH_IT * self._frame.area:
            self.box = self._frame
        elif not self.box.holds(person.padded(LEAST_PADDING, self._size)) or (
            wanted.area < DRAWN_CLOSER * self.box.area
        ):
            self.box = wanted
