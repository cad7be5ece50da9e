"""Under water: shafts of sun through blue water, a reef on either side, and a shoal far away."""

from __future__ import annotations

import numpy as np

from components.backgrounds.scenes.bokeh import Lamp, draw_lamps
from components.backgrounds.scenes.brushes import below, blur, cover, glow, shine, smooth, spot, spread
from components.backgrounds.scenes.canvas import Canvas, Light, Mask, srgb, vertical
from components.backgrounds.scenes.ink import Ink, blend, curve, tint
from components.backgrounds.scenes.noise import fractal, line

_WATER = "1f7fa6"
_CORALS = ("e8707a", "f0a060", "b070c0", "e8c060", "d85a8a", "60b8a8")


def paint(canvas: Canvas) -> Light:
    """Open water, the bright surface, sand and far rocks, fish, shafts of light, then the near corals."""
    side = canvas.side()
    sx = side * canvas.edge * canvas.uniform(0.1, 0.4)
    picture = vertical(canvas, [(0, "8fe0ea"), (0.14, "46b6d2"), (0.4, "1f86b2"), (0.68, "14608e"), (1.0, "0f4a70")])
    shine(picture, srgb("d8fbff"), glow(canvas, sx, -0.04, 0.20, 1.2) * np.float32(0.85))
    _surface(canvas, picture, sx)
    _floor(canvas, picture)
    _shoal(canvas, picture, -side)
    _shafts(canvas, picture, sx)
    picture = blur(picture, 0.0022)
    for near in (0.25, 0.6, 1.0):
        _reef(canvas, picture, near, sx)
    draw_lamps(canvas, picture, _motes(canvas))
    return picture


def _surface(canvas: Canvas, picture: Light, sx: float) -> None:
    """The underside of the waves: bright cells that crowd together with distance."""
    depth = np.maximum(0.20 - canvas.ys()[:, 0], 0)
    bend = np.asarray(0.55 / (depth + 0.045), dtype=np.float32)
    cells = fractal(canvas, 3.2, 1.6, octaves=4, gain=0.55, bend=bend, ridged=True)
    web = smooth(0.2, 1.6, cells) * smooth(0.16, 0.0, canvas.ys())
    near_sun = np.float32(0.35) + np.float32(0.9) * spot(canvas, sx, 0.0, 0.42, 0.4)
    shine(picture, srgb("c8f6ff"), np.asarray(web * near_sun * np.float32(0.8), dtype=np.float32))


def _floor(canvas: Canvas, picture: Light) -> None:
    for step, code in enumerate(("1c6f98", "1f6b88")):
        crest = 0.74 + 0.055 * step - (0.05 - 0.02 * step) * (0.4 + 0.8 * line(canvas, 1.6 + step, 6, 0.55))
        rough = smooth(-1.6, 1.6, fractal(canvas, 7, 9, octaves=5, gain=0.65))
        body = srgb(code) * (np.float32(0.72) + np.float32(0.5) * spread(rough))
        cover(picture, body.astype(np.float32), below(canvas, crest.astype(np.float32), 0.02) * np.float32(0.65))
    depth = np.maximum(canvas.ys()[:, 0] - 0.76, 0)
    bend = np.asarray(0.7 / (depth + 0.06), dtype=np.float32)
    sand = vertical(canvas, [(0.78, "2f86a0"), (0.9, "62a8ae"), (1.0, "7fb4ac")])
    sand *= spread(
        np.clip(1 + 0.10 * fractal(canvas, 5, 5, octaves=4, gain=0.7, bend=bend), 0.5, 1.6).astype(np.float32)
    )
    # Caustics: light that the waves have gathered into a net.
    nets = [np.abs(fractal(canvas, 4.5, 4.0, octaves=2, gain=0.4, bend=bend)) for _ in range(2)]
    net = smooth(0.42, 0.0, np.asarray(np.minimum(nets[0], nets[1] + 0.1), dtype=np.float32))
    shine(sand, srgb("c9f2e6"), blur(net, 0.002) * np.float32(0.30))
    crest = 0.835 + 0.02 * line(canvas, 0.9, 3)
    cover(picture, sand, below(canvas, crest.astype(np.float32), 0.07))


def _shoal(canvas: Canvas, picture: Light, side: float) -> None:
    rng, ink = canvas.rng, Ink(canvas)
    turn = np.linspace(0, 2 * np.pi, 13)[:-1]
    for _ in range(120):
        a, r = float(rng.uniform(0, 6.28)), float(rng.uniform(0, 1)) ** 0.7
        x = side * 0.52 * canvas.fit + r * 0.30 * np.cos(a) * canvas.fit
        y = 0.36 + r * 0.11 * np.sin(a) - 0.10 * np.cos(a) * r * side
        size = float(rng.uniform(0.004, 0.010))
        tilt = float(rng.normal(-0.15, 0.22)) * side
        body = np.stack([np.cos(turn) * size * 1.5, np.sin(turn) * size * 0.5], axis=-1)
        tail = np.array([[-1.2, 0.0], [-2.1, -0.55], [-2.1, 0.55]]) * size
        spin = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
        code = blend("17587f", "8fd2de", float(rng.uniform(0, 0.75)))
        for part in (body, tail):
            ink.shape((part * np.array([-side, 1.0])) @ spin + np.array([x, y]), tint(code))
    ink.lay(picture, 0.0026, fade=0.8)


def _shafts(canvas: Canvas, picture: Light, sx: float) -> None:
    dx, dy = canvas.xs() - np.float32(sx), canvas.ys() + np.float32(0.42)
    turn = np.arctan2(dx, dy).astype(np.float32)
    beam: Mask = np.zeros_like(turn)
    for pitch in (9.0, 17.0, 31.0, 53.0):
        beam += np.sin(turn * np.float32(pitch) + np.float32(canvas.uniform(0, 6.28))) / np.float32(pitch**0.3)
    drift = np.float32(0.6) + np.float32(0.4) * smooth(-1, 1, fractal(canvas, 1.4, octaves=3))
    fade = smooth(0.95, 0.05, canvas.ys()) * np.exp(-np.abs(turn) * np.float32(0.9))
    mask = smooth(-0.25, 1.1, beam) * fade * drift
    shine(picture, srgb("a8ecf4"), np.asarray(mask * np.float32(0.34), dtype=np.float32))


def _reef(canvas: Canvas, picture: Light, near: float, sx: float) -> None:
    """Rocks and corals on both sides, greyer and bluer with distance, dark towards the lens."""
    rng, ink, fit, edge = canvas.rng, Ink(canvas), canvas.fit, canvas.edge
    for side in (-1.0, 1.0):
        for _ in range(9):
            aside = float(rng.uniform(0, 1))
            x = side * (edge * (0.52 + 0.30 * near) + aside * edge * 0.55)
            foot = 0.88 + 0.17 * near - 0.16 * aside * near
            size = (0.075 + 0.15 * near) * (0.6 + 0.6 * aside) * float(rng.uniform(0.7, 1.3)) * fit
            code = blend(_WATER, _CORALS[int(rng.integers(len(_CORALS)))], 0.34 + 0.40 * near)
            lit = 0.10 * float(np.sign((sx - x) * side)) - 0.18 * near
            kind = int(rng.integers(3))
            (_branches, _fan, _mound)[kind](ink, (x, foot), size, tint(blend(code, "123c56", -min(lit, 0.0))), rng)
    texture = np.clip(1 + 0.35 * fractal(canvas, 16, octaves=4, gain=0.7), 0.35, 1.7).astype(np.float32)
    down = smooth(1.1, 0.55, canvas.ys())
    light = spread(np.asarray(texture * (0.60 + 0.85 * down), dtype=np.float32))
    ink.lay(picture, 0.0035 + 0.0075 * near**2, light=light, fade=0.95)


def _branches(
    ink: Ink, foot: tuple[float, float], size: float, colour: tuple[int, int, int], rng: np.random.Generator
) -> None:
    tips = [(foot, 0.0, size * 0.55, size * 0.16)]
    for _ in range(4):
        grown = []
        for (x, y), turn, reach, wide in tips:
            for bend in (-0.38, 0.34):
                aim = turn + bend + float(rng.normal(0, 0.16))
                end = (x + reach * float(np.sin(aim)), y - reach * float(np.cos(aim)))
                ink.limb(curve([(x, y), end], 4), np.linspace(wide, wide * 0.72, 4), colour)
                ink.disc(end[0], end[1], wide * 0.36, colour)
                grown.append((end, aim, reach * 0.74, wide * 0.72))
        tips = grown


def _fan(
    ink: Ink, foot: tuple[float, float], size: float, colour: tuple[int, int, int], rng: np.random.Generator
) -> None:
    for turn in np.linspace(-0.9, 0.9, 22) + rng.normal(0, 0.04, 22):
        reach = size * 1.5 * float(rng.uniform(0.7, 1.0)) * float(np.cos(turn * 0.7))
        tip = (foot[0] + reach * float(np.sin(turn)), foot[1] - reach * float(np.cos(turn)))
        knee = (foot[0] + reach * 0.35 * float(np.sin(turn * 0.4)), foot[1] - reach * 0.6)
        ink.limb(curve([foot, knee, tip], 8), np.linspace(0.10, 0.035, 8) * size, colour)


def _mound(
    ink: Ink, foot: tuple[float, float], size: float, colour: tuple[int, int, int], rng: np.random.Generator
) -> None:
    for _ in range(7):
        x, y = foot[0] + float(rng.normal(0, 0.5)) * size, foot[1] + float(rng.uniform(-0.25, 0.4)) * size
        ink.disc(x, y, size * float(rng.uniform(0.3, 0.55)), colour)


def _motes(canvas: Canvas) -> list[Lamp]:
    rng = canvas.rng
    lamps = []
    for _ in range(70):
        x, y = float(rng.uniform(-1.0, 1.0)), float(rng.uniform(0.05, 0.95))
        far = float(rng.uniform(0, 1)) ** 2
        lamps.append(Lamp(x, y, 0.0018 + 0.011 * far, srgb("c8f4ff", 0.16 - 0.11 * far), 0.2))
    return lamps
