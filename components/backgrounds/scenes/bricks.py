"""Bricks: courses in running bond, each brick its own fired colour, mortar between and wear over all."""

from __future__ import annotations

import numpy as np

from components.backgrounds.scenes.brushes import full, spread
from components.backgrounds.scenes.canvas import Canvas, Light, srgb
from components.backgrounds.scenes.ink import Ink, tint
from components.backgrounds.scenes.noise import fractal


def brick_wall(canvas: Canvas, codes: tuple[str, ...], mortar: str, course: float) -> Light:
    """A flat wall that fills the canvas, evenly lit. `course` is the height of one, in picture heights."""
    rng, ink = canvas.rng, Ink(canvas)
    rows, columns = round(1 / course) + 1, round(1.2 / (course * 2.7)) * 2
    pick, shade = rng.integers(len(codes), size=(rows, columns)), rng.normal(0, 0.07, (rows, columns))
    jitter = rng.normal(0, course * 0.025, (rows, columns, 2))
    joint = course * 0.10
    for row in range(rows):
        for column in range(columns):
            x = (column - columns / 2 + 0.5 * (row % 2)) * course * 2.7 + jitter[row, column, 0]
            y = row * course + jitter[row, column, 1]
            code, shift = codes[int(pick[row, column])], float(shade[row, column])
            ink.box(x + joint, y + joint, x + course * 2.7, y + course, tint(code, shift - 0.16))
            ink.box(x + joint, y + joint, x + course * 2.7 - joint * 0.8, y + course - joint * 0.8, tint(code, shift))
    wall = full(canvas, srgb(mortar))
    ink.lay(wall, 0.0006)
    worn = 1 + 0.14 * fractal(canvas, 22, octaves=4, gain=0.75) + 0.12 * fractal(canvas, 1.8, octaves=4)
    return np.asarray(wall * spread(np.clip(worn, 0.4, 1.7).astype(np.float32)), dtype=np.float32)
