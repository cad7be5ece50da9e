"""What the page may know of a publication: its state and how it came to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from components.stage.destination import LegFigures


class State(Enum):
    """Where a publication stands (design.md, "The way onto a stage")."""

    IDLE = "idle"
    JOINING = "joining"
    LIVE = "live"
    RECONNECTING = "reconnecting"
    LEAVING = "leaving"
    FAILED = "failed"

    @property
    def resting(self) -> bool:
        """Nothing is going on: one may join."""
        return self in (State.IDLE, State.FAILED)


NEXT: Mapping[State, frozenset[State]] = {
    State.IDLE: frozenset({State.JOINING}),
    State.JOINING: frozenset({State.LIVE, State.LEAVING, State.IDLE, State.FAILED}),
    State.LIVE: frozenset({State.RECONNECTING, State.LEAVING, State.IDLE, State.FAILED}),
    State.RECONNECTING: frozenset({State.LIVE, State.RECONNECTING, State.LEAVING, State.IDLE, State.FAILED}),
    State.LEAVING: frozenset({State.IDLE}),
    State.FAILED: frozenset({State.JOINING}),
}
"""What may follow what. Straight to idle: the media has ended by itself. Reconnecting again: the next attempt."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A publication at one moment. Times are Unix seconds."""

    state: State = State.IDLE
    since: float = 0.0
    """When it came into this state; the first attempt's time while reconnecting."""
    destination: str | None = None
    reason: str | None = None
    """A sentence: why it failed or reconnects, or why it ended by itself."""
    live_since: float | None = None
    """When it first went live, through all reconnections; None before and after."""
    attempt: int = 0
    """Which attempt to reconnect is next or under way, from 1; 0 otherwise."""
    next_try_at: float | None = None
    figures: LegFigures = field(default_factory=LegFigures)
    """How the connection does, once a second while live."""


def may_follow(state: State, following: State) -> bool:
    """Whether a publication may go from the one to the other."""
    return following in NEXT[state]
