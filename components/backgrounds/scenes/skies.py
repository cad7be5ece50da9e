"""Skies of the day: banks of cloud that flatten towards the horizon, lit from the side of the sun."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from components.backgrounds.scenes.brushes import cover, smooth, spot, spread
from components.backgrounds.scenes.canvas import Canvas, Light, srgb, vertical
from components.backgrounds.scenes.noise import fractal


def paint_sky(canvas: Canvas, horizon: float, stops: Sequence[tuple[float, str]]) -> Light:
    """The sky of a scene that is composed for a low sun: its own `stops`, or a plain day's if the mood asks for day."""
    if canvas.mood.hour == "day":
        stops = [(0.0, "4f8cca"), (0.45 * horizon, "86b6e0"), (0.8 * horizon, "bfd9ea"), (horizon, "e2eaea")]
    return vertical(canvas, stops)


def draw_clouds(
    canvas: Canvas,
    picture: Light,
    horizon: float,
    sun: float,
    colours: tuple[str, str] = ("9fb4c8", "fff4e2"),
    amount: float = 1.0,
) -> None:
    """Lay clouds on a sky, in place. `colours` are their shade and their light; `amount` 1 covers about a third."""
    rise = canvas.ys()[:, 0]
    bend = np.asarray(0.55 / (np.abs(horizon - rise) + 0.16), dtype=np.float32)
    puffs = fractal(canvas, 2.4, 3.4, octaves=6, gain=0.55, bend=bend)
    low = spot(canvas, 0, horizon - 0.17, 9, 0.12) + np.float32(0.5) * spot(canvas, -sun * canvas.edge, 0.12, 0.6, 0.1)
    cloud = smooth(1.35 - 0.5 * amount, 2.9 - 0.4 * amount, np.asarray(puffs + low, dtype=np.float32))
    lit = smooth(-1.2, 2.4, np.asarray(puffs + np.float32(sun * 0.9) * canvas.xs(), dtype=np.float32))
    body = srgb(colours[0]) + (srgb(colours[1], 1.1) - srgb(colours[0])) * spread(lit)
    fade = smooth(horizon + 0.02, horizon - 0.06, canvas.ys())
    cover(picture, body.astype(np.float32), np.asarray(cloud * fade * np.float32(0.8), dtype=np.float32))
