"""A publisher whose time passes as a test tells it to, and what it may meet on its way."""

import asyncio
from collections.abc import Callable
from typing import Any

from components.errors import StageError, StageLost
from components.stage.destination import LegFigures
from components.stage.publication import Snapshot, State
from components.stage.publisher import Publisher

LOST = StageLost("The connection has broken.")


class Recorder:
    """Media that only notes what is done to it."""

    def __init__(self) -> None:
        self.starts = self.stops = 0

    def start(self) -> None:
        self.starts += 1

    def stop(self) -> None:
        self.stops += 1


class Pier:
    """A destination, and the connections that were made to it. `answers` are errors to refuse with, in turn; with
    `closed` set, nobody gets an answer."""

    name = "Pier"

    def __init__(self, *answers: StageError | None, expires_at: float | None = None) -> None:
        self.answers = list(answers)
        self.expires_at = expires_at
        self.gate = asyncio.Event()
        self.gate.set()
        self.legs: list[Mooring] = []
        self.opened = self.cancelled = 0
        self.asked = asyncio.Event()

    async def open(self, media: Any, on_lost: Callable[[StageError], None]) -> "Mooring":
        self.opened += 1
        self.asked.set()
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.answers and (error := self.answers.pop(0)):
            raise error
        self.legs.append(Mooring(on_lost))
        return self.legs[-1]


class Mooring:
    def __init__(self, on_lost: Callable[[StageError], None]) -> None:
        self.lose = on_lost
        self.closes = 0
        self.closed = False
        self.read = asyncio.Event()
        self.closing = asyncio.Event()
        self.closing.set()

    async def close(self) -> None:
        self.closes += 1
        await self.closing.wait()
        for _ in range(3):  # A DELETE takes a while.
            await asyncio.sleep(0)
        self.closed = True

    async def figures(self) -> LegFigures:
        self.read.set()
        return LegFigures(kbps=1234.0)


class Harbour:
    """A publisher whose time passes as it is told to."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.history: list[Snapshot] = []
        self.now = 1000.0
        self.pauses: list[float] = []
        self.hold: asyncio.Event | None = None
        self._changed = asyncio.Event()
        self.publisher = Publisher(
            self.loop, on_change=self._note, clock=lambda: self.now, sleep=self._sleep, chance=lambda: 0.0
        )

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds
        if self.hold is not None:
            await self.hold.wait()
        await asyncio.sleep(0)

    def _note(self, snapshot: Snapshot) -> None:
        self.history.append(snapshot)
        self.loop.call_soon_threadsafe(self._changed.set)

    @property
    def states(self) -> list[str]:
        return [snapshot.state.value for snapshot in self.history]

    async def until(self, state: State, times: int = 1) -> Snapshot:
        async with asyncio.timeout(20):
            while [s.state for s in self.history].count(state) < times or self.publisher.snapshot().state != state:
                self._changed.clear()
                await self._changed.wait()
        return self.publisher.snapshot()
