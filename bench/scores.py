"""How good a matte is: formulas on alpha (uint8 HxW, 255 = person) against the true one, of one shape."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from components.video.planes import Plane

Floats = NDArray[np.float32]

HALF = 128
TOLERANCE = 0.008
"""Of the picture's diagonal: how far apart two outlines may lie and still be one (Perazzi et al. 2016, DAVIS)."""


@dataclass(frozen=True)
class Score:
    """One frame. `iou` and `boundary` in 0..1, more is better; `mad`, `mse` in thousandths, `gradient` as in
    Rhemann et al. 2009 per thousand pixels, `rim` the room's share shown, in thousandths of the picture."""

    iou: float
    boundary: float
    mad: float
    mse: float
    gradient: float
    rim: float


def score(alpha: Plane, truth: Plane) -> Score:
    """All that needs one frame only."""
    difference = alpha.astype(np.float32) / 255 - truth.astype(np.float32) / 255
    return Score(
        iou=iou(alpha, truth),
        boundary=boundary_f(alpha, truth),
        mad=1000 * float(np.abs(difference).mean()),
        mse=1000 * float(np.square(difference).mean()),
        gradient=gradient_error(alpha, truth),
        rim=1000 * float(np.maximum(difference, 0).mean()),
    )


def iou(alpha: Plane, truth: Plane) -> float:
    """Intersection over union of what is more person than not; 1 where both are empty."""
    ours, theirs = alpha >= HALF, truth >= HALF
    union = np.count_nonzero(ours | theirs)
    return np.count_nonzero(ours & theirs) / union if union else 1.0


def boundary_f(alpha: Plane, truth: Plane) -> float:
    """The F measure of the outlines' precision and recall, within `TOLERANCE`."""
    reach = max(1, round(TOLERANCE * float(np.hypot(*alpha.shape))))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    ours, theirs = _outline(alpha), _outline(truth)
    if not ours.any() or not theirs.any():
        return float(not ours.any() and not theirs.any())
    precision = float(cv2.dilate(theirs, disc)[ours > 0].mean())
    recall = float(cv2.dilate(ours, disc)[theirs > 0].mean())
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _outline(alpha: Plane) -> Plane:
    solid = (alpha >= HALF).astype(np.uint8)
    return np.asarray(solid - cv2.erode(solid, np.ones((3, 3), np.uint8)), np.uint8)


def gradient_error(alpha: Plane, truth: Plane) -> float:
    """Squared differences of the gradients' lengths, Gaussian derivative of deviation 1.4 (Rhemann et al. 2009)."""
    ours, theirs = (_slope(each) for each in (alpha, truth))
    return 1000 * float(np.square(ours - theirs).mean())


def _slope(alpha: Plane) -> Floats:
    smooth = cv2.GaussianBlur(alpha.astype(np.float32) / 255, (0, 0), 1.4)
    return np.asarray(cv2.magnitude(cv2.Sobel(smooth, -1, 1, 0, scale=0.125), cv2.Sobel(smooth, -1, 0, 1, scale=0.125)))


def dtssd(alphas: list[Plane], truths: list[Plane]) -> float:
    """How unlike the truth's the changes from frame to frame are, in hundredths (Erofeev et al. 2015)."""
    total = [
        float(np.sqrt(np.square((a1 - a0) - (t1 - t0)).mean()))
        for (a0, a1), (t0, t1) in zip(_pairs(alphas), _pairs(truths), strict=True)
    ]
    return 100 * float(np.mean(total)) if total else 0.0


Motion = list[tuple[Floats, Floats] | None]
"""For each frame but the first: where in the frame before its pixels were (columns, rows), None where nothing moved."""


def motion(truths: list[Plane]) -> Motion:
    """The truth's own motion (DIS), known as nothing else is."""
    flow_of = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    rows, columns = np.indices(truths[0].shape, np.float32)
    found: Motion = []
    for before, after in itertools.pairwise(truths):
        if np.array_equal(before, after):
            found.append(None)
            continue
        flow = flow_of.calc(after, before, np.zeros((*after.shape, 2), np.float32))
        found.append((columns + flow[..., 0], rows + flow[..., 1]))
    return found


def flicker(alphas: list[Plane], moved: Motion) -> float:
    """What changes though nothing moved, in thousandths: each matte less the one before, brought over by `motion`."""
    total = []
    for (previous, alpha), places in zip(itertools.pairwise(alphas), moved, strict=True):
        if places is not None:
            brought = cv2.remap(previous, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            previous = np.asarray(brought, np.uint8)
        total.append(float(cv2.absdiff(alpha, previous).mean()) / 255)
    return 1000 * float(np.mean(total)) if total else 0.0


def _pairs(alphas: list[Plane]) -> list[tuple[Floats, Floats]]:
    floats = [alpha.astype(np.float32) / np.float32(255) for alpha in alphas]
    return list(itertools.pairwise(floats))
