"""A stage of this server's own: no AWS, and nobody in it who was not given a code.

It has two codes of 80 random bits each, so neither can be guessed, and nothing lists the stages: with the room code one
may come on, with the watch code one may only watch. Like a stage on IVS it takes twelve publishers. Whoever opened it
is the host: the host can lock it, take others off, and always finds a place.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
import time
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from components.errors import JoinRefused, MediaEnded, StageBusy, StageError
from components.loops import call_on
from components.stage.destination import LegFigures
from components.stage.media import Media
from components.stage.meter import Meter
from components.stage.room_code import new_code, normalised
from components.stage.roster import LONGEST_NAME, Present

logger = logging.getLogger(__name__)

MAX_PUBLISHERS = 12
"""As on IVS (service quotas, "Publishers per stage")."""

AUDIENCE_CONNECTIONS, MAX_CONNECTIONS = 32, 48
"""Viewers' connections in this process, one for each participant that each of them sees. The audience gets no more once
there are so many as the first; people on a stage do, up to the second: seven who see each other take 42. Packing and
encrypting 2 Mbit/s takes 1.4 to 1.7 % of a core (measured), all on the event loop's one thread."""

EMPTY_SECONDS = 15 * 60.0
"""A stage on which nobody is and which nobody watches is kept for so long: a host may come back."""

MAX_STAGES = 500

MANY_STAGES = 100
"""From so many stages on, an empty one is kept for `EMPTY_SECONDS_AMONG_MANY` only: a stranger who opens one visit
after the other must not lock everybody else out."""

EMPTY_SECONDS_AMONG_MANY = 60.0

CLOSE_SECONDS = 5.0

NO_SUCH_STAGE = "There is no stage with this code. Ask for the code again: it changes when a stage has been empty."

FULL = f"The stage is full: {MAX_PUBLISHERS} people are on it. Wait until somebody leaves."

WATCH_ONLY = "This code is for watching. To come on stage, ask the host for the room code."

LOCKED = "The host has locked this stage: nobody else can come on. Ask the host to unlock it."

REMOVED = "The host has taken you off this stage."

MAX_KNOWN = 200
"""Visits that a stage remembers as having been on it; more do not come through a lock."""

TOO_MANY_STAGES = "This server carries as many stages as it can. Try again in a few minutes."


class Connection(Protocol):
    """One viewer's connection to one participant."""

    async def close(self) -> None:
        """End it; any number of times. Never raises."""


@runtime_checkable
class Announced(Protocol):
    """A `Media` that knows whether its person can be heard and seen."""

    @property
    def muted(self) -> bool:
        """Sends silence."""

    @property
    def hidden(self) -> bool:
        """Sends a slate."""


class LocalParticipant:
    """Somebody on the stage. `connections` belongs to the event loop."""

    def __init__(self, name: str, media: Media, visit: str | None = None) -> None:
        self.visit = visit
        self.when_removed: Callable[[], object] = lambda: None
        """Called when the host takes this one off. Any thread; must not block."""
        self.id = secrets.token_urlsafe(9)
        self.name = " ".join(name.split())[:LONGEST_NAME] or "Guest"
        self.media = media
        self.joined_at = time.time()
        self.connections: set[Connection] = set()

    @property
    def present(self) -> Present:
        """For the page. Any thread."""
        media = self.media
        muted, hidden = (media.muted, media.hidden) if isinstance(media, Announced) else (False, False)
        return Present(self.id, self.name, muted, hidden, self.joined_at)


class LocalStage:
    """One stage. Reading is for any thread; joining, leaving and connections belong to the event loop."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        carried: Callable[[], int] | None = None,
        visit: str | None = None,
    ) -> None:
        """`carried`: how many viewers' connections there are in this process, if there are other stages in it.
        `visit`: the visit that opened it, the host's, if known."""
        self.code = new_code()
        self.watch_code = new_code()
        self.visit = visit
        self.locked = False
        """While it is locked, nobody comes on who has not been on before."""
        self._clock = clock
        self._carried = carried or (lambda: self.connections)
        self._lock = threading.Lock()
        self._participants: dict[str, LocalParticipant] = {}
        self._known: set[str] = set()
        self._removed: set[str] = set()
        self._seats = 0
        self._empty_since: float | None = clock()

    def roster(self) -> tuple[Present, ...]:
        """Who is on, in the order of coming."""
        with self._lock:
            participants = list(self._participants.values())
        return tuple(participant.present for participant in participants)

    def participant(self, participant_id: str) -> LocalParticipant | None:
        """The one with this id, if still on the stage."""
        with self._lock:
            return self._participants.get(participant_id)

    @property
    def connections(self) -> int:
        """Viewers' connections, over all participants."""
        with self._lock:
            return sum(len(participant.connections) for participant in self._participants.values())

    def has_room(self, performer: bool) -> bool:
        """Whether one more connection can be carried, for somebody on the stage (`performer`) or before it."""
        return self._carried() < (MAX_CONNECTIONS if performer else AUDIENCE_CONNECTIONS)

    def join(self, name: str, media: Media, visit: str | None = None) -> LocalParticipant:
        """Put this one on the stage. Raises StageBusy when it is full, JoinRefused when the host does not want it."""
        participant = LocalParticipant(name, media, visit)
        with self._lock:
            self._check(visit)
            self._participants[participant.id] = participant
            if visit is not None and len(self._known) < MAX_KNOWN:
                self._known.add(visit)
            self._note()
        return participant

    def _check(self, visit: str | None) -> None:
        """Raise where this visit may not come on. With the lock held."""
        is_host = visit is not None and visit == self.visit
        if not is_host and visit in self._removed:
            raise JoinRefused(REMOVED)
        if not is_host and self.locked and visit not in self._known:
            raise JoinRefused(LOCKED)
        host_is_away = self.visit is not None and all(p.visit != self.visit for p in self._participants.values())
        # A host whose connection breaks must find their place again.
        kept_for_host = host_is_away and not is_host
        if len(self._participants) >= MAX_PUBLISHERS - kept_for_host:
            raise StageBusy(FULL)

    def remove(self, participant_id: str) -> None:
        """Take this one off for good; their visit cannot come on again. For the host, from any thread."""
        participant = self.participant(participant_id)
        if participant is None:
            return
        if participant.visit is not None:
            with self._lock:
                self._removed.add(participant.visit)
        participant.when_removed()

    async def leave(self, participant: LocalParticipant) -> None:
        """Take this one off the stage and close what others watched of them; any number of times."""
        with self._lock:
            self._participants.pop(participant.id, None)
            self._note()
        if participant.connections:
            await asyncio.gather(*(connection.close() for connection in list(participant.connections)))

    def sit(self) -> None:
        """One more viewer. Any thread."""
        with self._lock:
            self._seats += 1
            self._note()

    def rise(self) -> None:
        """One viewer less. Any thread."""
        with self._lock:
            self._seats -= 1
            self._note()

    def _note(self) -> None:
        if self._participants or self._seats:
            self._empty_since = None
        elif self._empty_since is None:
            self._empty_since = self._clock()

    @property
    def seconds_empty(self) -> float | None:
        """For how long nobody has been on it or watched it; None while somebody does. Any thread."""
        with self._lock:
            return None if self._empty_since is None else self._clock() - self._empty_since


class LocalStages:
    """All stages of this process; one for the whole app. Any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._stages: dict[str, LocalStage] = {}
        self._by_watch_code: dict[str, str] = {}
        """Room codes by watch codes, both normalised."""

    def create(self, visit: str | None = None) -> LocalStage:
        """A new stage; raises StageBusy when there are too many. A visit has one empty stage at most: the one that it
        opened before, if nobody is there, goes."""
        stage = LocalStage(self._clock, self._carried, visit)
        with self._lock:
            self._sweep()
            if visit is not None:
                self._drop(lambda other: other.visit == visit and other.seconds_empty is not None)
            if len(self._stages) >= MAX_STAGES:
                raise StageBusy(TOO_MANY_STAGES)
            code = normalised(stage.code)
            self._stages[code] = stage
            self._by_watch_code[normalised(stage.watch_code)] = code
        return stage

    def find(self, code: str) -> LocalStage:
        """The stage with this room code, however it is typed, to come on; raises JoinRefused."""
        stage = self._find(code)
        if normalised(code) != normalised(stage.code):
            raise JoinRefused(WATCH_ONLY)
        return stage

    def find_to_watch(self, code: str) -> LocalStage:
        """The stage with this watch code or room code, however it is typed; raises JoinRefused."""
        return self._find(code)

    def _find(self, code: str) -> LocalStage:
        with self._lock:
            self._sweep()
            typed = normalised(code)
            stage = self._stages.get(self._by_watch_code.get(typed, typed))
        if stage is None:
            raise JoinRefused(NO_SUCH_STAGE)
        return stage

    def _carried(self) -> int:
        with self._lock:
            stages = list(self._stages.values())
        return sum(stage.connections for stage in stages)

    def _sweep(self) -> None:
        """Drop the stages that have been empty for too long. With the lock held."""
        kept_for = EMPTY_SECONDS if len(self._stages) < MANY_STAGES else EMPTY_SECONDS_AMONG_MANY
        self._drop(lambda stage: (stage.seconds_empty or 0.0) > kept_for)

    def _drop(self, unwanted: Callable[[LocalStage], bool]) -> None:
        for code in [code for code, stage in self._stages.items() if unwanted(stage)]:
            del self._by_watch_code[normalised(self._stages.pop(code).watch_code)]


class LocalDestination:
    """This server's own stage as a place to publish to. Without a code it is a new stage; `stage.code` invites."""

    name = "This server"
    expires_at: float | None = None

    def __init__(self, stages: LocalStages, code: str | None, name: str, visit: str | None = None) -> None:
        """`visit` names whoever comes: the one who opens a new stage is its host, and has one empty stage at most."""
        self.stage = stages.create(visit) if code is None else stages.find(code)
        self._stages = stages
        self._who = name
        self._visit = visit

    @property
    def is_host(self) -> bool:
        """Whether this visit opened the stage."""
        return self._visit is not None and self._visit == self.stage.visit

    async def open(self, media: Media, on_lost: Callable[[StageError], None]) -> LocalLeg:
        """Come on. It stands for as long as the media does and the host does not mind. Raises StageBusy when the stage
        is full, JoinRefused when it has been dropped meanwhile, or the host does not want this visit."""
        stage = self._stages.find(self.stage.code)
        return LocalLeg(stage, stage.join(self._who, media, self._visit), on_lost)


class LocalLeg:
    """One's own place on the stage."""

    def __init__(self, stage: LocalStage, participant: LocalParticipant, on_lost: Callable[[StageError], None]) -> None:
        self.stage = stage
        self.participant = participant
        self._on_lost = on_lost
        self._closing = False
        self._meter = Meter()
        participant.media.add_tap(self._meter)
        # Nobody listens to it: it ends with the media, and that is all there is to learn.
        self._end = participant.media.audio_track()
        self._end.add_listener("ended", self._ended)
        loop = asyncio.get_running_loop()
        participant.when_removed = lambda: call_on(loop, self._taken_off)

    async def close(self) -> None:
        """Leave, and close every viewer's connection."""
        self._closing = True
        self._end.stop()
        self.participant.media.remove_tap(self._meter)
        # Not cancelled when late: a peer connection whose closing is broken off never closes.
        leaving = asyncio.ensure_future(self.stage.leave(self.participant))
        _, late = await asyncio.wait({leaving}, timeout=CLOSE_SECONDS)
        if late:
            logger.warning("A viewer's connection takes long to close")

    async def figures(self) -> LegFigures:
        """What is encoded for the viewers; there is no network between it and this stage."""
        return LegFigures(kbps=self._meter.kbps())

    def _ended(self) -> None:
        if not self._closing:
            self._closing = True
            self._on_lost(MediaEnded("The camera has stopped, and with it the stream."))

    def _taken_off(self) -> None:
        if not self._closing:
            self._closing = True
            self._on_lost(JoinRefused(REMOVED))
