"""Stars: points of light, few bright and many faint, dimmer towards the horizon, where there is more air."""

from __future__ import annotations

import numpy as np

from components.backgrounds.scenes.brushes import blur, spread
from components.backgrounds.scenes.canvas import Canvas, Light, Mask


def draw_stars(
    canvas: Canvas,
    picture: Light,
    mask: Mask | None = None,
    *,
    count: int = 900,
    lowest: float = 0.7,
    gain: float = 1.0,
) -> None:
    """Add stars to the picture, in place, down to `lowest`, where `mask` (everywhere, if None) shows the sky."""
    rng = canvas.rng
    places = np.stack([rng.uniform(-1.2, 1.2, count), rng.uniform(0, lowest, count)], axis=-1)
    power = rng.pareto(1.9, count).clip(0, 9) * 0.26 + 0.05
    power *= np.clip(1.25 - places[:, 1] * 1.7, 0.05, 1)
    warmth = rng.uniform(0, 1, count)
    sky = np.zeros_like(picture)
    spots = np.floor(canvas.pixels(places)).astype(int)
    inside = (spots[:, 0] >= 0) & (spots[:, 0] < canvas.width) & (spots[:, 1] < canvas.height)
    tone = np.stack([0.75 + 0.3 * warmth, np.full(count, 0.85), 1.1 - 0.3 * warmth], axis=-1)
    # A star is a point: its light must not depend on how large a pixel is.
    light = (tone * power[:, None]) * (canvas.height / 360) ** 2
    np.add.at(sky, (spots[inside, 1], spots[inside, 0]), light[inside].astype(np.float32))
    soft = blur(sky, 0.0011) * np.float32(0.8 * gain)
    picture += soft if mask is None else soft * spread(mask)
