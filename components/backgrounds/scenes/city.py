"""City at night: a wet avenue after rain, towers behind, and every lamp a disc of light."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from components.backgrounds.scenes.bokeh import Lamp, draw_lamps
from components.backgrounds.scenes.brushes import below, blur, cover, displace, full, mirror, shine, smooth, spot
from components.backgrounds.scenes.canvas import Canvas, Light, srgb, vertical
from components.backgrounds.scenes.ink import Ink, blend, tint
from components.backgrounds.scenes.noise import fractal

_ROAD = 0.665


@dataclass(frozen=True, slots=True)
class _Hour:
    """The avenue at an hour: its sky, its walls from far to near, how many of its lights burn, and the wet asphalt."""

    sky: tuple[tuple[float, str], ...]
    walls: tuple[str, str] = ("4b4a70", "121829")
    windows: float = 1.0
    lamps: float = 1.0
    road: str = "1b2236"


_NIGHT = _Hour(((0, "0a1226"), (0.25, "152241"), (0.48, "34355f"), (0.62, "8a5a5e"), (0.68, "b87a58")))
_HOURS: dict[str, _Hour] = {
    "day": _Hour(
        ((0, "6fa3d4"), (0.3, "a4c8e6"), (0.55, "d6e2ea"), (0.68, "ece6dc")), ("c3ced8", "5f6f80"), 0.10, 0.10, "7c8288"
    ),
    "golden": _Hour(
        ((0, "5a6aa6"), (0.25, "a58cae"), (0.48, "eda27c"), (0.68, "ffd08a")),
        ("b98a86", "3c3444"),
        0.55,
        0.55,
        "5c4c50",
    ),
    "dawn": _Hour(
        ((0, "7486b6"), (0.25, "a9a9c8"), (0.48, "e2b8b8"), (0.68, "ffd9b8")),
        ("a9a2b4", "444a60"),
        0.40,
        0.40,
        "585a6c",
    ),
}
_WINDOWS = ("ffd79a", "ffc070", "fff0d0", "bcd8ff", "ffb15c")
_SIGNS = ("ff5a6e", "4fc3ff", "ffb347", "7dffcf", "d07bff", "ffd27a", "fff1da")


def paint(canvas: Canvas) -> Light:
    """Sky, three rows of towers, distant lamps, all of it on the wet road, then the near lamps."""
    hour = _HOURS.get(canvas.mood.hour or "", _NIGHT)
    picture = vertical(canvas, hour.sky)
    haze = fractal(canvas, 1.2, 2.0, octaves=4)
    shine(picture, srgb("c98a6a"), smooth(-0.5, 2.2, haze) * spot(canvas, 0, 0.5, 9, 0.16) * np.float32(0.16))
    for step in range(3):
        _towers(canvas, picture, step / 2, hour)
    shine(picture, srgb("ff9d55"), spot(canvas, 0, _ROAD, 0.55, 0.07) * np.float32(0.38 * hour.lamps))
    draw_lamps(canvas, picture, _lit(_distant(canvas), hour))
    _road(canvas, picture, hour)
    draw_lamps(canvas, picture, _lit(_traffic(canvas), hour))
    draw_lamps(canvas, picture, _lit(_street(canvas), hour))
    shine(picture, srgb("ffb070"), blur(np.clip(picture[..., 0], 0, 2), 0.05) * np.float32(0.10 * hour.lamps))
    draw_lamps(canvas, picture, _lit(_near(canvas), hour))
    return picture


def _towers(canvas: Canvas, picture: Light, near: float, hour: _Hour) -> None:
    rng = canvas.rng
    walls, lights = Ink(canvas), Ink(canvas)
    count = round(30 - 16 * near)
    for place in np.linspace(-1.15, 1.15, count) + rng.normal(0, 0.25 / count, count):
        # The street opens in the middle: the nearer the row, the further its towers stand aside.
        gap = 0.10 + 0.34 * near
        x = float(np.sign(place) * gap * near + place * (1 - 0.25 * near))
        tall = float((0.16 + 0.16 * near + 0.34 * abs(place) * near) * rng.uniform(0.6, 1.5) + 0.06)
        wide = float(rng.uniform(0.045, 0.085) * (1 + 0.7 * near))
        top = _ROAD - tall
        code = blend(*hour.walls, 0.25 + 0.7 * near)
        walls.box(x - wide / 2, top, x + wide / 2, _ROAD + 0.01, tint(code, rng.uniform(-0.15, 0.15)))
        if rng.uniform() < 0.4:
            walls.box(x - wide / 5, top - 0.03, x + wide / 5, top, tint(code))
        _windows(lights, rng, x, top, wide, near)
    walls.lay(picture, 0.0042 + 0.001 * near, fade=0.97)
    glow = full(canvas, srgb("ffffff", 1.0 + 1.5 * near))
    lights.lay(picture, 0.0036 + 0.0012 * near, light=glow, fade=hour.windows)


def _windows(ink: Ink, rng: np.random.Generator, x: float, top: float, wide: float, near: float) -> None:
    columns, pitch = int(rng.integers(4, 8)), 0.0125 + 0.007 * near
    rows = int((_ROAD - top) / pitch)
    cell = wide / (columns + 0.6)
    tone = _WINDOWS[int(rng.integers(len(_WINDOWS)))]
    busy = rng.uniform(0.12, 0.5)
    on = rng.uniform(0, 1, (60, 8)) < busy * rng.uniform(0.4, 1.4, (60, 1))
    power = rng.uniform(0.25, 1.0, (60, 8))
    for row in range(min(rows, 60)):
        for column in range(columns):
            if on[row, column]:
                left = x - wide / 2 + cell * (column + 0.45)
                low = top + pitch * (row + 0.4)
                colour = tint(tone, power[row, column] - 1)
                ink.box(left, low, left + cell * 0.62, low + pitch * 0.52, colour)


def _lit(lamps: list[Lamp], hour: _Hour) -> list[Lamp]:
    return [replace(lamp, colour=lamp.colour * np.float32(hour.lamps)) for lamp in lamps]


def _pick(rng: np.random.Generator, codes: tuple[str, ...]) -> str:
    return codes[int(rng.integers(len(codes)))]


def _distant(canvas: Canvas) -> list[Lamp]:
    rng = canvas.rng
    lamps = []
    for _ in range(130):
        x = float(rng.normal(0, 0.5))
        y = float(_ROAD - 0.008 - abs(rng.normal(0, 0.035)) * (1 + abs(x)))
        colour = srgb(_pick(rng, _SIGNS), float(rng.uniform(0.25, 1.1)))
        lamps.append(Lamp(x, y, float(rng.uniform(0.005, 0.014)), colour))
    return lamps


def _road(canvas: Canvas, picture: Light, hour: _Hour) -> None:
    depth = np.maximum(canvas.ys() - _ROAD, 0)
    bend = np.asarray(1.0 / (depth[:, 0] + 0.04), dtype=np.float32)
    image = blur(mirror(picture, _ROAD), 0.0045, 0.055)
    rough = fractal(canvas, 3.5, 1.5, octaves=4, gain=0.7, bend=bend)
    wet = displace(image, rough * np.float32(0.004), rough * np.asarray(0.01 + 0.10 * depth, dtype=np.float32))
    puddle = smooth(-0.6, 0.9, fractal(canvas, 1.3, 1.2, octaves=4, bend=bend))
    wet *= np.ascontiguousarray((0.30 + 0.48 * puddle)[..., None], dtype=np.float32)
    shine(wet, srgb(hour.road), np.full(picture.shape[:2], 0.8, dtype=np.float32))
    cover(picture, wet.astype(np.float32), below(canvas, _ROAD, 0.012))


def _traffic(canvas: Canvas) -> list[Lamp]:
    """Headlights coming on one side, tail lights going on the other, and their streaks underneath."""
    rng, side = canvas.rng, canvas.side()
    lamps = []
    for _ in range(13):
        for way, code in ((side, "fff0d8"), (-side, "ff3a30")):
            close = float(rng.uniform(0, 1)) ** 1.5
            x = way * (0.035 + 0.62 * close) + float(rng.normal(0, 0.03) * (0.3 + close))
            y = _ROAD + 0.012 + 0.17 * close
            for pair in (-1, 1):
                gap = pair * (0.008 + 0.050 * close)
                colour = srgb(code, (0.75 if way == side else 0.65) * float(rng.uniform(0.35, 1.0)))
                lamps.append(Lamp(x + gap, y, 0.006 + 0.026 * close, colour))
                lamps.append(Lamp(x + gap, y + 0.03 + 0.11 * close, 0.008 + 0.03 * close, colour * 0.10, 0.0))
    return lamps


def _street(canvas: Canvas) -> list[Lamp]:
    """Street lamps in two rows that rise and spread as they come nearer."""
    rng = canvas.rng
    lamps = []
    for side in (-1, 1):
        for k in range(11):
            close = (k / 10) ** 1.8
            x = side * (0.07 + 0.80 * close) * (0.5 + 0.5 * canvas.fit) + float(rng.normal(0, 0.006))
            y = _ROAD - 0.035 - 0.42 * close + float(rng.normal(0, 0.004))
            colour = srgb("ffb765", 1.25 - 0.55 * close)
            lamps.append(Lamp(x, y, 0.007 + 0.036 * close, colour))
    return lamps


def _near(canvas: Canvas) -> list[Lamp]:
    """A few large faint discs close to the lens, at the sides."""
    rng = canvas.rng
    lamps = []
    for _ in range(18):
        x = float(rng.choice([-1, 1]) * canvas.edge * rng.uniform(0.42, 1.02))
        y = float(rng.uniform(0.22, 0.95))
        colour = srgb(_pick(rng, _SIGNS), float(rng.uniform(0.10, 0.30)))
        lamps.append(Lamp(x, y, float(rng.uniform(0.035, 0.085)), colour, 0.45))
    return lamps
