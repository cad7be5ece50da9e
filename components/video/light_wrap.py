"""Light wrap: bright parts of the backdrop shine a little way over the person's edge, as they do into a lens."""

from __future__ import annotations

from typing import cast

import cv2

from components.video.planes import Plane

REACH = 0.022
"""How far the light reaches in, as a share of the picture's height: 16 pixels at 720p."""

SPREAD = 3
"""The backdrop is blurred over so many times the reach: light, not a picture, comes around the edge."""


def edge_zone(alpha: Plane, share: float, height: float) -> Plane:
    """Where the light falls and how much of it, uint8 like `alpha` (a quarter of the camera's size, as all here).

    `share` of it at the edge itself, nothing beyond `REACH` inside; `height` is the whole picture's, at this size.
    """
    rest = cv2.bitwise_not(alpha)
    k = _odd(2 * REACH * height)
    zone = cv2.blur(rest, (k, k), borderType=cv2.BORDER_REPLICATE)
    # In the middle of the edge half of the neighbours are the backdrop's.
    return cast("Plane", cv2.convertScaleAbs(zone, alpha=2 * share))


def wrapped(person: Plane, backdrop: Plane, zone: Plane, height: float) -> Plane:
    """The light to add to the person's luma: uint8, a quarter of the camera's size.

    It never comes from a backdrop that is darker than the person, and never makes the person brighter than the light.
    """
    k = _odd(2 * SPREAD * REACH * height)
    light = cv2.blur(backdrop, (k, k), borderType=cv2.BORDER_REPLICATE)
    return cast("Plane", cv2.multiply(cv2.subtract(light, person), zone, scale=1 / 255))


def _odd(length: float) -> int:
    return 2 * round(length / 2) + 1
