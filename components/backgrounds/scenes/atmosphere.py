"""Atmosphere: what a mood does to a scene of a kind, in the order in which light meets it."""

from __future__ import annotations

from dataclasses import dataclass

from components.backgrounds.scenes.canvas import Canvas, Light
from components.backgrounds.scenes.mood import AS_COMPOSED, Hour, Mood, Season, Weather
from components.backgrounds.scenes.relight import regrade, relight_indoors, relight_outdoors
from components.backgrounds.scenes.weather import draw_weather, dull, turn_season


@dataclass(frozen=True, slots=True)
class Place:
    """What a mood needs to know of a scene.

    `horizon` is where its far air is thickest, in picture heights; `hour` the one that it is composed for; `reads` the
    hours that it paints by itself; `seasonal` says that it paints seasons by itself; `water` that blue below
    the horizon is water, where no snow lies; `season` and `weather` those that it already has.
    An `abstract` place (a backdrop, space, the deep) has neither hours nor weather, only colours.
    """

    outdoors: bool = True
    horizon: float = 0.55
    hour: Hour | None = None
    reads: tuple[Hour, ...] = ()
    seasonal: bool = False
    abstract: bool = False
    water: bool = False
    season: Season | None = None
    weather: Weather | None = None


def set_mood(canvas: Canvas, picture: Light, place: Place) -> Light:
    """The picture in the canvas's mood; the very same array where nothing is asked of it."""
    mood = canvas.mood
    if mood == AS_COMPOSED:
        return picture
    if place.outdoors:
        picture = _outdoors(canvas, picture, place)
    elif not place.abstract:
        picture = _indoors(picture, mood, place)
    return picture if mood.palette is None else regrade(canvas, picture, mood.palette)


def _outdoors(canvas: Canvas, picture: Light, place: Place) -> Light:
    mood = canvas.mood
    if mood.season is not None and mood.season != place.season and not place.seasonal:
        picture = turn_season(canvas, picture, mood.season, place.horizon, place.water)
    if mood.hour is not None and mood.hour != place.hour and mood.hour not in place.reads:
        picture = relight_outdoors(canvas, picture, mood.hour, place.horizon)
    if mood.weather is not None and mood.weather != place.weather:
        picture = draw_weather(canvas, picture, mood.weather, place.horizon)
    return picture


def _indoors(picture: Light, mood: Mood, place: Place) -> Light:
    if mood.hour is not None and mood.hour != place.hour and mood.hour not in place.reads:
        picture = relight_indoors(picture, mood.hour)
    if mood.weather in ("fog", "rain", "snow", "storm"):
        picture = dull(picture)
    return picture
