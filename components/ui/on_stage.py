"""One visitor's way onto a stage: what of it outlives a run of the page."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import SecretStr

from components.errors import StageError
from components.stage.blocking import begun
from components.stage.destination import Destination
from components.stage.ivs_rtmps import IvsRtmps
from components.stage.local import LocalDestination, LocalStage
from components.stage.publication import State
from components.stage.publisher import Publisher
from components.stage.roster_watch import RosterWatch
from components.stage.token_source import TokenSource
from components.stage.webrtc_destinations import IvsStage
from components.video.feed import Feed
from components.video.studio import Connection

T = TypeVar("T")

PATIENCE_S = 0.2
"""How long a run of the page waits for an answer."""

CAMERA_GONE = "The camera has stopped, and with it the stream."

REMEMBERED = 60
"""Seconds of figures kept for the sparklines."""


@dataclass
class Trends:
    """The last minute's figures, one a second; the newest last."""

    fps: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    kbps: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    round_trip_ms: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    loss: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))


@dataclass
class OnStage:
    """The publication, and what the page needs beside it. Script threads of one visitor."""

    publisher: Publisher
    feed: Feed | None = None
    kbps: int = 0
    microphone: bool = False
    """Whether there is sound to mute."""
    local: LocalStage | None = None
    is_host: bool = False
    """Whether one opened that stage."""
    own_room: str | None = None
    """The code of the last stage of this server's own that was opened here."""
    room: str | None = None
    """The code of the last one that was joined, until the form has been given it."""
    ivs: IvsStage | IvsRtmps | None = None
    roster: RosterWatch | None = None
    stage_arn: str | None = None
    """A stage that was made from the panel."""
    tokens: TokenSource | None = None
    viewer_token: SecretStr | None = None
    invitation: str | None = None
    problem: str | None = None
    trends: Trends = field(default_factory=Trends)
    _question: tuple[Future[Any], Callable[[Any], None]] | None = None

    def join(
        self, connection: Connection, destination: Destination, *, name: str, kbps: int, tokens: TokenSource | None
    ) -> None:
        """Publish what this visitor's camera shows, through its restarts, until it has gone for good. A second call
        while it goes on does nothing."""
        feed = Feed(connection, name, kbps, lambda: self._camera_gone(feed))
        if not self.publisher.join(destination, feed):
            return
        self.feed, self.kbps, self.tokens, self.problem = feed, kbps, tokens, None
        self.local = destination.stage if isinstance(destination, LocalDestination) else None
        self.is_host = isinstance(destination, LocalDestination) and destination.is_host
        self.ivs = destination if isinstance(destination, IvsStage | IvsRtmps) else None
        self.viewer_token = self.invitation = self._question = None
        self.trends = Trends()
        self.microphone = connection.microphone.hasTrack()

    def leave(self) -> None:
        """Go off the stage. Does not wait."""
        self.problem = self._question = None
        self.publisher.leave()

    @property
    def busy(self) -> bool:
        """Whether something is going on: one is on a stage, or on the way to or from it."""
        return not self.publisher.snapshot().state.resting

    @property
    def live(self) -> bool:
        """Whether an audience may be watching."""
        return self.publisher.snapshot().state in (State.LIVE, State.RECONNECTING)

    @property
    def own_id(self) -> str | None:
        """By what id the others on an IVS stage know this person: their own echo is not shown."""
        return self.ivs.participant_id if self.ivs is not None else None

    def refuse(self, error: StageError) -> None:
        """Keep why something was not even tried."""
        self.problem = str(error)

    def ask(self, question: Callable[[], T], use: Callable[[T], None]) -> None:
        """Ask what may take seconds, in a thread of its own, and `use` the answer in a later run of the page."""
        if not self.asking:
            self.problem = None
            self._question = (begun(question), use)

    @property
    def asking(self) -> bool:
        """Whether an answer is awaited."""
        return self._question is not None

    def hear(self) -> None:
        """Use the answer, if it is there; what is nearly there is waited for. Call it on each run."""
        if self._question is None:
            return
        answer, use = self._question
        wait([answer], PATIENCE_S)
        if not answer.done():
            return
        self._question = None
        try:
            use(answer.result())
        except StageError as error:
            self.refuse(error)

    def _camera_gone(self, feed: Feed) -> None:
        # Not of an older publication, whose threads are still ending.
        if self.feed is feed:
            self.publisher.leave(CAMERA_GONE)
