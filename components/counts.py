"""What is counted by the day, so that strangers cannot spend the owner's money: pictures made, tokens made.

Where the counts are is behind one interface: a file of this machine (counts_file.py), or an object beside the library
in its bucket (counts_bucket.py), for machines whose disk does not last. Several processes may count at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

Result = TypeVar("Result")


class CountsUnavailable(Exception):
    """Nothing can be counted now; the text is the end of a sentence that says what to do, without secrets."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something counted that is still under way: whose it is, in which process, since when (seconds since 1970)."""

    who: str
    process: str
    since: float


@dataclass(slots=True)
class Day:
    """One day's counts by name, and what is under way by an id."""

    counts: dict[str, int] = field(default_factory=dict)
    under_way: dict[str, Mark] = field(default_factory=dict)

    def add(self, who: str, number: int = 1) -> None:
        """Count; never below nothing."""
        self.counts[who] = max(0, self.counts.get(who, 0) + number)

    def of(self, who: str) -> int:
        """What was counted under this name."""
        return self.counts.get(who, 0)


class Counts(Protocol):
    """Counts by the day, as "2026-11-30" in UTC. Any thread, several processes; blocks. Raises CountsUnavailable."""

    def read(self, day: str) -> Mapping[str, int]:
        """The counts of a day; may be some seconds old."""

    def change(self, day: str, work: Callable[[Day], Result]) -> Result:
        """Do `work` on a day and keep what it changed; what it raises changes nothing.

        Nobody else's change gets lost. `work` may be called more than once and must do nothing else.
        """
