"""Houseplants: arching stems with broad leaves, in a pot or reaching in from the edge of the picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from components.backgrounds.scenes.ink import Ink, blend, curve, tint

_SHADE, _LIT = "1d3526", "8fae5c"


def draw_plant(
    ink: Ink, root: tuple[float, float], size: float, rng: np.random.Generator, sun: float, stems: int = 15
) -> None:
    """Draw a plant that grows up from `root` to about `size` picture heights, lit from the side `sun` (-1 or 1)."""
    x, y = root
    for turn in rng.permutation(np.linspace(-1.15, 1.15, stems)) + rng.normal(0, 0.08, stems):
        reach = size * rng.uniform(0.62, 1.05)
        tip = (x + reach * 0.62 * float(np.sin(turn)), y - reach * float(np.cos(turn * 0.8)))
        elbow = (x + reach * 0.10 * float(np.sin(turn)), y - reach * 0.62)
        stem = curve([root, elbow, tip], 14)
        ink.limb(stem, np.linspace(0.014, 0.006, 14) * size, tint("3a5232"))
        light = float(np.clip(0.45 + 0.35 * np.sin(turn) * sun + rng.normal(0, 0.16), 0, 1))
        for at, grow in ((7, 0.7), (10, 0.9), (13, 1.0)):
            for side in (-1.0, 1.0):
                aim = turn + side * rng.uniform(0.35, 1.0) if at < 13 else turn + side * 0.25
                shade = float(np.clip(light + 0.18 * side * sun + rng.normal(0, 0.08), 0, 1))
                leaf = _leaf(stem[at], aim, size * 0.24 * grow * rng.uniform(0.8, 1.15), rng)
                ink.shape(leaf, tint(blend(_SHADE, _LIT, shade)))


def draw_pot(ink: Ink, root: tuple[float, float], wide: float, tall: float, sun: float, code: str = "d9d3c8") -> None:
    """Draw a round, tapering pot whose rim's middle is at `root`: strips from its dark side to its lit one."""
    x, y = root
    for k in range(8):
        a, b = (-0.5 + k / 8) * wide, (-0.5 + (k + 1.15) / 8) * wide
        shift = -0.42 + 0.5 * (k / 7 if sun > 0 else 1 - k / 7)
        low, foot = y + tall, 0.74
        strip = np.array([[x + a, y], [x + b, y], [x + b * foot, low], [x + a * foot, low]])
        ink.shape(strip, tint(code, shift))


def _leaf(root: NDArray[np.floating], turn: float, reach: float, rng: np.random.Generator) -> NDArray[np.floating]:
    """One broad pointed leaf that leaves `root` at `turn` radians from upright and nods at its tip."""
    aim = np.array([np.sin(turn), -np.cos(turn)])
    tip = root + aim * reach + np.array([0, reach * 0.22])
    across = np.array([-aim[1], aim[0]]) * reach * rng.uniform(0.20, 0.30)
    middle = root + aim * reach * 0.5
    left = curve([tuple(root), tuple(middle + across * 1.5), tuple(tip)], 7)
    right = curve([tuple(tip), tuple(middle - across * 1.5), tuple(root)], 7)
    return np.concatenate([left, right])
