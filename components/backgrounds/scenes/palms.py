"""Palms: curved, ringed trunks and feathered fronds, each frond a rib with many thin leaflets that hang a little."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.backgrounds.scenes.ink import Ink, Points, blend, curve, normals, tint

_SHADE, _LEAF, _LIT = "1c3a22", "4d7d31", "d3d06a"
_BARK_DARK, _BARK_LIT = "3b2c22", "b08a63"


@dataclass(frozen=True, slots=True)
class Palm:
    """Where a palm stands. Lengths in picture heights; `sun` is -1 or 1, the side that the light comes from."""

    foot: tuple[float, float]
    crown: tuple[float, float]
    girth: float
    reach: float
    sun: float
    fronds: int = 15


def draw_palm(ink: Ink, palm: Palm, rng: np.random.Generator) -> None:
    """Draw the fronds that hang behind, the trunk, then the fronds in front."""
    # Evenly spread with a little chance: real crowns fill the circle, but leave more gaps below.
    turns = np.linspace(-0.22, 1.22, palm.fronds) * np.pi + rng.normal(0, 0.09, palm.fronds)
    reaches = palm.reach * rng.uniform(0.78, 1.08, palm.fronds)
    behind = rng.permutation(palm.fronds)
    split = palm.fronds // 2
    for i in behind[:split]:
        draw_frond(ink, palm.crown, float(turns[i]), float(reaches[i]) * 0.95, palm.sun, rng, shade=0.55)
    _draw_trunk(ink, palm, rng)
    for i in behind[split:]:
        draw_frond(ink, palm.crown, float(turns[i]), float(reaches[i]), palm.sun, rng)


def _draw_trunk(ink: Ink, palm: Palm, rng: np.random.Generator) -> None:
    (x0, y0), (x1, y1) = palm.foot, palm.crown
    bow = (x1 - x0) * 0.55
    spine = curve([(x0, y0), (x0 + bow * 0.05, y0 + (y1 - y0) * 0.45), (x1 - bow * 0.25, y1 + 0.14), (x1, y1)], 70)
    along = np.linspace(0, 1, 70)
    widths = palm.girth * (1.0 - 0.48 * along + 0.55 * np.exp(-along * 14))
    widths *= 1 + 0.05 * np.sin(along * 170)
    ink.limb(spine, widths, tint(_BARK_DARK))
    across = normals(spine) * np.sign(normals(spine)[:, :1]) * palm.sun
    for k in range(1, 69):
        lit = rng.uniform(0.35, 0.85)
        for share, gain in ((0.15, 0.35), (0.55, 0.8), (0.85, 1.0)):
            here = spine[k : k + 2] + across[k : k + 2] * (widths[k : k + 2] * share * 0.36)[:, None]
            colour = tint(blend(_BARK_DARK, _BARK_LIT, lit * gain), 0.0)
            ink.limb(here, widths[k : k + 2] * 0.3, colour)


def draw_frond(
    ink: Ink,
    origin: tuple[float, float],
    turn: float,
    reach: float,
    sun: float,
    rng: np.random.Generator,
    shade: float = 1.0,
) -> None:
    """Draw one frond that leaves `origin` at `turn` radians (0 to the right, pi / 2 up) and bends under its weight."""
    out = np.array([np.cos(turn), -np.sin(turn)])
    start = np.array(origin)
    level = abs(float(np.cos(turn)))
    hang = reach * (0.16 + 0.34 * level) * rng.uniform(0.8, 1.2)
    tip = start + out * reach * 0.86 + np.array([np.sign(out[0]) * reach * 0.14, hang])
    elbow = start + out * reach * 0.55 + np.array([0.0, -0.10 * reach * level])
    spine = curve([origin, (float(elbow[0]), float(elbow[1])), (float(tip[0]), float(tip[1]))], 60)
    facing = 0.5 + 0.5 * float(out[0] * sun)
    glow = shade * (0.25 + 0.75 * facing) * rng.uniform(0.75, 1.1)
    for side in (-1.0, 1.0):
        for leaf, lit in _leaflets(spine, reach, side, rng):
            light = glow * lit
            code = blend(_SHADE, _LEAF, min(1.0, light * 1.7)) if light < 0.6 else blend(_LEAF, _LIT, light * 2 - 1.2)
            ink.shape(leaf, tint(code))
    ink.limb(spine, np.linspace(0.020, 0.004, 60) * reach, tint(blend(_LEAF, _LIT, 0.65 * glow)))


def _leaflets(spine: Points, reach: float, side: float, rng: np.random.Generator) -> list[tuple[Points, float]]:
    """The leaflets of one side of a rib, from its foot to its tip, each with how much light it catches."""
    count = 46
    at = np.linspace(0.08, 0.995, count)
    rows = np.clip((at * (len(spine) - 1)).astype(int), 0, len(spine) - 2)
    along = spine[rows + 1] - spine[rows]
    along /= np.hypot(along[:, :1], along[:, 1:])
    away = np.stack([-along[:, 1], along[:, 0]], axis=-1) * side
    angle = np.radians(np.interp(at, [0, 0.5, 1], [68, 52, 14]) + rng.normal(0, 5, count))[:, None]
    lengths = (reach * 0.30 * np.sin(np.pi * (0.14 + 0.80 * at)) ** 0.8 * rng.uniform(0.85, 1.1, count))[:, None]
    aim = along * np.cos(angle) + away * np.sin(angle)
    knee = spine[rows] + aim * lengths * 0.55
    sag = np.array([0.0, 1.0]) * lengths * rng.uniform(0.10, 0.30, (count, 1))
    tips = spine[rows] + aim * lengths * 0.95 + sag
    catches = np.clip(0.9 - 0.55 * aim[:, 1] + rng.normal(0, 0.14, count), 0.15, 1.25)
    thin = np.stack([-aim[:, 1], aim[:, 0]], axis=-1) * reach
    roots = spine[rows]
    ring = [roots + thin * 0.005, knee + thin * 0.0075, tips, knee - thin * 0.0075, roots - thin * 0.005]
    return list(zip(np.stack(ring, axis=1), catches.tolist(), strict=True))
