"""Rooms: a one-point perspective in which interiors are drawn, and flat walls painted ahead and hung in it.

The eye is at the origin; X runs right, Y down and Z away from it, in units of their own. `focal` turns X / Z into
picture heights.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from components.backgrounds.scenes.brushes import cover
from components.backgrounds.scenes.canvas import Canvas, Light

Corner = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Room:
    """Where the eye looks: the point at which level lines meet (picture heights), and how wide its view is."""

    vanish_x: float
    vanish_y: float
    focal: float

    def project(self, *corners: Corner) -> NDArray[np.float64]:
        """Points of the room -> (N, 2) on the picture."""
        points = np.array(corners, dtype=np.float64)
        flat = points[:, :2] / points[:, 2:] * self.focal + np.array([self.vanish_x, self.vanish_y])
        return np.asarray(flat, dtype=np.float64)


def hang(canvas: Canvas, picture: Light, wall: Light, quad: NDArray[np.float64]) -> None:
    """Lay a flat painted wall on the picture, in place, with its corners (top left, clockwise) at `quad` (4, 2)."""
    height, width = wall.shape[:2]
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    warp = cv2.getPerspectiveTransform(source, canvas.pixels(quad))
    size = (canvas.width, canvas.height)
    hung = cv2.warpPerspective(wall, warp, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    mask = cv2.warpPerspective(np.ones((height, width), dtype=np.float32), warp, size, flags=cv2.INTER_LINEAR)
    cover(picture, np.asarray(hung, dtype=np.float32), np.asarray(mask, dtype=np.float32))
