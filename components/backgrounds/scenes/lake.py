"""Mountain lake: first light on a snowy range, doubled in still water, with firs on either bank."""

from __future__ import annotations

import numpy as np

from components.backgrounds.scenes.brushes import below, blur, cover, displace, mirror, shine, smooth, spot, spread
from components.backgrounds.scenes.canvas import Canvas, Light, srgb
from components.backgrounds.scenes.conifers import draw_conifer
from components.backgrounds.scenes.ink import Ink, blend
from components.backgrounds.scenes.noise import fractal, line
from components.backgrounds.scenes.skies import paint_sky
from components.backgrounds.scenes.terrain import Ground, draw_ground, heights

_WATER = 0.635


def paint(canvas: Canvas) -> Light:
    """Sky, the far range, nearer hills, the treeline, all of it again in the water, then the near firs."""
    sun = canvas.side()
    picture = _sky(canvas, sun)
    _range(canvas, picture, sun)
    _hills(canvas, picture, sun)
    picture = blur(picture, 0.0016)
    _treeline(canvas, picture, sun)
    picture = _water(canvas, picture)
    _banks(canvas, picture, sun)
    shine(picture, srgb("ffcf9a"), spot(canvas, sun * canvas.edge * 1.1, 0.30, 0.5, 0.34) * np.float32(0.22))
    return picture


def _sky(canvas: Canvas, sun: float) -> Light:
    picture = paint_sky(
        canvas, _WATER, [(0, "3f6ea6"), (0.2, "7fa4c8"), (0.38, "cfcfd3"), (0.52, "f8d9b8"), (0.65, "f9cfa6")]
    )
    rise = canvas.ys()[:, 0]
    bend = np.asarray(0.5 / (np.abs(0.62 - rise) + 0.14), dtype=np.float32)
    veil = fractal(canvas, 1.5, 3.4, octaves=6, gain=0.52, bend=bend)
    cover(picture, srgb("fff0e0"), smooth(0.0, 2.4, veil) * smooth(0.6, 0.1, canvas.ys()) * np.float32(0.62))
    shine(picture, srgb("ffc98f"), spot(canvas, sun * canvas.edge, 0.46, 0.6, 0.2) * np.float32(0.4))
    return picture


def _range(canvas: Canvas, picture: Light, sun: float) -> None:
    xs = canvas.xs()[0]
    peak = canvas.uniform(0.16, 0.34) * -sun * canvas.fit
    second = peak + sun * canvas.uniform(0.6, 0.8)
    envelope = 0.50 + 0.62 * np.exp(-(((xs - peak) / 0.26) ** 2)) + 0.34 * np.exp(-(((xs - second) / 0.24) ** 2))
    field = heights(canvas, 2.1, envelope.astype(np.float32))
    ground = Ground(
        foot=_WATER,
        rise=0.45,
        sun=(-sun * 0.82, 0.42, -0.35),
        rock=srgb("6d6a72"),
        shade=srgb("6a7fa6"),
        snow=srgb("fff1e2", 1.1),
        haze=srgb("c3c6d2"),
        snowline=0.42,
        mist=0.62,
    )
    draw_ground(canvas, picture, field, ground)


def _hills(canvas: Canvas, picture: Light, sun: float) -> None:
    tilt = canvas.xs()[0] * np.float32(sun)
    layers = ((0.086, 0.7, "93a3b3"), (0.072, -0.7, "64808a"), (0.045, 0.7, "3d5a5c"))
    for step, (height, slope, code) in enumerate(layers):
        crest = _WATER - height * (1 + slope * tilt + 0.30 * line(canvas, 2.2 + step, 7, 0.55))
        mask = below(canvas, crest.astype(np.float32), 0.003)
        woods = smooth(-2.0, 2.0, fractal(canvas, 5 + 3 * step, 12 + 4 * step, octaves=5, gain=0.72))
        cover(picture, (srgb(code) * (0.82 + 0.36 * spread(woods))).astype(np.float32), mask)
        fog = mask * smooth(_WATER - height * 0.7, _WATER, canvas.ys())
        drift = smooth(-1.2, 1.4, fractal(canvas, 1.4, 7, octaves=4))
        cover(picture, srgb("e3d9d2"), fog * (np.float32(0.25) + drift) * np.float32(0.62 - 0.12 * step))


def _treeline(canvas: Canvas, picture: Light, sun: float) -> None:
    ink = Ink(canvas)
    count = 260
    places = np.sort(canvas.rng.uniform(-1.05, 1.05, count))
    sizes = canvas.rng.uniform(0.6, 1.25, count)
    clumps = 0.6 + 0.5 * np.sin(places * 5 + canvas.uniform(0, 6)) ** 2
    for place, size, clump in zip(places, sizes, clumps, strict=True):
        code = blend("22393a", "35504a", canvas.uniform(0, 1))
        height = 0.050 * size**1.6 * clump * (0.6 + 0.6 * abs(place))
        foot, colours = (float(place), _WATER + 0.002), (code, "87905f")
        draw_conifer(ink, foot, float(height), canvas.rng, colours, tiers=6, sun=sun * 0.7, spread=0.27)
    shore = _WATER - 0.010 - 0.006 * line(canvas, 6, 5)
    cover(picture, srgb("29403e"), below(canvas, shore.astype(np.float32), 0.004) * np.float32(0.9))
    ink.lay(picture, 0.0018, fade=0.94)
    band = spot(canvas, 0, _WATER - 0.004, 9, 0.012) * smooth(-0.8, 1.6, fractal(canvas, 1.2, 9, octaves=3))
    cover(picture, srgb("efe4da"), band * np.float32(0.55))


def _water(canvas: Canvas, picture: Light) -> Light:
    image = mirror(picture, _WATER)
    depth = np.maximum(canvas.ys() - _WATER, 0)
    bend = np.asarray(1.2 / (depth[:, 0] + 0.03), dtype=np.float32)
    ripple = fractal(canvas, 2.0, 1.6, octaves=4, gain=0.7, bend=bend)
    soft = blur(image, 0.001, 0.012)
    reach = np.asarray(0.002 + depth * 0.045, dtype=np.float32)
    water = displace(soft, ripple * reach * np.float32(0.25), ripple * reach)
    near = np.clip(depth / np.float32(1 - _WATER), 0, 1)
    tintage = srgb("dfe6ea") + (srgb("6f95a0") - srgb("dfe6ea")) * spread(
        np.ascontiguousarray(np.broadcast_to(near, picture.shape[:2]), dtype=np.float32)
    )
    water *= tintage
    deep = srgb("123b44")
    cover(water, deep.astype(np.float32), np.asarray(0.10 + 0.42 * near**1.5, dtype=np.float32))
    breeze = smooth(0.6, 1.8, fractal(canvas, 0.9, 1.0, octaves=3, bend=bend)) * smooth(0.0, 0.1, depth)
    cover(water, srgb("c6ccd2"), breeze * np.float32(0.16))
    cover(picture, water, below(canvas, _WATER, 0.002))
    return picture


def _banks(canvas: Canvas, picture: Light, sun: float) -> None:
    fit, edge = canvas.fit, canvas.edge
    for side, tall, count in ((-sun, 0.98, 4), (sun, 0.66, 3)):
        ink = Ink(canvas)
        for k in range(count):
            x = side * (edge + 0.03 - 0.085 * k * fit + canvas.uniform(-0.02, 0.02))
            height = tall * (1 - 0.20 * k) * canvas.uniform(0.9, 1.1) * (0.6 + 0.4 * fit)
            foot = (x, 1.04 - 0.02 * k)
            draw_conifer(ink, foot, height, canvas.rng, ("0f1f20", "6f7a45"), tiers=34, sun=sun * 0.8, spread=0.16)
        ground = np.array([[edge + 0.1, 0.90], [edge - 0.20 * fit, 0.955], [edge - 0.5 * fit, 1.01], [edge, 1.05]])
        ink.shape(ground * np.array([side, 1]), (22, 34, 30))
        ink.lay(picture, 0.0042)
