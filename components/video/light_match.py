"""Light match: the person's exposure and white balance moved towards the backdrop's.

What is moved is the light, never the skin. How bright a person looks says more of skin and clothes than of the light
in the room, so the person's own brightness counts only beyond the band in which well exposed people of any skin lie:
within it everybody gets the same gain. Of colour only the cast counts that the camera left on things without a colour
of their own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from components.video.planes import I420, Plane

BLACK, WHITE, GREY = 16.0, 235.0, 128.0
"""BT.601, limited range."""

SHADOW = 30.0
"""The luma that darkening leaves alone, 6 % above black: about what shadows have in pictures of the night."""


@dataclass(frozen=True, slots=True)
class Tone:
    """A linear change of a picture: luma times `gain`, chroma shifted by so many levels.

    What is made darker is drawn towards `SHADOW` rather than black: a dark face keeps its features.
    """

    gain: float = 1.0
    shift_u: float = 0.0
    shift_v: float = 0.0

    @property
    def luma(self) -> tuple[float, float]:
        """Factor and offset for the y plane."""
        fixed = SHADOW if self.gain < 1 else BLACK
        return self.gain, fixed * (1 - self.gain)

    @property
    def chroma(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Factor and offset for the u and the v plane. With less light there is less colour too."""
        rest = GREY * (1 - self.gain)
        return (self.gain, rest + self.shift_u), (self.gain, rest + self.shift_v)


NEUTRAL = Tone()

ORDINARY = 0.45
"""Mean luma, 0..1, of a well exposed picture: a backdrop of it asks for no change (the astronaut's photo has .45)."""

RESPONSE = 0.5
"""How far exposure goes after the backdrop's, as an exponent. 1 would make a face before a starry sky a silhouette; a
camera's own exposure meets about half way too."""

LEAST_GAIN, MOST_GAIN = 0.65, 1.2

PERSON_BAND = (0.12, 0.8)
"""Mean luma, 0..1, of well exposed people: from the darkest skin of the Monk scale in black (.13: the astronaut with
her face re-coloured, in a suit of 30 % of its brightness) to the lightest in a white shirt."""

HIGHLIGHT = 0.97
"""Where the brightest twentieth of the person may come to lie: what is brightened must not burn out."""

TINT_RESPONSE = 0.5
MOST_TINT = 10.0
"""Of the backdrop's mean chroma, and in levels."""

WARM = np.array([-0.63, 0.77])
"""The direction in (u, v) from daylight to a bulb's light. Light sources lie along it."""

ACROSS = 0.15
"""What is left of a tint across that direction: no lamp is green, and green skin looks ill."""

NEAR_GREY = 14.0
"""Chroma up to which a thing may have no colour of its own, in levels."""

CAST_BELIEVED = 0.5
"""Of the cast that is found on such things is taken for one: the rest may be a beige wall."""

ENOUGH = 0.02
"""Share of a picture that must be so for its cast to be believed, and that must be person for anything to move."""

TIME_CONSTANT = 1.2
"""Seconds. A cut to another backdrop is followed within the time of a breath; nothing pumps."""

LOOK_SECONDS = 0.25
STEP = 16
"""The statistics are those of every sixteenth pixel in both directions, four times a second."""


class LightMatch:
    """Follows both pictures' light, slowly. One thread."""

    def __init__(self) -> None:
        self._wanted: NDArray[np.float64] | None = None
        self._now: NDArray[np.float64] = np.zeros(3)
        self._looked_at = -math.inf
        self._moved_at = -math.inf

    def tone(self, camera: I420, backdrop: I420 | None, alpha: Plane, share: float, now: float) -> Tone:
        """The change for the person of `camera`, at `now` in seconds.

        `share`, 0..1, scales the whole of it and acts at once. Without a person (uint8 matte `alpha`, HxW) everything
        stays as it is; without a backdrop of its own light (None) the person slowly goes back to how they are.
        """
        if not share:
            return NEUTRAL
        if not 0 <= now - self._looked_at < LOOK_SECONDS:
            self._looked_at = now
            found = np.zeros(3) if backdrop is None else _wanted(camera, backdrop, alpha)
            self._wanted = self._wanted if found is None else found
        if self._wanted is not None:
            self._follow(self._wanted, now)
        stops, u, v = share * self._now
        return Tone(math.exp(stops), float(u), float(v))

    def _follow(self, wanted: NDArray[np.float64], now: float) -> None:
        # From the first person on there is something to follow; before, nobody sees a jump.
        first = math.isinf(self._moved_at)
        elapsed = max(0.0, now - self._moved_at)
        self._moved_at = now
        self._now = wanted if first else self._now + (wanted - self._now) * -math.expm1(-elapsed / TIME_CONSTANT)


def _wanted(camera: I420, backdrop: I420, alpha: Plane) -> NDArray[np.float64] | None:
    """What a share of 1 comes to: the logarithm of the gain, and the shifts of u and v. None without a person."""
    person = np.ascontiguousarray(alpha[::STEP, ::STEP])
    if cv2.mean(person)[0] < 255 * ENOUGH:
        return None
    luma = _sampled(camera.y, STEP)
    shown = luma[person[: luma.shape[0], : luma.shape[1]] >= 128]
    if not shown.size:
        return None
    return np.array([_exposure(shown, _sampled(backdrop.y, STEP)), *_tint(camera, backdrop)])


def _exposure(shown: NDArray[np.float32], behind: NDArray[np.float32]) -> float:
    mean = max(0.01, _level(float(shown.mean())))
    amiss = math.log(mean / min(max(mean, PERSON_BAND[0]), PERSON_BAND[1]))
    wanted = RESPONSE * (math.log(max(0.01, _level(float(behind.mean()))) / ORDINARY) - amiss)
    brightest = max(0.1, _level(float(np.quantile(shown, 0.95))))
    highest = min(math.log(MOST_GAIN), max(0.0, math.log(HIGHLIGHT / brightest)))
    return min(max(wanted, math.log(LEAST_GAIN)), highest)


def _tint(camera: I420, backdrop: I420) -> NDArray[np.float64]:
    behind = np.array([_sampled(plane, STEP // 2).mean() - GREY for plane in (backdrop.u, backdrop.v)])
    wanted = TINT_RESPONSE * behind - _cast(camera)
    along = float(wanted @ WARM) * WARM
    tint = along + ACROSS * (wanted - along)
    size = float(np.hypot(*tint))
    return np.asarray(tint * min(1.0, MOST_TINT / max(size, 1e-6)))


def _cast(camera: I420) -> NDArray[np.float64]:
    """The mean chroma of what has next to none: what the camera's own white balance left over."""
    chroma = np.stack([_sampled(plane, STEP // 2) - GREY for plane in (camera.u, camera.v)])
    grey = np.hypot(*chroma) < NEAR_GREY
    return np.asarray(CAST_BELIEVED * chroma[:, grey].mean(axis=1)) if grey.mean() > ENOUGH else np.zeros(2)


def _sampled(plane: Plane, step: int) -> NDArray[np.float32]:
    return plane[::step, ::step].astype(np.float32)


def _level(luma: float) -> float:
    return (luma - BLACK) / (WHITE - BLACK)
