"""Small mistakes of the model: specks in the room, pinholes in the person."""

from __future__ import annotations

import cv2
import numpy as np

from components.video.segmenter import Probability

SPECK = 0.02
"""Of the largest piece's area: pieces smaller than this are nobody. A hand that seems cut off is 3 % and more."""

HOLE = 0.004
"""Of the largest piece's area: gaps smaller than this are closed, where the model is not sure that they are room."""

SURELY_ROOM = 0.15


def cleaned(probability: Probability) -> Probability:
    """Float32 HxW without specks and pinholes.

    By pieces, not by filling outlines: that swaps other people for room (obs-backgroundremoval #562). A gap between
    arm and body is room, and stays so.
    """
    count, pieces, stats, _ = cv2.connectedComponentsWithStats((probability > 0.3).astype(np.uint8), connectivity=4)
    if count <= 1:
        return probability
    areas = stats[1:, cv2.CC_STAT_AREA]
    largest = int(areas.max())
    if count > 2:
        keep = np.concatenate([[True], areas >= SPECK * largest])
        if not keep.all():
            probability = np.where(keep[pieces], probability, np.float32(0))
    return _closed(probability, HOLE * largest)


def _closed(probability: Probability, most: float) -> Probability:
    count, gaps, stats, _ = cv2.connectedComponentsWithStats((probability < 0.8).astype(np.uint8), connectivity=4)
    small = np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] <= most) + 1
    for gap in small:
        left, top, width, height = stats[gap, :4]
        if left == 0 or top == 0 or left + width == gaps.shape[1] or top + height == gaps.shape[0]:
            continue
        part = np.s_[top : top + height, left : left + width]
        inside = gaps[part] == gap
        if float(probability[part][inside].min()) > SURELY_ROOM:
            probability = probability.copy() if not probability.flags.writeable else probability
            probability[part][inside] = 0.95
    return probability
