"""What stands behind the person: a picture, a colour, or the room itself, blurred. (Moving ones: clip.py.)"""

from __future__ import annotations

from enum import Enum
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from components.video.compositor import mix
from components.video.planes import I420, Plane, Size, cover, from_rgb
from components.video.slate import PAUSED, slate


class Backdrop(Protocol):
    """Something that can stand behind a person, at any size."""

    def bare(self, size: Size) -> I420:
        """The backdrop alone, holding nothing of the camera. Any thread; at most a few ms."""

    def render(self, camera: I420, alpha: Plane, now: float) -> I420:
        """The backdrop behind this camera picture and matte, of its size; `now` in seconds. Worker thread only."""

    def release(self) -> None:
        """Free what playing needs; the next `render` takes it up again. Worker thread only."""


class Still:
    """A picture, uint8 HxWx3 RGB, cropped to cover the frame."""

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        self._pixels = pixels
        self._fitted: dict[Size, I420] = {}

    @classmethod
    def colour(cls, red: int, green: int, blue: int) -> Still:
        """One plain colour, each part 0..255."""
        return cls(np.full((2, 2, 3), (red, green, blue), np.uint8))

    def bare(self, size: Size) -> I420:
        """See `Backdrop`. Two sizes are kept, the stream's and the page's; two threads at once do the work twice."""
        fitted = self._fitted.get(size)
        if fitted is None:
            fitted = from_rgb(cover(self._pixels, size))
            self._fitted = dict([*list(self._fitted.items())[-1:], (size, fitted)])
        return fitted

    def render(self, camera: I420, alpha: Plane, now: float) -> I420:
        """See `Backdrop`."""
        return self.bare(camera.size)

    def release(self) -> None:
        """See `Backdrop`; a picture holds nothing open."""


class Strength(Enum):
    """How much of the room is left to see: the blur's standard deviation as a share of the picture's height."""

    LIGHT = 0.012
    MEDIUM = 0.028
    STRONG = 0.06


class Blur:
    """The room, blurred. The one backdrop that shows it, chosen by the user in so many words."""

    def __init__(self, strength: Strength) -> None:
        self.strength = strength

    def bare(self, size: Size) -> I420:
        """A slate: without a matte nobody knows where the room is, so nothing of it is shown."""
        return slate(PAUSED, size)

    def render(self, camera: I420, alpha: Plane, now: float) -> I420:
        """See `Backdrop`. At quarter size, with taps weighted by the background.

        The weights keep the person's colours from bleeding into a halo (Volcomix, matting.md B).
        """
        width, height = camera.size
        quarter = (max(2, width // 4), max(2, height // 4))
        small = cv2.resize(alpha, quarter, interpolation=cv2.INTER_AREA)
        # A pixel that is a quarter person already tells nothing of the room.
        weight = cv2.addWeighted(small, -4 / 255, small, 0, 1, dtype=cv2.CV_32F)
        weight = np.maximum(weight, 1e-3, out=weight)
        planes = [cv2.resize(p, quarter, interpolation=cv2.INTER_AREA).astype(np.float32) for p in camera.planes]
        taps = cv2.merge([*(plane * weight for plane in planes), weight])
        # Three box blurs come within 3 % of a Gaussian of deviation k/2, at a cost that does not grow with it.
        k = max(3, 2 * round(self.strength.value * quarter[1]) + 1)
        for _ in range(3):
            taps = cv2.blur(taps, (k, k), borderType=cv2.BORDER_REPLICATE)
        *sums, total = cv2.split(taps)
        return I420(*(_enlarged(s, total, p) for s, p in zip(sums, camera.planes, strict=True)))

    def release(self) -> None:
        """See `Backdrop`; blur holds nothing open."""


def _enlarged(total: cv2.typing.MatLike, weight: cv2.typing.MatLike, like: Plane) -> Plane:
    mean = cv2.divide(total, weight, dtype=cv2.CV_8U)
    return np.asarray(cv2.resize(mean, like.shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)


FADE_SECONDS = 0.4
"""A change of backdrop takes this long: quick enough to feel instant, slow enough not to flash (design.md). It eases
out (a cubic), so that half of it has come after a fifth of the time: a click is answered at once, and nothing snaps."""


class CrossFade:
    """Renders the wanted backdrop, fading over from what stood there before. Worker thread only."""

    def __init__(self) -> None:
        self._wanted: Backdrop | None = None
        self._shown: I420 | None = None
        self._before: I420 | None = None
        self._since = 0.0
        self._shown_at = 0.0

    def render(self, wanted: Backdrop, camera: I420, alpha: Plane, now: float) -> I420:
        """The picture to put behind the person at `now`, in seconds of any steady clock."""
        if wanted is not self._wanted:
            if self._wanted is not None:
                self._wanted.release()
            # From the picture before, so that this one already shows some of the change. After an outage that is long
            # past, and so is the fade: it may be a room, blurred for somebody who has since chosen else.
            self._before, self._since, self._wanted = self._shown, self._shown_at, wanted
        picture = wanted.render(camera, alpha, now)
        past = (now - self._since) / FADE_SECONDS
        if self._before is None or past >= 1 or self._before.size != picture.size:
            self._before = None
        else:
            picture = mix(self._before, picture, 1 - (1 - past) ** 3)
        self._shown, self._shown_at = picture, now
        return picture

    def release(self) -> None:
        """Free what the wanted backdrop holds open."""
        if self._wanted is not None:
            self._wanted.release()
