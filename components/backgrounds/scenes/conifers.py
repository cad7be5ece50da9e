"""Conifers: a stem, whorls of drooping branches that shorten towards the top, gaps that let light through."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from components.backgrounds.scenes.ink import Ink, Points, blend, tint


def draw_conifer(
    ink: Ink,
    foot: tuple[float, float],
    height: float,
    rng: np.random.Generator,
    colours: tuple[str, str],
    *,
    tiers: int = 22,
    sun: float = 0.0,
    spread: float = 0.19,
) -> None:
    """Draw one tree. `colours` are shade and light; `sun` is -1 or 1, the side that is lit, or 0 for a silhouette.

    `tiers` is how many whorls: a dozen for a far tree, thirty for a near one. `spread` is half its width over height.
    """
    x, y = foot
    lean = rng.normal(0, 0.008) * height
    ink.limb(np.array([[x, y], [x + lean, y - height]]), np.array([0.030, 0.004]) * height, tint(colours[0]))
    up = 0.08 + 0.92 * (np.arange(tiers) / tiers) ** 0.92
    for side in (-1.0, 1.0):
        boughs = _boughs(np.array([x, y]), height, lean, up, side, spread, rng)
        lit = (0.5 + 0.5 * side * sun) * abs(sun) * rng.uniform(0.3, 1.0, tiers)
        for bough, light in zip(boughs, lit.tolist(), strict=True):
            ink.shape(bough, tint(blend(colours[0], colours[1], light)))


def _boughs(
    foot: Points,
    height: float,
    lean: float,
    up: NDArray[np.float64],
    side: float,
    spread: float,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """The boughs of one side, lowest first: (tiers, 6, 2), each a drooping, ragged blade."""
    tiers = up.size
    level, root = foot[1] - height * up, foot[0] + lean * up
    reach = height * spread * (1.04 - up) ** 0.82 * rng.uniform(0.62, 1.18, tiers)
    droop = reach * rng.uniform(0.22, 0.5, tiers)
    thick = height * 1.5 / tiers * (1.15 - 0.6 * up)
    outline = (
        (0.00, 0.00, -0.55),
        (0.55, 0.25, -0.12),
        (1.00, 1.00, 0.00),
        (0.65, 0.62, 0.18),
        (0.40, 0.35, 0.55),
        (0.00, 0.00, 0.40),
    )
    corners = [np.stack([root + side * reach * a, level + droop * b + thick * c], axis=-1) for a, b, c in outline]
    return np.stack(corners, axis=1)
