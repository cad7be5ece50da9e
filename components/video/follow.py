"""Where the model looks: at the person's padded box, and every so often at everything."""

from __future__ import annotations

import cv2
import numpy as np

from components.video.box import Box, whole
from components.video.clean import halved
from components.video.planes import Size
from components.video.segmenter import Probability

PADDING = 0.27
"""Of the person's width and height, on every side: room for quick arms. The box's shape counts for more than its size:
IoU .981 in the person's own, .980 in a square, .962 in 3:2, .953 in 16:9; raw .901 (square model up to 3:2)."""

LEAST_PADDING = 0.13
"""The box stays as long as this much is left around the person, so that it does not tremble with the outline, and moves
before they reach its side. Over the bench's films, .12 of .24 / .13 of .27 / .15 of .3: IoU .956 / .956 / .954 on Best
and .949 / .949 / .948 on Balanced, flicker 3.34 / 2.97 / 3.00 thousandths."""

FULL_LOOK_SECONDS = 0.45
"""People who come in are found within half a second."""

AT_A_SIDE_SECONDS = 0.2
"""While somebody is at the box's side, everything is looked at as often as this; the box that has moved is looked at at
once, which mostly finds the rest of them."""

WORTH_IT = 0.7
"""A box of more of the frame than this is the frame: nothing is gained by cutting, and nothing has to be found."""

DRAWN_CLOSER = 0.6
"""The box is drawn closer when the person's own would be this much smaller."""

PERSON = 0.5
CORE = np.ones((3, 3), np.uint8)
"""What holds no square of so many cells of half the model's grid, .001 of the picture, is nobody."""

_PERSON, _SURE = np.array([PERSON]), np.array([1.001])

AT_SIDE_FROM = 0.2
AT_SIDE_CELLS = (2, 3)
"""Somebody is at a side of the box where a probability of at least `AT_SIDE_FROM` stands in three cells of the two rows
of the model's grid along it. Lower than `PERSON`: a strip of room that is shown half is a strip of room."""


def found(probability: Probability, box: Box) -> Box | None:
    """The box around everybody in `probability` (float32 HxW over `box`), in camera pixels; None for nobody."""
    small = halved(probability)
    height, width = small.shape
    # Opened, not counted in pieces: a third of the time.
    people = cv2.morphologyEx(cv2.inRange(small, _PERSON, _SURE), cv2.MORPH_OPEN, CORE)
    left, top, wide, tall = cv2.boundingRect(people)
    if not wide:
        return None
    across, down = box.size[0] / width, box.size[1] / height
    return Box(
        box.left + int(left * across),
        box.top + int(top * down),
        box.left + round((left + wide) * across),
        box.top + round((top + tall) * down),
    )


class Follow:
    """Decides the box from what was found. One thread."""

    def __init__(self, size: Size) -> None:
        self._size = size
        self._frame = whole(size)
        self._looked_at = -np.inf
        self.box = self._frame
        """Where the next look goes."""
        self.at_a_side = False
        """Whether somebody reached the side of the box that was seen last: there may be more of them beyond.

        Such a matte is not to be shown: where the box cuts a person off, the model fills the strip between them and
        the box's side with person, though it be room (2 to 6.5 % of the picture, astronaut before magenta)."""

    def wants_full_look(self, now: float) -> bool:
        """Whether the look at `now`, in seconds of a steady clock, must be at the whole frame."""
        patience = AT_A_SIDE_SECONDS if self.at_a_side else FULL_LOOK_SECONDS
        return self.box == self._frame or not 0 <= now - self._looked_at < patience

    def saw_all(self, probability: Probability, known: tuple[Probability, Box] | None, now: float) -> None:
        """After a look at the whole frame (float32 HxW); `known` is the matte in a box, where there is one.

        What the box shows is kept: from afar the model overlooks people whom it sees from near.
        """
        self._looked_at, self.at_a_side = now, False
        person = found(probability, self._frame)
        if known is not None and (near := found(*known)) is not None:
            person = near if person is None else person.joined(near)
        self._move_to(person)

    def saw_box(self, probability: Probability, box: Box) -> None:
        """After a look at the box, or what it gave brought over (float32 HxW). With nobody in it the next look is at
        everything."""
        person = found(probability, box)
        self.at_a_side = self._reaches_a_side(probability, box)
        if person is None:
            self._looked_at = -np.inf
        else:
            self._move_to(person)

    def _reaches_a_side(self, probability: Probability, box: Box) -> bool:
        """Whether somebody reaches the box's side where it is not the frame's."""
        depth, least = AT_SIDE_CELLS
        sides = (
            (box.left > 0, probability[:, :depth]),
            (box.top > 0, probability[:depth]),
            (box.right < self._size[0], probability[:, -depth:]),
            (box.bottom < self._size[1], probability[-depth:]),
        )
        return any(inside and np.count_nonzero(cells > AT_SIDE_FROM) >= least for inside, cells in sides)

    def _move_to(self, person: Box | None) -> None:
        wanted = self._frame if person is None else person.padded(PADDING, self._size)
        if person is None or wanted.area > WORTH_IT * self._frame.area:
            self.box = self._frame
        elif not self.box.holds(person.padded(LEAST_PADDING, self._size)) or (
            wanted.area < DRAWN_CLOSER * self.box.area
        ):
            self.box = wanted
