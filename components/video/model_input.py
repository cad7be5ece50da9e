"""What the model is shown: the picture at its own size, calmer in colour, and lifted where it is dark."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from components.video.planes import I420, Plane, Size

SATURATION = 0.4
"""Colour left in the model's input (the picture keeps all of it). Loud rooms mislead the general model: on pure magenta
it takes a rim of 9 % of the picture for the person, with .4 it is .3 %, while IoU over ten room colours rises from .961
to .983 and on muted ones stays within .001 (astronaut, 640x480; 1 / .85 / .7 / .5 / .4 / .3 were tried)."""

BRIGHT_ENOUGH = 95.0
"""Mean luma, 0..255, to which a dark picture is lifted. Rooms of 60 are as cameras mean them, and lifting them costs up
to .08 of IoU, so it sets in at two thirds of this and is whole at half. IoU over six films of light 1 to .06 in three
rooms: none .563, to 115 .894, to 80 .898, to 60 .886; to 115 with a 3x3 blur at any gain .808."""

MOST_GAIN = 16.0
"""Beyond it noise is lifted rather than people."""

_LUMA = np.array([[0.299, 0.587, 0.114]] * 3)
_CALM = SATURATION * np.eye(3) + (1 - SATURATION) * _LUMA
# BT.601, limited range: what decoders give.
_FROM_YUV = np.array([[1.164, 0.0, 1.596], [1.164, -0.392, -0.813], [1.164, 2.017, 0.0]])
_BLACK, _GREY = 16.0, 128.0
_CALM_FROM_YUV = _CALM @ _FROM_YUV


def model_input(picture: I420, size: Size, *, low_light: bool) -> NDArray[np.uint8]:
    """The picture, stretched to `size`: uint8 HxWx3 RGB.

    Calming, lifting and conversion are one matrix. `low_light` lifts dark pictures and averages their noise.
    """
    small = cv2.merge([shrink(plane, size) for plane in picture.planes])
    gain = _gain(small) if low_light else 1.0
    if gain > 1:
        # The more the noise is lifted, the wider it is averaged.
        side = 3 if gain < 3 else 5 if gain < 6 else 7
        small = cv2.blur(small, (side, side))
    matrix = gain * _CALM_FROM_YUV
    offset = -matrix @ np.array([_BLACK, _GREY, _GREY])
    rgb = cv2.transform(small, np.column_stack([matrix, offset]).astype(np.float32))
    if rgb.dtype != np.uint8:
        # convertScaleAbs takes the absolute value.
        rgb = cv2.convertScaleAbs(np.maximum(rgb, 0))
    return np.asarray(rgb, np.uint8)


def shrink(plane: Plane, size: Size) -> Plane:
    """A plane, uint8 or float32, stretched to `size`, every pixel counting.

    By halves and a last linear step: .1 ms from 1280x720 to 256x144 where one step of cv2's INTER_AREA takes .4, as
    only its halving is vectorised.
    """
    while plane.shape[1] >= 2 * size[0] and plane.shape[0] >= 2 * size[1]:
        height, width = plane.shape[0] & ~1, plane.shape[1] & ~1
        halved = cv2.resize(plane[:height, :width], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        plane = np.asarray(halved, plane.dtype)
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR), plane.dtype)


def _gain(small: cv2.typing.MatLike) -> float:
    luma = (cv2.mean(small)[0] - _BLACK) * 255 / 219
    gain = BRIGHT_ENOUGH / max(luma, 1.0)
    # Setting in by and by, so that a picture at the limit does not flicker.
    return float(np.clip(min(gain, 2 * gain - 2), 1.0, MOST_GAIN))
