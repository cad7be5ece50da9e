"""Forest in mist: trunk behind trunk into pale air, with the early sun coming through the crowns."""

from __future__ import annotations

import numpy as np

from components.backgrounds.scenes.brushes import below, blur, cover, glow, shine, smooth, spot, spread
from components.backgrounds.scenes.canvas import Canvas, Light, Mask, srgb, vertical
from components.backgrounds.scenes.ink import Ink, blend, curve, tint
from components.backgrounds.scenes.noise import fractal, line

_AIR, _NEAR = "d3d9bf", "141f17"
_LAYERS = 6


def paint(canvas: Canvas) -> Light:
    """From the palest trunks to the darkest, mist between each; then the sun's rays over all."""
    sun = canvas.side()
    sx, sy = sun * canvas.edge * canvas.uniform(0.42, 0.62), 0.10
    picture = vertical(canvas, [(0, "b9c79f"), (0.35, "e6e5c8"), (0.62, "dde0c8"), (1.0, "8f9f7e")])
    shine(picture, srgb("fff0c4"), glow(canvas, sx, sy, 0.28, 1.2) * np.float32(0.75))
    clearing = glow(canvas, sx, sy, 0.2, 1.5) * np.float32(0.9)
    for step in range(_LAYERS):
        near = step / (_LAYERS - 1)
        _ground(canvas, picture, near)
        _trunks(canvas, picture, near, sun)
        _crowns(canvas, picture, near, clearing)
        _mist(canvas, picture, near)
    _rays(canvas, picture, sx, sy)
    shine(picture, srgb("ffe9b0"), glow(canvas, sx, sy, 0.18, 1.2) * np.float32(0.5))
    return picture


def _code(near: float, dark: str = _NEAR) -> str:
    return blend(_AIR, dark, 0.12 + 0.88 * near**1.15)


def _trunks(canvas: Canvas, picture: Light, near: float, sun: float) -> None:
    ink = Ink(canvas)
    rng = canvas.rng
    count = round(30 - 24 * near)
    girth = 0.010 + 0.058 * near**1.7
    foot = 0.66 + 0.36 * near**1.3
    places = np.linspace(-1.0, 1.0, count) + rng.normal(0, 0.5 / count, count)
    for place in places:
        x = place * (max(canvas.edge, 0.89) + 0.05)
        # The nearest trunks stand aside, where a person does not hide them and they frame the view.
        if near > 0.6:
            x = np.sign(place) * (canvas.edge * (0.58 + 0.46 * abs(place)) + 0.02)
        width = girth * rng.uniform(0.6, 1.3)
        lean, bow = rng.normal(0, 0.022, 2)
        spine = curve([(x, foot), (x + bow, 0.35), (x + lean, -0.06)], 30)
        taper = np.linspace(1.0, 0.62, 30) + 0.5 * np.exp(-np.linspace(0, 16, 30))
        ink.limb(spine, width * taper, tint(_code(near)))
        rim = spine + np.array([sun * width * 0.33, 0.0])
        lit = blend(_code(near), "f2d9a0", 0.30 * (1 - 0.35 * near))
        ink.limb(rim, width * 0.20 * taper, tint(lit))
        _twigs(ink, spine, width, near, rng)
    soft = 0.0030 + 0.0042 * abs(near - 0.35)
    if near < 0.5:
        ink.lay(picture, soft, fade=0.96)
        return
    bark = np.clip(1 + 0.22 * near * fractal(canvas, 26, 2, octaves=3, gain=0.7, fine=True), 0.5, 1.6)
    ink.lay(picture, soft, light=spread(bark.astype(np.float32)), fade=0.96)


def _twigs(ink: Ink, spine: np.ndarray, width: float, near: float, rng: np.random.Generator) -> None:
    for _ in range(6):
        at = int(rng.integers(12, 29))
        side = rng.choice([-1.0, 1.0])
        x, y = spine[at]
        reach = width * rng.uniform(1.8, 4.8)
        twig = curve([(x, y), (x + side * reach * 0.5, y - reach * 0.05), (x + side * reach, y + reach * 0.35)], 8)
        ink.limb(twig, np.linspace(0.16, 0.03, 8) * width, tint(_code(near)))


def _crowns(canvas: Canvas, picture: Light, near: float, clearing: Mask) -> None:
    """Leaves against the light: thick at the top and at the sides, thin about the sun."""
    leaves = fractal(canvas, 5.0 - 2.4 * near, octaves=6, gain=0.74)
    aside = np.abs(canvas.xs() / np.float32(canvas.edge))
    hang = np.asarray(0.55 - canvas.ys() * np.float32(9.5 - 2.5 * near) + 1.3 * near * aside**2, dtype=np.float32)
    mask = smooth(-0.1, 0.5, leaves + hang - clearing)
    mask *= np.float32(0.30 + 0.55 * near)
    through = blend(_code(near, "2c4028"), "cfd277", 0.35 * (1 - near))
    cover(picture, srgb(through), blur(mask, 0.002 + 0.005 * near))


def _ground(canvas: Canvas, picture: Light, near: float) -> None:
    crest = 0.655 + 0.28 * near**1.4 + (0.010 + 0.022 * near) * line(canvas, 1.4, 7, 0.58)
    mask = below(canvas, crest.astype(np.float32), 0.012)
    fern = smooth(-1.0, 1.6, fractal(canvas, 9 - 4 * near, 12 - 5 * near, octaves=5, gain=0.7))
    dark, lit = srgb(_code(near, "263a1e")), srgb(_code(near * 0.72, "5f7a35"))
    low = round(0.5 * canvas.height)  # no ground is higher; half the picture need not be touched
    moss = dark + (lit - dark) * spread(fern[low:])
    cover(picture[low:], moss.astype(np.float32), blur(mask, 0.004)[low:] * np.float32(0.9))


def _mist(canvas: Canvas, picture: Light, near: float) -> None:
    if near > 0.9:
        return
    drift = smooth(-1.8, 1.8, fractal(canvas, 1.1, 2.4, octaves=4))
    level = 0.66 + 0.28 * near
    band = spot(canvas, 0, level, 9, 0.13)
    cover(picture, srgb("e3e5cf"), (band * np.float32(0.55) + np.float32(0.16)) * drift * np.float32(1 - 0.55 * near))


def _rays(canvas: Canvas, picture: Light, sx: float, sy: float) -> None:
    dx, dy = canvas.xs() - np.float32(sx), canvas.ys() - np.float32(sy - 0.22)
    turn = np.arctan2(dx, np.maximum(dy, 1e-3)).astype(np.float32)
    phases = canvas.rng.uniform(0, 6.28, 4)
    beam: Mask = np.zeros_like(turn)
    for phase, pitch in zip(phases, (7.0, 13.0, 22.0, 37.0), strict=True):
        beam += np.sin(turn * np.float32(pitch) + np.float32(phase)) / np.float32(pitch**0.35)
    away = np.hypot(dx, dy).astype(np.float32)
    fade = smooth(0.08, 0.40, away) * smooth(1.35, 0.35, away)
    haze = np.float32(0.7) + np.float32(0.3) * smooth(-1, 1, fractal(canvas, 1.6, octaves=3))
    shine(picture, srgb("ffedbe"), smooth(-0.5, 1.3, beam) * fade * haze * np.float32(0.44))
