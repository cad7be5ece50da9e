"""Words that a chip adds to a description, and descriptions for those who have none."""

from __future__ import annotations

import random

STYLES = {
    "Photo": "photograph, natural light, shallow depth of field",
    "Cinematic": "cinematic, wide shot, dramatic light, film grain",
    "Watercolour": "watercolour painting, soft washes, paper texture",
    "Anime": "anime background art, painted sky, crisp light",
    "Low-poly": "low-poly 3d render, flat facets, soft shadows",
    "Neon": "neon lights, night, glowing reflections",
    "Minimal office": "minimal modern office, clean desk, daylight",
}

IDEAS = (
    "beach with palm trees at sunset",
    "a library with warm lamps at night",
    "a mountain lake at dawn, mist over the water",
    "city skyline at night in the rain",
    "a forest path in autumn",
    "a bright office with plants and large windows",
    "northern lights over a snowy valley",
    "a cosy café with fairy lights, out of focus",
    "rolling hills in spring, soft morning light",
    "a desert with dunes at golden hour",
    "a snowy village at dusk",
    "pastel studio backdrop, soft gradient",
)


def enriched(prompt: str, style: str | None) -> str:
    """The description with the style's words at its end."""
    return f"{prompt.strip()}, {STYLES[style]}" if style and prompt.strip() else prompt


def an_idea(other_than: str) -> str:
    """Any of the ideas, but not the one that stands there."""
    return random.choice([idea for idea in IDEAS if idea != other_than])  # noqa: S311 - nobody needs to be surprised safely
