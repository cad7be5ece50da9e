"""Snowy village: cabins with lit windows under firs and mountains, in the blue hour after a snowfall."""

from __future__ import annotations

import numpy as np

from components.backgrounds.scenes.bokeh import Lamp, draw_lamps
from components.backgrounds.scenes.brushes import below, blur, cover, shine, smooth, spot, spread
from components.backgrounds.scenes.canvas import Canvas, Light, srgb
from components.backgrounds.scenes.conifers import draw_conifer
from components.backgrounds.scenes.ink import Ink, blend, tint
from components.backgrounds.scenes.noise import fractal, line
from components.backgrounds.scenes.skies import paint_sky
from components.backgrounds.scenes.terrain import Ground, draw_ground, heights

_FOOT = 0.60
_WOOD, _SNOW, _SHADE = "4a3a3a", "c3cde4", "7486b4"


def paint(canvas: Canvas) -> Light:
    """Evening sky, the range, woods, the snowfield with its cabins from far to near, firs, a few flakes."""
    side = canvas.side()
    picture = paint_sky(
        canvas, _FOOT, [(0, "1f3566"), (0.2, "3d5a94"), (0.38, "8088b8"), (0.5, "d9a6a8"), (0.6, "f0bfa0")]
    )
    _range(canvas, picture, side)
    _woods(canvas, picture)
    _field(canvas, picture, side)
    picture = blur(picture, 0.0022)
    _firs(canvas, picture, side, ((0.03, 26), (0.10, 16)))
    _cabins(canvas, picture)
    _firs(canvas, picture, side, ((1.0, 8),))
    _bank(canvas, picture)
    draw_lamps(canvas, picture, _flakes(canvas))
    return picture


def _range(canvas: Canvas, picture: Light, side: float) -> None:
    xs = canvas.xs()[0]
    peak = side * canvas.uniform(0.25, 0.5) * canvas.fit
    envelope = 0.42 + 0.55 * np.exp(-(((xs - peak) / 0.36) ** 2)) + 0.3 * np.exp(-(((xs + side * 0.6) / 0.28) ** 2))
    ground = Ground(
        foot=_FOOT + 0.02,
        rise=0.36,
        sun=(-side * 0.8, 0.4, -0.3),
        rock=srgb("5a6488"),
        shade=srgb("6a7fb8"),
        snow=srgb("e8d8e4"),
        haze=srgb("a9a4c4"),
        snowline=0.20,
        mist=0.6,
    )
    draw_ground(canvas, picture, heights(canvas, 1.7, envelope.astype(np.float32)), ground)


def _woods(canvas: Canvas, picture: Light) -> None:
    for step, (height, code) in enumerate(((0.075, "7079a4"), (0.045, "46527e"))):
        crest = _FOOT + 0.015 * step - height * (0.7 + 0.4 * line(canvas, 1.6, 3) + 0.10 * line(canvas, 28, 3, 0.7))
        mask = below(canvas, crest.astype(np.float32), 0.004)
        frost = smooth(-1.2, 1.8, fractal(canvas, 14, 18, octaves=4, gain=0.7))
        body = srgb(code) + (srgb("aab4d4") - srgb(code)) * spread(frost * np.float32(0.6))
        cover(picture, body.astype(np.float32), mask)
        cover(picture, srgb("b4aac8"), mask * smooth(_FOOT - height * 0.5, _FOOT + 0.03, canvas.ys()) * np.float32(0.6))


def _field(canvas: Canvas, picture: Light, side: float) -> None:
    depth = np.maximum(canvas.ys()[:, 0] - (_FOOT - 0.01), 0.012)
    bend = np.asarray(0.7 / depth, dtype=np.float32)
    drifts = fractal(canvas, 1.2, 0.9, octaves=4, gain=0.5, bend=bend)
    slope = np.gradient(drifts, axis=1).astype(np.float32) * np.float32(canvas.height * 0.10 * -side)
    lit = smooth(-1.8, 1.8, np.asarray(0.6 * drifts + slope, dtype=np.float32))
    snow = srgb("6c80b4") + (srgb("ccd4ea") - srgb("6c80b4")) * spread(lit)
    shine(snow, srgb("f0b8a8"), spot(canvas, -side * 0.2, _FOOT, 0.9, 0.09) * np.float32(0.30))
    crest = _FOOT + 0.018 + 0.012 * line(canvas, 1.0, 3)
    cover(picture, snow.astype(np.float32), below(canvas, crest.astype(np.float32), 0.010))


def _cabins(canvas: Canvas, picture: Light) -> None:
    """Pair by pair from far to near, aside of where the person will be; each lays warm light on the snow."""
    rng, fit = canvas.rng, canvas.fit
    for pair in (((0.10, -0.16), (0.16, 0.20)), ((0.24, -0.38), (0.36, 0.46)), ((0.50, -0.62), (0.76, 0.74))):
        ink, panes, sheet = Ink(canvas), Ink(canvas), np.zeros_like(picture)
        lit = []
        for near, x in pair:
            place = (x + float(rng.uniform(-0.03, 0.03))) * (0.35 + 0.65 * fit), _FOOT + 0.035 + 0.22 * near
            size = (0.050 + 0.155 * near) * (0.5 + 0.5 * fit)
            lit.append((place, size, _cabin(ink, panes, place[0], place[1], size, rng)))
        soft = 0.0026 + 0.0032 * pair[1][0]
        ink.lay(picture, soft)
        panes.lay(sheet, soft)
        picture += sheet * np.float32(1.3)
        for (x, foot), size, windows in lit:
            light = spot(canvas, x, foot + size * 0.18, size * 0.75, size * 0.15) * np.float32(0.22)
            for wx, wy in windows:
                light += spot(canvas, wx, wy, size * 0.26) * np.float32(0.42)
            shine(picture, srgb("ff9b4c"), light)


def _cabin(
    ink: Ink, panes: Ink, x: float, foot: float, size: float, rng: np.random.Generator
) -> list[tuple[float, float]]:
    """A gabled log cabin with deep snow on its roof; returns where its windows are."""
    wide, wall = size * 1.15, size * 0.62
    top = foot - wall
    peak = top - size * 0.62
    ink.shape(
        np.array([[x - wide / 2, foot], [x - wide / 2, top], [x, peak], [x + wide / 2, top], [x + wide / 2, foot]]),
        tint(_WOOD),
    )
    for k in range(7):
        y = top + wall * k / 7
        ink.box(x - wide / 2, y, x + wide / 2, y + wall * 0.05, tint("30272c"))
    for way in (-1.0, 1.0):
        eave, ridge = np.array([x + way * wide * 0.66, top + size * 0.17]), np.array([x, peak - size * 0.05])
        thick = np.array([0.0, size * 0.17])
        ink.shape(np.stack([ridge, eave, eave - thick * 0.8, ridge - thick]), tint(_SNOW if way < 0 else _SHADE, 0.1))
        ink.shape(np.stack([ridge, eave, eave + thick * 0.25, ridge + thick * 0.3]), tint("352b30"))
    cx = x + wide * 0.24
    ink.box(cx, peak - size * 0.16, cx + size * 0.14, top - size * 0.1, tint("5a4a4c"))
    ink.box(cx - size * 0.02, peak - size * 0.21, cx + size * 0.16, peak - size * 0.13, tint(_SNOW))
    ink.shape(
        np.array(
            [[x - wide * 0.72, foot + size * 0.08], [x, foot - size * 0.05], [x + wide * 0.72, foot + size * 0.08]]
        ),
        tint("9fabcf"),
    )
    windows = [(x - wide * 0.26, top + wall * 0.42), (x + wide * 0.26, top + wall * 0.42), (x, top - size * 0.16)]
    for wx, wy in windows:
        half = size * (0.115 if wy > top else 0.085)
        panes.box(
            wx - half,
            wy - half * 1.15,
            wx + half,
            wy + half * 1.15,
            tint(blend("ffb85a", "ffd896", float(rng.uniform()))),
        )
    return windows


def _firs(canvas: Canvas, picture: Light, side: float, rows: tuple[tuple[float, int], ...]) -> None:
    rng, fit, edge = canvas.rng, canvas.fit, canvas.edge
    for near, count in rows:
        ink = Ink(canvas)
        for k in range(count):
            way = -1.0 if k % 2 else 1.0
            x = way * (edge * (0.34 + 0.50 * near) + float(rng.uniform(0, 0.7)) * edge * (1.15 - 0.6 * near))
            foot = _FOOT + 0.03 + 0.42 * near + float(rng.uniform(-0.01, 0.02))
            tall = (0.09 + 0.55 * near**1.2) * float(rng.uniform(0.6, 1.1)) * (0.5 + 0.5 * fit)
            colours = (blend("3a4872", "1d2a48", near), blend("9fabd0", "b4c0de", near))
            draw_conifer(ink, (x, foot), tall, rng, colours, tiers=12 + round(16 * near), sun=-side * 0.9, spread=0.19)
        ink.lay(picture, 0.0022 + 0.0036 * near)


def _bank(canvas: Canvas, picture: Light) -> None:
    edge = canvas.edge
    bank = 0.97 - 0.09 * smooth(0.3, 1.0, np.abs(canvas.xs()[0]) / np.float32(edge)) + 0.008 * line(canvas, 1.5, 3)
    snow = srgb("7688b8") + (srgb("b8c2de") - srgb("7688b8")) * spread(
        smooth(-1.5, 1.5, fractal(canvas, 2, 5, octaves=4))
    )
    cover(picture, (snow * np.float32(0.85)).astype(np.float32), below(canvas, bank.astype(np.float32), 0.02))


def _flakes(canvas: Canvas) -> list[Lamp]:
    rng, lamps = canvas.rng, []
    for _ in range(110):
        close = float(rng.uniform(0, 1)) ** 3
        x, y = float(rng.uniform(-1.05, 1.05)), float(rng.uniform(0, 1))
        lamps.append(Lamp(x, y, 0.0016 + 0.009 * close, srgb("dfe6f8", 0.42 - 0.30 * close), 0.0))
    return lamps
