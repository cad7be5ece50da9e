"""Less shimmer without ghosts: each cell keeps its last value in so far as nothing has moved there."""

from __future__ import annotations

import cv2
import numpy as np

from components.video.noise import DARK
from components.video.planes import Plane
from components.video.segmenter import Probability

STILL_WEIGHT = 0.25
"""What a new value counts where nothing moves. Flicker of a still person at noise of 8 levels, 640x480: 1.47
thousandths without steadying, .59 / .40 / .28 / .13 with .5 / .35 / .25 / .1, IoU the same; at 12 % of the light IoU
.9362 / .9359 / .9356 / .9353."""

MOTION = 12.0
"""Levels of luma above the noise at which a cell counts as moving wholly. Along the flow, flicker of a panned camera is
1.25 with 12 and 1.40 with 6 (2.90 without flow), and fast movements lose nothing (IoU .9777 and .9775)."""

DISAGREEMENT = (0.35, 0.75)
"""Differences of probability from which, and up to which, the new value is trusted more: dark cloth before a dark wall
moves without a trace in the luma. From .2 to .6, a still person shimmers half as much again. Two looks must agree on
it: now and then the model drops a piece of hair for one frame."""

MOST_KEPT = 0.25
"""Memory may add no more than this to what this frame's look gives, nor more than where the ramp begins: what is
plainly room now is never shown for having been the person before, though it be as bright. With .25 / .35 / no limit:
IoU the same in good light, .910 / .910 / .913 at 12 % of it and .740 / .750 / .822 at 6 %: there (`DARK`) is no limit,
as what might be shown of the room for a moment is next to black."""

MOST_NOISE = 1.5
"""Times the median change: less than this is noise."""


def steadied(new: Probability, old: Probability, before: Probability, guide: Plane, old_guide: Plane) -> Probability:
    """`new` mixed with `old` (float32 HxW), by what the guides (uint8 HxW) say about motion.

    `old` is the steadied matte of the last look, `before` what that look itself gave.
    """
    change = cv2.blur(cv2.absdiff(guide, old_guide), (5, 5))
    # The median, since most of a picture is at rest: what changes there is noise.
    noise = float(np.median(change[::8, ::8]))
    moving = cv2.addWeighted(change, 1 / MOTION, change, 0, -(MOST_NOISE * noise + 1) / MOTION, dtype=cv2.CV_32F)
    low, high = DISAGREEMENT
    twice = cv2.min(cv2.absdiff(new, old), cv2.absdiff(before, old))
    weight = cv2.max(moving, cv2.addWeighted(twice, 1 / (high - low), twice, 0, -low / (high - low)))
    # Motion next to a cell moves its edge too.
    weight = cv2.dilate(weight, _NEAR)
    weight = np.clip(weight, STILL_WEIGHT, 1, out=weight)
    return np.asarray(old + weight * (new - old), np.float32)


def showable(steady: Probability, new: Probability, floor: float, guide: Plane) -> Probability:
    """What of a steadied matte may be shown, where this frame's own look gave `new` of `guide` (uint8 HxW) and the ramp
    begins at `floor`."""
    if cv2.mean(guide)[0] < DARK:
        return steady
    return np.asarray(np.minimum(steady, new + np.float32(min(MOST_KEPT, floor))), np.float32)


_NEAR = np.ones((5, 5), np.uint8)
