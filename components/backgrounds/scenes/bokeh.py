"""Bokeh: small lights far out of focus, each a soft disc that is a little brighter at its rim, as a lens draws it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.backgrounds.scenes.brushes import smooth
from components.backgrounds.scenes.canvas import Canvas, Colour, Light


@dataclass(frozen=True, slots=True)
class Lamp:
    """One light: where it is, the radius of its disc (picture heights) and its colour, which holds its brightness."""

    x: float
    y: float
    radius: float
    colour: Colour
    rim: float = 0.35


def draw_lamps(canvas: Canvas, picture: Light, lamps: list[Lamp]) -> None:
    """Add the discs to the picture, in place. Only each disc's own pixels are touched, so hundreds are cheap."""
    for lamp in lamps:
        column = lamp.x * canvas.height + canvas.width / 2 - 0.5
        row = lamp.y * canvas.height - 0.5
        radius = max(lamp.radius * canvas.height, 0.8)
        reach = radius * 1.15 + 1.5
        left, right = max(0, int(column - reach)), min(canvas.width, int(column + reach) + 2)
        top, bottom = max(0, int(row - reach)), min(canvas.height, int(row + reach) + 2)
        if left >= right or top >= bottom:
            continue
        across = (np.arange(left, right, dtype=np.float32) - np.float32(column)) / np.float32(radius)
        down = (np.arange(top, bottom, dtype=np.float32) - np.float32(row)) / np.float32(radius)
        away = np.sqrt(across[None, :] ** 2 + down[:, None] ** 2).astype(np.float32)
        edge = 0.08 + 1.2 / radius
        disc = smooth(1 + edge * 0.5, 1 - edge, away) * (1 - lamp.rim + lamp.rim * smooth(0.3, 0.98, away))
        picture[top:bottom, left:right] += disc[..., None] * lamp.colour
