"""Where a publication can go: one interface for an IVS stage, this server's own, a WHIP endpoint and RTMPS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from components.errors import StageError
from components.stage.media import Media


@dataclass(frozen=True, slots=True)
class LegFigures:
    """A snapshot of one connection. None where the destination does not say. Round trip in ms, loss in 0..1."""

    kbps: float | None = None
    round_trip_ms: float | None = None
    loss: float | None = None


class Leg(Protocol):
    """One connection that stands."""

    async def close(self) -> None:
        """Say goodbye (WHIP: DELETE) and close, within 5 s and once, however often it is called. Never raises."""

    async def figures(self) -> LegFigures:
        """How it goes. Event loop."""


class Destination(Protocol):
    """Knows how to connect. Values only: it may be opened again after a loss."""

    @property
    def name(self) -> str:
        """For the page: "IVS stage"."""

    @property
    def expires_at(self) -> float | None:
        """Unix time after which it cannot be opened any more; None if never."""

    async def open(self, media: Media, on_lost: Callable[[StageError], None]) -> Leg:
        """Connect, and return when media flows. Event loop; must not block it.

        `on_lost` is called once, on the event loop, if the connection breaks later. Raises StageError; cancelling it
        leaves nothing behind.
        """
