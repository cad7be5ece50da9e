"""Where the person ends: the ramp from probability to alpha."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Edges:
    """Where the person ends and how gradually, both in units of probability.

    The softness keeps hair: every sharpening curve measured worse than the soft mask (matting.md B2). Position .6 is
    the best: over 75 frames in three rooms IoU .9823 / .9834 / .9819 at .5 / .6 / .7 without edge-aware upsampling, and
    with it .9852 / .9818 at .6 / .7, where .6 shows no more of the room along the edge (2.4 thousandths of the box)
    than .7 does without it (2.5).
    """

    position: float = 0.6
    softness: float = 0.5

    POSITION_RANGE: ClassVar = (0.3, 0.9)
    SOFTNESS_RANGE: ClassVar = (0.05, 0.9)

    def __post_init__(self) -> None:
        for value, (low, high) in ((self.position, self.POSITION_RANGE), (self.softness, self.SOFTNESS_RANGE)):
            if not low <= value <= high:
                raise ValueError(f"{value} is not in {low}..{high}")

    @property
    def ramp(self) -> tuple[float, float]:
        """The probabilities from which a pixel is a little, and wholly, the person.

        The lower end never goes below .1, where the model puts plain walls: no setting can let the room shine through.
        """
        low = max(0.1, self.position - self.softness / 2)
        return low, max(low + 0.05, min(1.0, self.position + self.softness / 2))
