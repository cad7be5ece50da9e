"""The built-in scenes: backgrounds that need no model, no network and no file, painted anew for any size.

A scene is a function that fills a `Canvas` with linear light (see `scenes`); the painter gives it the canvas and its
chance, lays the mood over it, and makes the 8-bit picture. Nothing here keeps state, so any thread may paint.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from components.backgrounds.scenes import (
    aurora,
    autumn,
    beach,
    blossom,
    cafe,
    city,
    dunes,
    fireside,
    forest,
    lake,
    lavender,
    library,
    loft,
    meadow,
    milkyway,
    neon,
    office,
    reef,
    space,
    studio,
    village,
)
from components.backgrounds.scenes.atmosphere import Place, set_mood
from components.backgrounds.scenes.canvas import Canvas, Light
from components.backgrounds.scenes.film import develop, print8
from components.backgrounds.scenes.mood import AS_COMPOSED, Hour, Mood

_LEAST_AREA = 480 * 270
"""Smaller pictures are painted at this many pixels and shrunk, so that a thumbnail is the picture, not another one."""

_MOST_AREA = 960 * 540
"""Larger ones are painted at this many and enlarged: they are out of focus anyway, and the grain is added after."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One built-in background: what the user calls it, what the code calls it, and how to paint it.

    `place` says what time and weather do to it; `reads` are the hours that the scene paints by itself.
    """

    name: str
    key: str
    paint: Callable[[Canvas], Light]
    place: Place

    @property
    def outdoors(self) -> bool:
        """Whether rain, snow and seasons can be seen in it."""
        return self.place.outdoors


_ALL: tuple[Hour, ...] = ("day", "golden", "dawn", "night")

SCENES: tuple[Scene, ...] = (
    Scene("Beach", "beach", beach.paint, Place(horizon=0.52, hour="day", water=True)),
    Scene("Mountain lake", "mountain-lake", lake.paint, Place(horizon=0.60, hour="dawn", water=True)),
    Scene("City at night", "city-night", city.paint, Place(horizon=0.62, hour="night", reads=_ALL, water=True)),
    Scene("Library", "library", library.paint, Place(outdoors=False)),
    Scene("Modern office", "office", office.paint, Place(outdoors=False, hour="day", reads=_ALL)),
    Scene("Forest in mist", "forest-mist", forest.paint, Place(horizon=0.62, hour="dawn", weather="fog")),
    Scene(
        "Aurora over snow",
        "aurora",
        aurora.paint,
        Place(horizon=0.68, hour="night", water=True, season="winter", weather="snow"),
    ),
    Scene("Studio gradient", "studio", studio.paint, Place(outdoors=False, abstract=True)),
    Scene("Flower meadow", "meadow", meadow.paint, Place(horizon=0.48, hour="day")),
    Scene("Desert dunes", "dunes", dunes.paint, Place(horizon=0.50, hour="golden")),
    Scene("Milky Way", "milky-way", milkyway.paint, Place(horizon=0.70, hour="night")),
    Scene("Fireside", "fireside", fireside.paint, Place(outdoors=False, reads=_ALL)),
    Scene("Coffee shop", "cafe", cafe.paint, Place(outdoors=False, reads=_ALL)),
    Scene("Under water", "reef", reef.paint, Place(outdoors=False, abstract=True)),
    Scene(
        "Snowy village",
        "snow-village",
        village.paint,
        Place(horizon=0.58, hour="night", season="winter", weather="snow"),
    ),
    Scene("Autumn avenue", "autumn-avenue", autumn.paint, Place(horizon=0.58, hour="golden", seasonal=True)),
    Scene("Lavender field", "lavender", lavender.paint, Place(horizon=0.49, hour="golden")),
    Scene(
        "Cherry blossom", "cherry-blossom", blossom.paint, Place(horizon=0.60, hour="day", water=True, season="spring")
    ),
    Scene("Brick loft", "loft", loft.paint, Place(outdoors=False, reads=_ALL)),
    Scene("Neon room", "neon-room", neon.paint, Place(outdoors=False, hour="night", abstract=True)),
    Scene("Orbit", "orbit", space.paint, Place(outdoors=False, abstract=True)),
)
"""Every scene, in the order in which the picker shows them."""

_BY_KEY = {scene.key: scene for scene in SCENES}


def paint(key: str, width: int, height: int, seed: int = 0, mood: Mood = AS_COMPOSED) -> NDArray[np.uint8]:
    """Paint a scene: (height, width, 3) uint8 RGB, C-contiguous, the caller's own.

    The same key, seed, size and mood always give the same pixels; the same key and seed at another size of the same
    shape give the same composition, and in another mood the same place. Takes a few tenths of a second at 1280x720:
    not for the event loop.
    Raises ValueError for an unknown key or a size below 1 (a programmer's error: keys come from `SCENES`).
    """
    if key not in _BY_KEY:
        raise ValueError(f"No such scene: {key!r}. Known: {', '.join(_BY_KEY)}.")
    if width < 1 or height < 1:
        raise ValueError(f"A picture needs a positive size, not {width}x{height}.")
    scene, chance = _BY_KEY[key], seed & 0xFFFF_FFFF_FFFF_FFFF
    rng = np.random.default_rng([zlib.crc32(key.encode()), chance])
    grain = np.random.default_rng(int(rng.integers(1 << 62)))
    work_width, work_height = _working_size(width, height)
    light = scene.paint(Canvas(work_width, work_height, rng, mood))
    # A chance of its own: a mood must not move what the scene has composed.
    sky = Canvas(work_width, work_height, np.random.default_rng([zlib.crc32(b"mood"), chance]), mood)
    encoded = develop(set_mood(sky, light, scene.place))
    if (work_width, work_height) != (width, height):
        shrinking = width * height < work_width * work_height
        how = cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC
        encoded = np.asarray(cv2.resize(encoded, (width, height), interpolation=how), dtype=np.float32)
    return print8(encoded, grain)


def _working_size(width: int, height: int) -> tuple[int, int]:
    area = width * height
    scale = (min(max(area, _LEAST_AREA), _MOST_AREA) / area) ** 0.5
    return max(8, round(width * scale)), max(8, round(height * scale))
