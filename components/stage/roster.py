"""Who is on a stage, as the page shows it."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_NAME = 60
"""Characters; a name is cut there, whoever sends it."""


@dataclass(frozen=True, slots=True)
class Present:
    """One participant who publishes; `name` is what others may read, `joined_at` Unix time where it is known."""

    id: str
    name: str
    muted: bool = False
    hidden: bool = False
    joined_at: float | None = None
