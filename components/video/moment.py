"""When a frame was taken and when it was worked on: two clocks, of which neither is trusted alone."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Moment:
    """One frame's time in seconds: `worked` on a steady clock of this machine, `taken` on the camera's, if it is known.

    After a pause of this process, frames that the camera took 300 ms apart arrive within 10 ms of each other: the
    person has moved much further than the machine's clock says. A camera's clock, on the other hand, may stand still,
    jump or run backwards.
    """

    worked: float
    taken: float | None = None

    def since(self, earlier: Moment) -> float:
        """Seconds from `earlier` to this moment, by the clock that says more.

        Infinite where a clock cannot be right: it went backwards, the camera's stood still, or only one of the two
        frames has a camera's time. What was seen earlier then says nothing about now.
        """
        if self == earlier:
            return 0.0
        worked = self.worked - earlier.worked
        if not worked >= 0 or (self.taken is None) != (earlier.taken is None):
            return math.inf
        if self.taken is None or earlier.taken is None:
            return worked
        taken = self.taken - earlier.taken
        return max(worked, taken) if taken > 0 else math.inf


NEVER = Moment(-math.inf)
