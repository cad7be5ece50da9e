"""How much is done for the picture: named levels, the steps that each switches on, and the ladder that Auto climbs."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum


class Quality(StrEnum):
    """The one knob that people turn. Auto moves between the others by what the machine can carry."""

    FASTEST = "Fastest"
    BALANCED = "Balanced"
    BEST = "Best"
    AUTO = "Auto"


@dataclass(frozen=True, slots=True)
class Steps:
    """What the matte and the compositor do, each switchable. Shares in 0..1; 0 switches a step off."""

    follow: bool = True
    """The model looks at the person's padded box, taken from the last matte."""
    square: bool = True
    """In a wide frame, narrow boxes go to the square model: at twice the time, but each such look serves two frames.
    IoU .978 for .952 and .961 for .954 at 60 and 40 % of 720p's height, .983 for .941 of a still person."""
    low_light: bool = True
    """Gain on the model's input where the picture is dark, and the mean of some frames where it is mostly noise."""
    edge_aware: bool = True
    """Upsampling that follows the picture's own edges."""
    steady: bool = True
    """Less shimmer from frame to frame."""
    flow: bool = True
    """Steadying goes along with what moves: half the flicker of a panned camera (2.9 to 1.25 thousandths), .8 ms."""
    clean: bool = True
    """Holes in the person closed, specks in the room removed."""
    reuse: bool = True
    """The matte kept while the picture does not change, for half a second at most."""
    light_wrap: float = 0.15
    """The backdrop's light around the person's edge."""
    spill: float = 1.0
    """The room's colour taken back along the edge."""
    light_match: float = 0.3
    """The person's exposure and white balance moved towards the backdrop's."""
    stride: int = 1
    """The model sees every n-th frame."""
    scale: float = 1.0
    """The picture is worked on, and sent on, at this share of the camera's width and height."""


@dataclass(frozen=True, slots=True)
class Override:
    """Steps set by hand; None leaves a step to the level. Named as in `Steps`."""

    follow: bool | None = None
    square: bool | None = None
    low_light: bool | None = None
    edge_aware: bool | None = None
    steady: bool | None = None
    flow: bool | None = None
    clean: bool | None = None
    reuse: bool | None = None
    light_wrap: float | None = None
    spill: float | None = None
    light_match: float | None = None
    stride: int | None = None

    def on(self, steps: Steps) -> Steps:
        """The level's steps, with what was set by hand."""
        by_hand = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(steps, **{name: value for name, value in by_hand.items() if value is not None})


BEST = Steps()
UNREFINED = replace(BEST, square=False, flow=False, edge_aware=False)
BALANCED = replace(UNREFINED, stride=2)
FASTEST = replace(UNREFINED, stride=3, light_wrap=0.0)
"""What a stride costs is next to nothing, as a matte is only brought over where the picture's own motion explains the
picture: IoU over the bench's films .956 on Best, .949 on Balanced, .947 on Fastest (bench/RESULTS.md), and .001 more on
Balanced with every frame looked at, which flickers more. Without steadying and cleaning, which a stride makes cheap,
Fastest has .02 less."""

LEVELS = {Quality.FASTEST: FASTEST, Quality.BALANCED: BALANCED, Quality.BEST: BEST}


@dataclass(frozen=True, slots=True)
class Rung:
    """One place on Auto's ladder: the steps, the level they are called after, and about how many times as much as the
    rung below a frame costs on it."""

    level: Quality
    steps: Steps
    dearer: float


LADDER: tuple[Rung, ...] = (
    Rung(Quality.BEST, BEST, 1.2),
    Rung(Quality.BALANCED, UNREFINED, 1.3),
    Rung(Quality.BALANCED, BALANCED, 1.2),
    Rung(Quality.FASTEST, FASTEST, 1.2),
    Rung(Quality.FASTEST, replace(FASTEST, scale=0.75), 1.1),
    Rung(Quality.FASTEST, replace(FASTEST, scale=0.5), 1.0),
)
"""Best first. Refinement goes first, as it is missed least; then the model's rate, which shows in fast movements only;
at last the size, which everybody sees and which spares the encoders too. Light match and spill stay everywhere: they
cost next to nothing, and a face must not change its colour with the load."""

START = 2
"""Where Auto begins: on Balanced, which two cores carry at any size."""


def steps_of(quality: Quality, rung: int, override: Override) -> Steps:
    """What to do with a frame; `rung` counts in `LADDER` and matters on Auto only."""
    return override.on(LADDER[rung].steps if quality is Quality.AUTO else LEVELS[quality])


def described(quality: Quality, rung: int, override: Override) -> str:
    """The level in words, and on Auto what it came to: "Auto: Balanced, every frame"."""
    if quality is not Quality.AUTO:
        return quality.value
    steps = steps_of(quality, rung, override)
    rate = {1: "every frame", 2: "every 2nd frame", 3: "every 3rd frame"}.get(
        steps.stride, f"1 frame in {steps.stride}"
    )
    return f"{quality.value}: {LADDER[rung].level.value}, {rate}"
