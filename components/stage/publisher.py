"""One visitor's publication, from "Join stage" to "Leave stage": the state machine of design.md.

    idle → joining → live ⇄ reconnecting → leaving → idle, and failed(reason)

`join`, `leave` and `snapshot` are for any thread and never wait; the work is one task on the event loop, which ends,
however it ends, with the connection closed, the media stopped, and the state idle or failed.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import random
import threading
import time
import weakref
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from components.errors import JoinRefused, MediaEnded, StageError
from components.loops import call_on
from components.stage.destination import Destination, Leg, LegFigures
from components.stage.media import Media
from components.stage.publication import Snapshot, State, may_follow

logger = logging.getLogger(__name__)

BACKOFF_S = (1.0, 2.0, 4.0, 8.0)
"""Pauses before attempts to reconnect; the last one repeats."""

JITTER = 0.25
"""The share by which a pause may be longer: not everybody comes back in the same moment."""

STEADY_S = 20.0
"""A connection that stood for so long was good: the next loss begins with the shortest pause again."""

MOST_DROPPED = 5
"""Connections in a row that stand and break before they are steady: whoever uses the same token elsewhere is dropped by
this one, comes back, and drops this one."""

DROPPED_AGAIN = (
    "The stage drops the stream again and again. If the same participant token or stream key is used elsewhere, create "
    "another one."
)

GIVE_UP_S = 10 * 60.0
"""How long a lost connection is tried for where no token's end decides it: each attempt may cost a token."""

CLOSE_S = 5.0
"""What closing a connection may take (`Leg.close`)."""


class Publisher:
    """Publishes one visitor's media to one destination at a time."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        on_change: Callable[[Snapshot], None] | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`on_change` is called at each change of state, in the thread that made it: it must not block. `chance` gives
        0..1."""
        self._loop = loop
        self._on_change = on_change
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._lock = threading.RLock()
        self._snapshot = Snapshot(since=clock())
        self._task: asyncio.Task[None] | None = None
        self._over: Future[None] = Future()
        self._over.set_result(None)
        _publishers.add(self)

    def join(self, destination: Destination, media: Media) -> bool:
        """Begin to publish, if nothing is published: pressed twice, it joins once. False if this did not begin it.

        The media belongs to the publication from then on: it is started now and stopped at the end. Any thread.
        """
        with self._lock:
            if not self._snapshot.state.resting:
                return False
            self._snapshot = replace(self._snapshot, destination=destination.name, live_since=None)
            self._over = Future()
            self._move(State.JOINING)
        self._call(lambda: self._begin(destination, media))
        return True

    def leave(self, reason: str | None = None) -> None:
        """End it: the visitor wants to, the camera has stopped, the session has ended. Any thread, any number of times;
        does not wait. `reason`: a sentence for who did not ask for it."""
        with self._lock:
            if self._snapshot.state.resting or self._snapshot.state is State.LEAVING:
                return
            self._move(State.LEAVING, reason=reason)
        self._call(self._cancel)

    def snapshot(self) -> Snapshot:
        """How it stands. Any thread."""
        with self._lock:
            return self._snapshot

    def wait(self, seconds: float) -> bool:
        """Whether it is over within this time. Blocks: any thread but the event loop's."""
        over = self._over
        try:
            over.result(seconds)
        except TimeoutError:
            return False
        return True

    def reachable(self) -> bool:
        """Whether the event loop still runs."""
        return self._loop.is_running()

    def _call(self, function: Callable[[], object]) -> None:
        if not call_on(self._loop, function):  # What ran on it has been cancelled, and so has left.
            self._finish(None)

    # Everything below runs on the event loop.

    def _begin(self, destination: Destination, media: Media) -> None:
        self._task = self._loop.create_task(self._run(destination, media), name="publication")
        self._task.add_done_callback(lambda task: self._done(task, media))

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _done(self, task: asyncio.Task[None], media: Media) -> None:
        media.stop()
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, StageError):
            logger.error("A publication has ended with an error of our own", exc_info=error)
            error = StageError("Publishing has stopped by a fault of the studio; join again.")
        self._finish(error)

    def _finish(self, error: StageError | None) -> None:
        with self._lock:
            if self._snapshot.state.resting:
                return
            self._snapshot = replace(self._snapshot, live_since=None, figures=LegFigures())
            left = self._snapshot.state is State.LEAVING
            failed = not left and error is not None and not isinstance(error, MediaEnded)
            reason = self._snapshot.reason if left else error and str(error)
            self._move(State.FAILED if failed else State.IDLE, reason=reason)
            self._over.set_result(None)

    async def _run(self, destination: Destination, media: Media) -> None:
        media.start()
        losses = dropped = 0
        while True:
            error, leg, stood_s = await self._publish(destination, media)
            losses = 1 if stood_s > STEADY_S else losses + 1
            dropped = 0 if stood_s > STEADY_S else dropped + (leg is not None)
            if dropped > MOST_DROPPED:
                error = JoinRefused(DROPPED_AGAIN)
            if not self._may_try_again(error, destination):
                await _closed(leg)
                raise error
            pause = BACKOFF_S[min(losses, len(BACKOFF_S)) - 1] * (1 + JITTER * self._chance())
            logger.info("The stage is lost (%s); next attempt in %.1f s", type(error).__name__, pause)
            self._reconnecting(error, losses, pause)
            try:
                await self._sleep(pause)
            finally:
                await _closed(leg)

    async def _publish(self, destination: Destination, media: Media) -> tuple[StageError, Leg | None, float]:
        """One connection, until it breaks: why, what is left to close, and for how many seconds it stood."""
        lost: asyncio.Future[StageError] = self._loop.create_future()

        def lose(error: StageError) -> None:
            if not lost.done():
                lost.set_result(error)

        try:
            leg = await destination.open(media, lose)
        except StageError as error:
            return error, None, 0.0
        begun = self._clock()
        try:
            self._live()
            while not lost.done():
                await asyncio.wait({lost}, timeout=1)
                self._measured(await leg.figures())
        except BaseException:
            await _closed(leg)
            raise
        return lost.result(), leg, self._clock() - begun

    def _may_try_again(self, error: StageError, destination: Destination) -> bool:
        # Who is joining watches the page: they learn at once what is wrong.
        snapshot, now = self.snapshot(), self._clock()
        fresh = snapshot.state is State.JOINING
        if destination.expires_at is not None:
            over = destination.expires_at <= now
        else:
            over = snapshot.state is State.RECONNECTING and now - snapshot.since > GIVE_UP_S
        return error.retryable and not fresh and not over

    def _live(self) -> None:
        with self._lock:
            if self._snapshot.state is not State.LEAVING:
                self._snapshot = replace(self._snapshot, live_since=self._snapshot.live_since or self._clock())
                self._move(State.LIVE)

    def _reconnecting(self, error: StageError, attempt: int, pause: float) -> None:
        with self._lock:
            if self._snapshot.state is not State.LEAVING:
                self._snapshot = replace(self._snapshot, figures=LegFigures())
                next_try_at = self._clock() + pause
                self._move(State.RECONNECTING, reason=str(error), attempt=attempt, next_try_at=next_try_at)

    def _measured(self, figures: LegFigures) -> None:
        with self._lock:
            self._snapshot = replace(self._snapshot, figures=figures)

    def _move(self, state: State, **more: Any) -> None:
        """Go into a state; with the lock held."""
        before = self._snapshot
        if not may_follow(before.state, state):
            raise RuntimeError(f"A publication cannot go from {before.state.value} to {state.value}.")
        since = before.since if state is before.state else self._clock()
        blank = {"reason": None, "attempt": 0, "next_try_at": None}
        self._snapshot = replace(before, state=state, since=since, **(blank | more))
        if self._on_change is not None:
            self._on_change(self._snapshot)


async def _closed(leg: Leg | None) -> None:
    if leg is not None:
        closing = asyncio.ensure_future(leg.close())
        try:
            _, late = await asyncio.wait({closing}, timeout=CLOSE_S)
        except asyncio.CancelledError:
            # Who leaves now has left only when that connection has.
            await asyncio.wait({closing}, timeout=CLOSE_S)
            raise
        if late:
            logger.warning("A connection to a stage takes too long to close")


_publishers: weakref.WeakSet[Publisher] = weakref.WeakSet()


def leave_all(seconds: float = CLOSE_S) -> None:
    """Take everybody off their stages, and wait for it, this long at most. Not on the event loop."""
    publishers = list(_publishers)
    for publisher in publishers:
        publisher.leave()
    end = time.monotonic() + seconds
    for publisher in filter(Publisher.reachable, publishers):
        publisher.wait(max(0.0, end - time.monotonic()))


# A server that ends in good order cancels the tasks on its event loop, and a cancelled publication leaves. This is for
# one whose loop runs in another thread, and is still running.
atexit.register(leave_all)
