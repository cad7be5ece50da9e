"""Cherry blossom: branches in flower over a garden pond, with petals in the air and on the water."""

from __future__ import annotations

import numpy as np

from components.backgrounds.scenes.bokeh import Lamp, draw_lamps
from components.backgrounds.scenes.brushes import below, blur, cover, displace, mirror, shine, smooth, spot, spread
from components.backgrounds.scenes.canvas import Canvas, Light, srgb, vertical
from components.backgrounds.scenes.ink import Ink, blend, curve, tint
from components.backgrounds.scenes.noise import fractal, line

_WATER = 0.66
_PETALS = ("b8607e", "f0b4c8", "fff0f2")


def paint(canvas: Canvas) -> Light:
    """Spring sky, hills, trees in flower on the far bank, the pond, then the branches over it."""
    sun = canvas.side()
    picture = vertical(canvas, [(0, "7fb0da"), (0.3, "b4d2e6"), (0.5, "ecdfd8"), (0.66, "f2d8ca")])
    shine(picture, srgb("ffe6c8"), spot(canvas, sun * canvas.edge * 0.8, 0.30, 0.5, 0.25) * np.float32(0.32))
    _hills(canvas, picture)
    _bank(canvas, picture, sun)
    picture = blur(picture, 0.0042)
    _lanterns(canvas, picture, -sun)
    picture = _pond(canvas, picture)
    _branches(canvas, picture, sun)
    draw_lamps(canvas, picture, _petals(canvas))
    shine(picture, srgb("ffe2d0"), spot(canvas, sun * canvas.edge, 0.25, 0.5, 0.4) * np.float32(0.20))
    return picture


def _hills(canvas: Canvas, picture: Light) -> None:
    for step, (height, code) in enumerate(((0.26, "9fb6cc"), (0.19, "7f9fac"), (0.13, "66897a"))):
        crest = _WATER - height * (0.75 + 0.32 * line(canvas, 1.2 + 0.4 * step, 5, 0.42))
        mask = below(canvas, crest.astype(np.float32), 0.005)
        woods = smooth(-1.8, 1.8, fractal(canvas, 6, 8, octaves=5, gain=0.65))
        cover(picture, (srgb(code) * (np.float32(0.84) + np.float32(0.3) * spread(woods))).astype(np.float32), mask)
        air = mask * smooth(_WATER - height, _WATER, canvas.ys())
        cover(picture, srgb("f2e8e2"), air * np.float32(0.36 - 0.10 * step))


def _bank(canvas: Canvas, picture: Light, sun: float) -> None:
    """Trees in flower as banks of soft clumps, and below them grass and stones."""
    for step, (height, cells) in enumerate(((0.19, 2.2), (0.12, 3.0))):
        # Crowns: round-topped, so the skyline is a bank of half circles rather than hills.
        crowns = np.abs(line(canvas, cells, 2, 0.4))
        crest = _WATER - 0.02 - height * (0.35 + 0.55 * np.minimum(crowns, 1.6) + 0.05 * line(canvas, 22, 3, 0.7))
        clumps = fractal(canvas, 9, octaves=5, gain=0.62)
        away = np.asarray(canvas.ys() - crest[None, :].astype(np.float32), dtype=np.float32)
        lit = smooth(-1.7, 1.7, np.asarray(clumps - away * np.float32(14) + 0.8, dtype=np.float32))
        shade = srgb(blend("c890a8", "9a5c7c", 0.4 * step))
        flowers = np.asarray(shade + (srgb("fbe2ea") - shade) * spread(lit), dtype=np.float32)
        mask = smooth(-0.006, 0.012, np.asarray(away + 0.008 * clumps, dtype=np.float32))
        cover(picture, flowers, mask * np.float32(0.9))
    shore = _WATER - 0.028 - 0.010 * line(canvas, 3, 4)
    grass = smooth(-1.6, 1.6, fractal(canvas, 12, 26, octaves=4, gain=0.65))
    turf = srgb("4f6a3c") + (srgb("9fb266") - srgb("4f6a3c")) * spread(grass)
    cover(picture, turf.astype(np.float32), below(canvas, shore.astype(np.float32), 0.006))


def _lanterns(canvas: Canvas, picture: Light, side: float) -> None:
    """A red arched bridge and a stone lantern, well out of focus, on one side."""
    ink, fit = Ink(canvas), canvas.fit
    x0 = side * 0.50 * fit
    span = np.linspace(-0.24, 0.24, 30) * fit
    rise = 0.062 * fit * np.cos(np.linspace(-np.pi / 2, np.pi / 2, 30))
    deck = np.stack([x0 + span, _WATER - 0.010 - rise], axis=-1)
    ink.limb(deck, np.full(30, 0.020), tint("9c3428"))
    ink.limb(deck - np.array([0, 0.045]), np.full(30, 0.008), tint("c8503c"))
    for k in range(1, 30, 4):
        ink.box(deck[k, 0] - 0.005, deck[k, 1] - 0.055, deck[k, 0] + 0.005, deck[k, 1], tint("b8432f"))
    x = -side * 0.54 * fit
    for a, top, foot, code in (
        (0.012, 0.565, 0.64, "8f8d88"),
        (0.030, 0.545, 0.566, "9c9a94"),
        (0.020, 0.505, 0.546, "7c7a76"),
        (0.040, 0.492, 0.508, "a5a39c"),
        (0.014, 0.478, 0.493, "9c9a94"),
        (0.034, 0.632, 0.652, "83817c"),
    ):
        ink.box(x - a * fit, top, x + a * fit, foot, tint(code))
    ink.box(x - 0.010 * fit, 0.513, x + 0.010 * fit, 0.540, tint("ffd89a"))
    ink.lay(picture, 0.0042)


def _pond(canvas: Canvas, picture: Light) -> Light:
    depth = np.maximum(canvas.ys() - np.float32(_WATER), 0)
    bend = np.asarray(1.0 / (depth[:, 0] + 0.04), dtype=np.float32)
    image = blur(mirror(picture, _WATER), 0.003, 0.018)
    ripple = fractal(canvas, 2.2, 1.6, octaves=4, gain=0.65, bend=bend)
    reach = np.asarray(0.003 + depth * 0.05, dtype=np.float32)
    water = displace(image, ripple * reach * np.float32(0.3), ripple * reach)
    near = np.clip(depth / np.float32(1 - _WATER), 0, 1) + 0 * canvas.xs()
    water *= srgb("eef0ee") + (srgb("8fa6a4") - srgb("eef0ee")) * spread(np.ascontiguousarray(near, dtype=np.float32))
    floating = smooth(1.1, 1.9, fractal(canvas, 26, 15, octaves=2, gain=0.8, bend=bend))
    rafts = smooth(-0.2, 1.2, fractal(canvas, 2, 1.6, octaves=4, bend=bend))
    cover(water, srgb("f6ccd8"), floating * rafts * np.float32(0.75))
    cover(picture, water, below(canvas, _WATER, 0.003))
    return picture


def _branches(canvas: Canvas, picture: Light, sun: float) -> None:
    fit, edge, rng = canvas.fit, canvas.edge, canvas.rng
    for way, foot, reach, soft in (
        (-sun, 0.20, 0.66, 0.0046),
        (sun, 0.05, 0.60, 0.0036),
        (sun, 0.26, 0.40, 0.0052),
        (-sun, 0.02, 0.80, 0.010),
    ):
        ink = Ink(canvas)
        start = (way * (edge + 0.05), foot)
        tip = (way * (edge - reach * fit), foot + float(rng.uniform(0.02, 0.10)) * fit)
        spine = curve([start, (way * (edge - reach * 0.4 * fit), foot - 0.07), tip], 40)
        ink.limb(spine, np.linspace(0.026, 0.004, 40) * fit, tint("3f2c2c"))
        for k in range(6, 40, 3):
            x, y = spine[k]
            out = float(rng.uniform(0.05, 0.15)) * fit
            end = (x - way * out * float(rng.uniform(0.1, 0.8)), y + out * float(rng.uniform(-0.5, 0.9)))
            twig = curve([(x, y), ((x + end[0]) / 2, (y + end[1]) / 2 - 0.015), end], 10)
            ink.limb(twig, np.linspace(0.006, 0.0015, 10) * fit, tint("4a3434"))
            for px, py in twig[3::2]:
                _cluster(ink, float(px), float(py), 0.024 * fit, sun, rng)
            _cluster(ink, float(x), float(y), 0.026 * fit, sun, rng)
        ink.lay(picture, soft, fade=0.97)


def _cluster(ink: Ink, x: float, y: float, size: float, sun: float, rng: np.random.Generator) -> None:
    """A bunch of blossoms: shaded ones behind and below, lit ones towards the sun."""
    dx, dy = rng.normal(0, 0.6, 18), rng.normal(0, 0.5, 18)
    light = 0.30 + 0.22 * (np.arange(18) // 6) - 0.3 * dy + 0.2 * sun * dx + rng.normal(0, 0.1, 18)
    radii = size * rng.uniform(0.20, 0.34, 18)
    places = np.stack([x + dx * size, y + dy * size, radii, np.clip(light, 0, 1)], axis=-1)
    for px, py, radius, lit in places.tolist():
        code = blend(_PETALS[0], _PETALS[1], lit * 2) if lit < 0.5 else blend(_PETALS[1], _PETALS[2], lit * 2 - 1)
        ink.disc(px, py, radius, tint(code))


def _petals(canvas: Canvas) -> list[Lamp]:
    rng, lamps = canvas.rng, []
    for _ in range(60):
        close = float(rng.uniform(0, 1)) ** 2.5
        x, y = float(rng.uniform(-1.0, 1.0)), float(rng.uniform(0.05, 0.98))
        lamps.append(Lamp(x, y, 0.0028 + 0.015 * close, srgb("f6b8cc", 0.40 - 0.28 * close), 0.2))
    return lamps
