"""How much is done for the edges: named levels, and the steps that each switches on."""

from __future__ import annotations

from dataclasses import dataclass
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
    low_light: bool = True
    """Gain on the model's input where the picture is dark."""
    edge_aware: bool = True
    """Upsampling that follows the picture's own edges."""
    steady: bool = True
    """Less shimmer from frame to frame."""
    clean: bool = True
    """Holes in the person closed, specks in the room removed."""
    light_wrap: float = 0.15
    """The backdrop's light around the person's edge."""
    spill: float = 0.5
    """The room's colour taken back along the edge."""
    light_match: float = 0.3
    """The person's exposure and white balance moved towards the backdrop's."""
    stride: int = 1
    """The model sees every n-th frame."""
