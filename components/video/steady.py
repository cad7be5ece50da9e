"""Less shimmer without ghosts: each cell keeps its last value in so far as nothing has moved there."""

from __future__ import annotations

import cv2
import numpy as np

from components.video.planes import Plane
from components.video.segmenter import Probability

STILL_WEIGHT = 0.25
"""What a new value counts where nothing moves."""

MOTION = 6.0
"""Levels of luma above the noise at which a cell counts as moving wholly."""

DISAGREEMENT = (0.35, 0.75)
"""Differences of probability from which, and up to which, the new value is trusted more: dark cloth before a dark wall
moves without a trace in the luma."""


def steadied(new: Probability, old: Probability, guide: Plane, old_guide: Plane) -> Probability:
    """`new` mixed with `old` (float32 HxW), by what the guides (uint8 HxW) say about motion."""
    motion = cv2.blur(cv2.absdiff(guide, old_guide), (5, 5))
    # The median, since most of a picture is at rest: what changes there is noise.
    noise = float(np.median(motion[::8, ::8]))
    moving = cv2.addWeighted(motion, 1 / MOTION, motion, 0, -(1.5 * noise + 1) / MOTION, dtype=cv2.CV_32F)
    difference = cv2.absdiff(new, old)
    low, high = DISAGREEMENT
    np.maximum(moving, (difference - np.float32(low)) * np.float32(1 / (high - low)), out=moving)
    # Motion next to a cell moves its edge too.
    weight = cv2.dilate(moving, np.ones((5, 5), np.uint8))
    np.clip(weight, STILL_WEIGHT, 1, out=weight)
    return np.asarray(old + weight * (new - old), np.float32)
