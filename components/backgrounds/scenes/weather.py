"""Weather and seasons over a finished picture: fog that lies low, rain and snow out of focus, snow on the ground."""

from __future__ import annotations

import cv2
import numpy as np

from components.backgrounds.scenes.bokeh import Lamp, draw_lamps
from components.backgrounds.scenes.brushes import blur, cover, shine, smooth, spot, spread
from components.backgrounds.scenes.canvas import Canvas, Colour, Light, Mask, srgb
from components.backgrounds.scenes.mood import Season, Weather
from components.backgrounds.scenes.noise import fractal
from components.backgrounds.scenes.relight import luminance


def draw_weather(canvas: Canvas, picture: Light, weather: Weather, horizon: float) -> Light:
    """The scene in that weather. "clear" is left as it is: what a scene's own air hides cannot be brought back."""
    if weather == "clear":
        return picture
    if weather == "fog":
        return _fog(canvas, picture, horizon, 0.86)
    heavy = weather == "storm"
    picture = _overcast(canvas, picture, horizon, weather)
    picture = _fog(canvas, picture, horizon, 0.40 if weather == "snow" else 0.36)
    if weather == "snow":
        draw_lamps(canvas, picture, _flakes(canvas, picture))
    else:
        _rain(canvas, picture, heavy)
    return picture


def dull(picture: Light) -> Light:
    """A room on a grey day: a little less light, and cooler."""
    grey = spread(luminance(picture))
    return np.asarray((picture + (grey - picture) * np.float32(0.22)) * srgb("d6dcea"), dtype=np.float32)


def _air(picture: Light, horizon: float) -> Colour:
    """The colour of distance: the mean of a band at the horizon, half of the way to grey."""
    row = round(picture.shape[0] * horizon)
    band = np.minimum(picture[max(0, row - picture.shape[0] // 8) : row + 1], 1).mean(axis=(0, 1))
    return np.asarray(band * 0.5 + band.mean() * 0.5, dtype=np.float32)


def _fog(canvas: Canvas, picture: Light, horizon: float, strength: float) -> Light:
    """Thickest at the horizon, where the way through it is longest; thin above, and thin close to the lens."""
    air = _air(picture, horizon) * np.float32(1.06)
    drift = smooth(-1.9, 1.9, fractal(canvas, 1.0, 2.6, octaves=4))
    rise = np.asarray(canvas.ys() - np.float32(horizon), dtype=np.float32)
    reach = np.where(rise < 0, np.float32(0.26), np.float32(0.19))
    thick = np.float32(0.16) + np.float32(0.84) * np.exp(-((rise / reach) ** 2)).astype(np.float32)
    mask = np.asarray(thick * (np.float32(0.72) + np.float32(0.42) * drift) * np.float32(strength), dtype=np.float32)
    soft = picture + (blur(picture, 0.010) - picture) * np.float32(0.35 * strength)
    soft = soft + (spread(luminance(soft)) - soft) * np.float32(0.30 * strength)
    cover(soft, air, np.clip(mask, 0, 0.95).astype(np.float32))
    return np.asarray(soft, dtype=np.float32)


def _overcast(canvas: Canvas, picture: Light, horizon: float, weather: Weather) -> Light:
    """A ceiling of cloud instead of the sky's own light; what shines by itself stays bright."""
    heavy = weather == "storm"
    # At night there is no sky to hide, and the lamps keep their colours.
    light = float(np.clip((float(np.minimum(picture, 1).mean()) - 0.05) / 0.15, 0, 1))
    grey = spread(luminance(picture))
    flat = picture + (grey * srgb("eef2fa") - picture) * np.float32(0.15 + 0.40 * light)
    lamps = spread(smooth(0.75, 1.3, blur(luminance(picture), 0.004)))
    above = smooth(horizon + 0.02, horizon - 0.20, canvas.ys())
    bend = np.asarray(0.5 / (np.abs(horizon - canvas.ys()[:, 0]) + 0.14), dtype=np.float32)
    banks = smooth(-1.7, 1.7, fractal(canvas, 1.5, 3.2, octaves=6, gain=0.55, bend=bend))
    dark = np.float32((0.62 if heavy else 0.36) * (0.3 + 0.7 * light))
    fall = (1 - dark * above * (np.float32(1.15) - banks)) * np.float32(
        1 - {"storm": 0.50, "rain": 0.32}.get(weather, 0.10) * light
    )
    # Cloud hides the sky behind it: half of its detail goes into the ceiling's own.
    veil = blur(flat, 0.03)
    flat = flat + (veil - flat) * spread(
        np.ascontiguousarray(np.broadcast_to(above * np.float32(0.45), grey.shape[:2]))
    )
    dim = flat * spread(np.asarray(fall, dtype=np.float32))
    if heavy:
        flash = spot(canvas, canvas.side() * canvas.edge * 0.55, horizon - 0.22, 0.34, 0.16) * (
            np.float32(0.35) + banks
        )
        shine(dim, srgb("b4c4ff"), np.asarray(flash * np.float32(0.20), dtype=np.float32))
    return np.asarray(dim + (picture * np.float32(0.9) - dim) * lamps, dtype=np.float32)


def _rain(canvas: Canvas, picture: Light, heavy: bool) -> None:
    """Streaks at three distances, each drop smeared along its fall and lit by what is behind it."""
    rng = canvas.rng
    lean = (0.24 if heavy else 0.09) * canvas.side()
    light = blur(picture, 0.05) * np.float32(0.55) + np.float32(0.035)
    for count, long, wide, power in ((2200, 0.026, 0.0008, 0.32), (420, 0.070, 0.0016, 0.5), (70, 0.15, 0.0040, 0.42)):
        places = np.stack([rng.uniform(-1.3, 1.3, count), rng.uniform(-0.15, 1.05, count)], axis=-1)
        strength = rng.uniform(0.3, 1.0, count) * power * (1.5 if heavy else 1.0)
        sheet = _streaks(canvas, places, strength, long, lean)
        sheet = np.minimum(blur(sheet, max(wide, 0.6 / canvas.height)) * np.float32(1.1), 1)
        picture += light * spread(np.asarray(sheet, dtype=np.float32))


def _streaks(canvas: Canvas, places: np.ndarray, strength: np.ndarray, long: float, lean: float) -> Mask:
    """Lines of one length, drawn in eight bits with soft ends rounded off by the blur that follows."""
    sheet = np.zeros((canvas.height, canvas.width), dtype=np.uint8)
    heads = np.round(canvas.pixels(places) * 16).astype(int)
    tails = np.round(canvas.pixels(places + np.array([lean * long, long])) * 16).astype(int)
    for head, tail, power in zip(heads.tolist(), tails.tolist(), strength.tolist(), strict=True):
        cv2.line(sheet, head, tail, min(255, int(power * 255)), 1, cv2.LINE_AA, 4)
    return sheet.astype(np.float32) / np.float32(255)


def _flakes(canvas: Canvas, picture: Light) -> list[Lamp]:
    rng, lamps = canvas.rng, []
    level = float(np.clip(picture.mean() * 1.6, 0.12, 0.8))
    for _ in range(520):
        close = float(rng.uniform(0, 1)) ** 3.2
        x, y = float(rng.uniform(-1.1, 1.1)), float(rng.uniform(-0.02, 1.02))
        power = level * (0.85 - 0.62 * close) * float(rng.uniform(0.5, 1.0))
        lamps.append(Lamp(x, y, 0.0016 + 0.0125 * close, srgb("f2f6ff", power), 0.0))
    return lamps


def turn_season(canvas: Canvas, picture: Light, season: Season, horizon: float, water: bool) -> Light:
    """Leaves and grass take the season's colour; in winter snow lies on the ground."""
    grey = luminance(picture)
    red, green, blue = picture[..., 0], picture[..., 1], picture[..., 2]
    leaf = smooth(
        1.02, 1.30, np.asarray(green / np.maximum(np.maximum(red * 0.97, blue * 1.05), 1e-3), dtype=np.float32)
    )
    olive = smooth(1.15, 1.7, np.asarray(np.minimum(red, green * 1.1) / np.maximum(blue, 1e-3), dtype=np.float32))
    leaf = np.maximum(leaf, olive * smooth(0.95, 1.05, np.asarray(green / np.maximum(red, 1e-3), dtype=np.float32)))
    if season == "winter":
        return _winter(canvas, picture, leaf, horizon, water)
    if season == "autumn":
        patch = smooth(-1.5, 1.5, fractal(canvas, 3.5, octaves=4, gain=0.6))
        colour = srgb("c06a38") + (srgb("e8b85a") - srgb("c06a38")) * spread(patch)
        turned = colour / spread(luminance(np.asarray(colour, dtype=np.float32))) * spread(grey * np.float32(1.12))
        leaf = leaf * np.float32(0.85)
        tint = np.array((1.05, 0.99, 0.88), dtype=np.float32)
    else:
        fresh = srgb("a8d850") if season == "spring" else srgb("6fae3a")
        turned = (
            spread(grey * np.float32(1.18 if season == "spring" else 1.0)) * fresh / luminance(fresh[None, None])[0, 0]
        )
        leaf = leaf * np.float32(0.55)
        tint = np.array((1.03, 1.0, 1.01) if season == "spring" else (1.05, 1.01, 0.92), dtype=np.float32)
    return np.asarray((picture + (turned - picture) * spread(leaf)) * tint, dtype=np.float32)


def _winter(canvas: Canvas, picture: Light, leaf: Mask, horizon: float, water: bool) -> Light:
    grey = luminance(picture)
    frost = srgb("dfe8f6")
    ground = smooth(horizon - 0.02, horizon + 0.10, canvas.ys())
    # Water stays water: what is bluer than it is red is no ground.
    dry = (
        np.ones_like(grey)
        if not water
        else smooth(1.25, 0.95, np.asarray(picture[..., 2] / np.maximum(picture[..., 0], 1e-3), dtype=np.float32))
    )
    drift = smooth(-1.4, 0.9, fractal(canvas, 2.2, 5, octaves=4))
    lie = np.maximum(
        ground * np.maximum(dry, leaf) * (np.float32(0.66) + np.float32(0.34) * drift), leaf * np.float32(0.55)
    )
    level = np.float32(max(float(np.percentile(grey, 80)), 0.05))
    pale = spread(np.asarray(np.float32(0.55) * blur(grey, 0.004) + np.float32(0.55) * level, dtype=np.float32)) * frost
    snowy = picture + (pale - picture) * spread(np.asarray(np.clip(lie, 0, 1), dtype=np.float32))
    return np.asarray(snowy * np.array((0.93, 0.99, 1.07), dtype=np.float32), dtype=np.float32)
