"""The last word on a matte: one that would show the room is refused, whatever made it."""

from __future__ import annotations

import cv2
import numpy as np

from components.errors import SegmenterError
from components.video.planes import Plane
from components.video.segmenter import Probability

MOSTLY_PERSON = 0.95
"""A matte that keeps more of the box around the person than this is not believed: it would show the room. A face held
into the lens reaches .9."""

MOSTLY_UNDECIDED = 0.5
"""Nor is one that is half transparent over more of it than this: a real one is undecided along edges only, over .44 of
the box at most (6 % of the light; .28 in 95 of 100 frames there, .1 and less in better light)."""

VAGUE = 0.75
"""Of the part that the model looked at: more undecided cells than this are no answer. On the bench's films it is .02 to
.15 of them, and .69 at most, at 6 % of the light."""

_UNDECIDED = (np.array([24]), np.array([250]))

ROWS = 4
"""One row in so many is counted: shares of a picture need no more."""


def plausible(probability: Probability) -> Probability:
    """Refuse a look's answer (float32 HxW) that is person, or undecided, nearly all over. Raises SegmenterError."""
    if cv2.mean(probability)[0] > MOSTLY_PERSON:
        raise SegmenterError("The segmenter took nearly all that it saw for a person.")
    if cv2.countNonZero(cv2.inRange(probability, np.array([0.1]), np.array([0.95]))) > VAGUE * probability.size:
        raise SegmenterError("The segmenter could not tell person from room.")
    return probability


def believed(alpha: Plane) -> Plane:
    """Refuse a matte (uint8 HxW, the box that was looked at) that would show the room, whatever made it. Raises
    SegmenterError."""
    rows = alpha[::ROWS]
    if cv2.mean(rows)[0] > 255 * MOSTLY_PERSON:
        raise SegmenterError("The segmenter took nearly everything for a person.")
    if cv2.countNonZero(cv2.inRange(rows, _UNDECIDED[0], _UNDECIDED[1])) > MOSTLY_UNDECIDED * rows.size:
        raise SegmenterError("The segmenter could not tell person from room.")
    return alpha
