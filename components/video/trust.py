"""The last word on a matte: one that would show the room is refused, whatever made it."""

from __future__ import annotations

import cv2
import numpy as np

from components.errors import SegmenterError
from components.video.planes import Plane
from components.video.segmenter import Probability

MOSTLY_PERSON = 0.95
"""A matte that keeps more of the picture than this is not believed: it would show the room. A face held into the lens
reaches .9."""

MOSTLY_UNDECIDED = 0.5
"""Nor is one that is half transparent over more of the picture than this: a real one is undecided along edges only."""

VAGUE = 0.9
"""Of the part that the model looked at: more undecided cells than this are no answer."""

_UNDECIDED = (np.array([24]), np.array([250]))

ROWS = 4
"""Every so manieth row is counted: shares of a picture need no more."""


def plausible(probability: Probability) -> Probability:
    """Refuse a look's answer (float32 HxW) that is person, or undecided, nearly all over. Raises SegmenterError."""
    if cv2.mean(probability)[0] > MOSTLY_PERSON:
        raise SegmenterError("The segmenter took nearly all that it saw for a person.")
    if cv2.countNonZero(cv2.inRange(probability, np.array([0.1]), np.array([0.95]))) > VAGUE * probability.size:
        raise SegmenterError("The segmenter could not tell person from room.")
    return probability


def believed(alpha: Plane) -> Plane:
    """Refuse a matte (uint8 HxW) that would show the room, whatever made it. Raises SegmenterError."""
    rows = alpha[::ROWS]
    if cv2.mean(rows)[0] > 255 * MOSTLY_PERSON:
        raise SegmenterError("The segmenter took nearly the whole picture for a person.")
    if cv2.countNonZero(cv2.inRange(rows, _UNDECIDED[0], _UNDECIDED[1])) > MOSTLY_UNDECIDED * rows.size:
        raise SegmenterError("The segmenter could not tell person from room.")
    return alpha
