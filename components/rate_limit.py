"""How often something may happen: so many times at once, and then at a steady rate (a token bucket)."""

from __future__ import annotations

import time
from collections.abc import Callable


class RateLimit:
    """Allows `at_once` events together and `per_second` of them in the long run. One thread."""

    def __init__(self, at_once: int, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._at_once = at_once
        self._per_second = per_second
        self._clock = clock
        self._left = float(at_once)
        self._counted_at = clock()

    def allows(self) -> bool:
        """Whether one more may happen now; if so, it is counted."""
        now = self._clock()
        earned = max(0.0, now - self._counted_at) * self._per_second
        self._left, self._counted_at = min(float(self._at_once), self._left + earned), now
        if self._left < 1:
            return False
        self._left -= 1
        return True
