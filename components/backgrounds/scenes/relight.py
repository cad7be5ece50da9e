"""Relighting: a finished picture at another time of day, or graded to a palette. Works in linear light.

It is a grade, not a simulation: shadows stay where they are. What a scene can do better it does itself, by reading the
mood from its canvas (an interior's windows, a city's lamps).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from components.backgrounds.scenes.brushes import blur, glow, shine, smooth, spot, spread
from components.backgrounds.scenes.canvas import Canvas, Light, Mask, mix, srgb, vertical
from components.backgrounds.scenes.mood import Hour, Palette
from components.backgrounds.scenes.stars import draw_stars

_REC709 = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Grade:
    """How an hour looks: the sky from the zenith to the horizon, how much of the painted sky's own colour gives way to
    it, the colour of the light on the ground and the mean linear light of the whole."""

    sky: tuple[str, str, str]
    take: float
    ground: str
    level: float


_HOURS: dict[Hour, _Grade] = {
    "day": _Grade(("5f9bd6", "a5cbe8", "e6eef0"), 0.55, "f4f6fa", 0.34),
    "golden": _Grade(("6a6fae", "e79a86", "ffc27a"), 0.72, "ffc48c", 0.25),
    "dawn": _Grade(("8494c6", "dcb0c0", "ffd6bc"), 0.70, "f2d0d0", 0.27),
    "night": _Grade(("1c2a58", "3a4f86", "6878a4"), 0.80, "8ea4e0", 0.046),
}


def luminance(picture: Light) -> Mask:
    """(H, W, 3) linear -> (H, W) linear luminance, Rec. 709."""
    return np.asarray(picture @ _REC709, dtype=np.float32)


def open_sky(canvas: Canvas, picture: Light, horizon: float) -> Mask:
    """Where the sky is plain, as far as one can tell from the picture: above the horizon, smooth and not dark."""
    grey = np.clip(luminance(picture), 0, 1) ** np.float32(1 / 2.2)
    detail = blur(np.abs(grey - blur(grey, 0.006)), 0.006)
    base = np.float32(np.median(grey[: max(1, round(canvas.height * horizon * 0.5))]))
    bright = smooth(0.45, 0.8, np.asarray(blur(grey, 0.003) / max(base, np.float32(0.02)), dtype=np.float32))
    above = smooth(horizon, horizon - 0.16, canvas.ys())
    return np.asarray(smooth(0.020, 0.006, detail) * bright * above, dtype=np.float32)


def relight_outdoors(canvas: Canvas, picture: Light, hour: Hour, horizon: float) -> Light:
    """The scene at another hour: the sky recoloured by height, the ground lit by it, the whole dimmed or raised."""
    grade = _HOURS[hour]
    side = canvas.side()
    plain = open_sky(canvas, picture, horizon)
    grey = spread(luminance(picture))
    above = smooth(horizon + 0.05, horizon - 0.10, canvas.ys())
    ramp = vertical(canvas, [(y * horizon, code) for y, code in zip((0.0, 0.62, 1.0), grade.sky, strict=True)])
    # Leaves and peaks before the sky take its light too, but less of its colour than the sky itself.
    # Grown over the edges of things, or a rim of the old sky would be left around them.
    wide = np.ones((2 * round(0.011 * canvas.height) + 1,) * 2, dtype=np.uint8)
    whole = blur(np.asarray(cv2.dilate(plain, wide), dtype=np.float32), 0.005)
    take = np.asarray((np.float32(0.35) + np.float32(0.65) * whole) * above * np.float32(grade.take), dtype=np.float32)
    # Blue light on water would turn green under a warm one: there is none of it at these hours.
    cool = smooth(1.0, 1.8, np.asarray(picture[..., 2] / np.maximum(picture[..., 0], 1e-3), dtype=np.float32))
    warm = np.float32({"golden": 0.62, "dawn": 0.40}.get(hour, 0.0))
    take = np.maximum(take, np.asarray(cool * (1 - above) * warm, dtype=np.float32))
    light = picture + (grey - picture) * spread(take)
    tint = ramp / np.maximum(spread(luminance(ramp)), 1e-3)
    sky_gain = luminance(ramp) / np.float32(luminance(ramp)[: max(1, round(canvas.height * horizon))].mean())
    ground = srgb(grade.ground)
    ground_tint = ground / np.float32(ground @ _REC709)
    share = spread(np.ascontiguousarray(np.broadcast_to(above, picture.shape[:2])))
    light = light * (ground_tint + (tint * spread(sky_gain.astype(np.float32)) - ground_tint) * share)
    if hour == "night":
        light = light + (spread(luminance(light)) * srgb("9fb4f0") - light) * np.float32(0.35)
    light = np.asarray(light * np.float32(_gain(light, grade.level)), dtype=np.float32)
    return _lights_of(canvas, light, hour, side, horizon, plain)


def _gain(light: Light, level: float) -> float:
    """What takes the mean to `level`, within reason: noise and banding are not to be dragged out of black."""
    mean = float(np.minimum(light, 1).mean())
    return float(np.clip(level / max(mean, 1e-4), 0.03, 7.0))


def _lights_of(canvas: Canvas, light: Light, hour: Hour, side: float, horizon: float, plain: Mask) -> Light:
    """What shines at that hour: the low sun's glow, or stars and a moon where the sky is plain."""
    x = side * canvas.edge * 0.62
    if hour == "golden":
        shine(light, srgb("ff9a4c"), spot(canvas, x, horizon, 0.60, 0.15) * np.float32(0.42))
        shine(light, srgb("ffe0a0"), spot(canvas, x, horizon - 0.05, 0.16, 0.09) * plain * np.float32(0.8))
    if hour == "dawn":
        shine(light, srgb("ffb8a8"), spot(canvas, x, horizon, 0.75, 0.13) * np.float32(0.24))
    if hour == "night":
        draw_stars(canvas, light, plain, lowest=horizon, gain=0.8)
        _moon(canvas, light, side, plain)
    return light


def _moon(canvas: Canvas, light: Light, side: float, plain: Mask) -> None:
    """A moon where the most sky is open; none where no place is, as under trees."""
    spots = [
        (way * canvas.edge * far, y) for far, way, y in ((0.62, side, 0.15), (0.40, side, 0.12), (0.62, -side, 0.15))
    ]
    spots += [(way * canvas.edge * 0.30, 0.09) for way in (side, -side)]
    disc, open_ = np.zeros_like(plain), 0.0
    for place in spots:
        away = np.asarray(np.hypot(canvas.xs() - place[0], canvas.ys() - place[1]), dtype=np.float32)
        found = float((plain * (away < 0.05)).sum() / max(float((away < 0.05).sum()), 1.0))
        if found > open_ + 0.05:
            open_, disc, (x, y) = found, smooth(0.0225, 0.0195, away), place
    if open_ < 0.7:
        return
    shine(light, srgb("f4f0e0"), disc)
    shine(light, srgb("8fa8e0"), glow(canvas, x, y, 0.06, 1.1) * (np.float32(0.25) + plain) * np.float32(0.12))


_ROOMS: dict[Hour, tuple[str, float]] = {
    "day": ("f6f8ff", 1.35),
    "golden": ("ffd8a8", 1.0),
    "dawn": ("f0dce4", 0.9),
    "night": ("e6c8b4", 0.55),
}


def relight_indoors(picture: Light, hour: Hour) -> Light:
    """A room at another hour: the light that fills it is tinted and dimmed; lamps keep their strength."""
    code, gain = _ROOMS[hour]
    lamps = smooth(0.55, 1.0, luminance(picture))
    filled = picture * srgb(code) * np.float32(gain)
    return np.asarray(filled + (picture - filled) * spread(lamps), dtype=np.float32)


_TONES: dict[Palette, str] = {
    "sepia": "c9a06a",
    "red": "e0463a",
    "orange": "ee8a3a",
    "gold": "e8bf4a",
    "green": "58b05a",
    "teal": "2fa8a0",
    "blue": "4a86e0",
    "purple": "9a5ad8",
    "pink": "ee86b4",
}


def regrade(canvas: Canvas, picture: Light, palette: Palette) -> Light:
    """The picture in other colours; its light and dark stay where they are."""
    grey = spread(luminance(picture))
    if palette == "monochrome":
        return grey
    if palette in ("warm", "cold"):
        gain = (1.16, 0.99, 0.74) if palette == "warm" else (0.78, 0.98, 1.26)
        return np.asarray(picture * np.array(gain, dtype=np.float32), dtype=np.float32)
    if palette == "pastel":
        soft = picture + (grey - picture) * np.float32(0.35)
        return np.asarray(
            soft * np.float32(0.62) + srgb("e8dce8") * np.float32(0.22) + np.float32(0.02), dtype=np.float32
        )
    if palette == "neon":
        return _neon(picture, grey)
    colour = srgb(_TONES[palette])
    tone = colour / np.float32(colour @ _REC709)
    # Lights run to a paler tone and shadows to a deeper one, as in a toned print; a flat tint would look like a gel.
    shown = np.clip(grey, 0, 1) ** np.float32(0.5)
    toned = grey * (tone + (mix(tone, np.ones(3, dtype=np.float32), 0.65) - tone) * shown)
    share = np.float32(0.9 if palette == "sepia" else 0.62)
    return np.asarray(picture + (toned - picture) * share, dtype=np.float32)


def _neon(picture: Light, grey: Light) -> Light:
    vivid = np.maximum(grey + (picture - grey) * np.float32(1.45), 0)
    shown = np.clip(grey, 0, 1) ** np.float32(0.45)
    shade, lit = srgb("5a2ad0"), srgb("ff6ad0")
    split = np.where(shown < 0.5, shade + (lit - shade) * shown * 2, lit + (srgb("8ff0ff") - lit) * (shown * 2 - 1))
    toned = split * grey / np.maximum(luminance(np.asarray(split, dtype=np.float32))[..., None], 0.05)
    return np.asarray((vivid * np.float32(0.45) + toned * np.float32(0.55)) * np.float32(0.85), dtype=np.float32)
