"""Mood: the time of day, the season, the weather and the palette that a scene is asked for.

Nothing asked (None) means as the scene was composed; a scene may read the mood from its canvas where it can do
better than `relight`, `seasons` and `weather`, which work on any finished picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Hour = Literal["day", "golden", "dawn", "night"]
Season = Literal["spring", "summer", "autumn", "winter"]
Weather = Literal["clear", "fog", "rain", "snow", "storm"]
Palette = Literal[
    "warm",
    "cold",
    "pastel",
    "neon",
    "monochrome",
    "sepia",
    "red",
    "orange",
    "gold",
    "green",
    "teal",
    "blue",
    "purple",
    "pink",
]


@dataclass(frozen=True, slots=True)
class Mood:
    """What is asked of a scene besides its composition; every field None is the scene as it was composed."""

    hour: Hour | None = None
    season: Season | None = None
    weather: Weather | None = None
    palette: Palette | None = None


AS_COMPOSED = Mood()
"""Nothing is asked."""
