"""The two models for everybody in this process: fetched once, by one visitor at a time, and not again right after a
failure.

Without it each visitor's page fetches for itself, and on a server without a way out every click starts another download
of up to 36 MB.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from components.errors import ModelUnavailable
from components.video.models import ModelPaths

PAUSE_SECONDS = 15.0
"""After a failure the same answer is given for this long, without another attempt."""

ASKED_PAUSE_SECONDS = 1.0
"""The same for somebody who asks for another attempt: they may just have put the files there."""


class SharedModels:
    """Keeps what `find` returned. Any thread; whoever comes while another fetches waits for the same result."""

    def __init__(
        self, find: Callable[[Callable[[str], None]], ModelPaths], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`find` gets a `report` for short sentences, and returns the paths or raises ModelUnavailable."""
        self._find = find
        self._clock = clock
        self._lock = threading.Lock()
        self._failure: tuple[float, str] | None = None
        self.found: ModelPaths | None = None
        """The paths, once they are known."""

    def get(self, report: Callable[[str], None], *, asked: bool = False) -> ModelPaths:
        """The paths. Blocks while the models are fetched. `asked`: somebody has just asked for another attempt.
        Raises ModelUnavailable."""
        pause = ASKED_PAUSE_SECONDS if asked else PAUSE_SECONDS
        with self._lock:
            if self.found is None:
                if self._failure is not None and self._clock() - self._failure[0] < pause:
                    raise ModelUnavailable(self._failure[1])
                try:
                    self.found = self._find(report)
                except ModelUnavailable as error:
                    self._failure = self._clock(), str(error)
                    raise
            return self.found
