"""RTMP and RTMPS: the way to a stage where UDP is blocked, and to any other server that takes it.

The pictures are the same packets that every other destination gets; a process of its own sends them (rtmps_writer.py).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace

from components.errors import JoinRefused, StageBusy, StageError, StageLost, StageUnreachable
from components.lookup import NameUnknown, Visit
from components.stage import bitrate, rtmps_address
from components.stage.destination import LegFigures
from components.stage.held import Hold
from components.stage.media import Media
from components.stage.public_addresses import reachable
from components.stage.rtmps_outbox import Outbox
from components.stage.rtmps_process import WriterProcess
from components.stage.rtmps_protocol import Failure, Report, Target
from components.video.h264 import MOST_KBPS

logger = logging.getLogger(__name__)

OPEN_S = 15.0
"""From the click to the first second of media that the server has taken."""
STALLED_S = 10.0
"""Without progress for so long, a stream that stood is given up."""

_SENTENCES: Mapping[Failure, tuple[type[StageError], str]] = {
    Failure.NO_HOST: (StageUnreachable, "There is no server called {host}; check the address."),
    Failure.REFUSED: (StageUnreachable, "{host} takes no connection on port {port}; check the address."),
    Failure.UNREACHABLE: (StageUnreachable, "{host} cannot be reached on port {port}; check the network."),
    Failure.SILENT: (StageUnreachable, "{host} answers nothing on port {port}; check the address, or try again."),
    Failure.UNTRUSTED: (
        JoinRefused,
        "{host} shows a certificate that cannot be trusted, so the stream key was not sent; check the address.",
    ),
    Failure.NO_TLS: (JoinRefused, "{host} does not speak TLS on port {port}; check the address."),
    Failure.REJECTED: (
        JoinRefused,
        "{host} did not take the stream; check the stream key, and that no other stream is using it.",
    ),
    Failure.BROKEN: (StageUnreachable, "The connection to {host} broke before the stream began; try again."),
}


class RtmpDestination:
    """A server's address (`rtmps://host:443/app`, or `rtmp://`) and a stream key."""

    def __init__(
        self,
        server: str,
        key: str,
        name: str = "RTMPS",
        *,
        video_kbps: int = MOST_KBPS,
        private: bool = False,
        hold: Hold | None = None,
        visit: Visit | None = None,
    ) -> None:
        """`private`: it may lead to this machine, or into its network. `hold`: shared by destinations that follow each
        other with a new key each. `visit`: who has named the address. Raises TokenRejected with a sentence if one of
        the texts cannot be used; nothing is sent."""
        self._target = rtmps_address.parse(server, key)
        self._private = private
        self._visit = visit
        self._name = name
        self._video_kbps = video_kbps
        self._hold = hold or Hold()

    def __repr__(self) -> str:
        return f"RtmpDestination({self._target.host})"

    @property
    def name(self) -> str:
        """For the page."""
        return self._name

    @property
    def expires_at(self) -> float | None:
        """A stream key has no end that we know of."""
        return None

    @property
    def is_encrypted(self) -> bool:
        """False for rtmp://: everybody on the way can see the stream and the key. The page says so."""
        return self._target.scheme == "rtmps"

    async def open(self, media: Media, on_lost: Callable[[StageError], None]) -> RtmpLeg:
        """Publish, and return when the server has taken a second of it; see `Destination.open`."""
        try:
            found = await reachable(self._target.host, private=self._private, visit=self._visit)
        except NameUnknown:
            raise self._error(Failure.NO_HOST) from None
        target = replace(self._target, addresses=tuple(found))
        try:
            leg = RtmpLeg(target, media, on_lost, self._video_kbps)
        except OSError:
            logger.exception("The RTMP writer cannot be started")
            raise StageBusy("This server can start no further stream now; try again.") from None
        try:
            async with asyncio.timeout(OPEN_S):
                failure = await leg.begun()
        except TimeoutError:
            failure = Failure.SILENT
        except asyncio.CancelledError:
            await leg.abandon()
            raise
        if failure is not None:
            await leg.abandon()
            raise self._error(failure)
        self._hold.stands()
        return leg

    def _error(self, failure: Failure) -> StageError:
        kind, sentence = _SENTENCES[failure]
        error = kind(sentence.format(host=self._target.host, port=self._target.port))
        error.perhaps_held = failure is Failure.REJECTED
        return self._hold.judged(error, self._target.host)


class RtmpLeg:
    """One running stream. Event loop."""

    def __init__(self, target: Target, media: Media, on_lost: Callable[[StageError], None], video_kbps: int) -> None:
        self._host = target.host
        self._media = media
        self._on_lost: Callable[[StageError], None] | None = on_lost
        self._begun: asyncio.Future[Failure | None] = asyncio.get_running_loop().create_future()
        self._sent: deque[tuple[float, int]] = deque(maxlen=5)
        self._closing: asyncio.Task[None] | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._video_kbps = video_kbps
        self._aim = bitrate.Aim(video_kbps, time.monotonic())
        self._losses = 0
        media.aim(video_kbps)
        self._outbox = Outbox(media.request_keyframe)
        self._process = WriterProcess(target, self._outbox, self._hear)
        self._watch = asyncio.get_running_loop().create_task(self._until_ended(), name="rtmp-watch")

    async def begun(self) -> Failure | None:
        """Wait until the stream stands (None), or why it never will."""
        return await asyncio.shield(self._begun)

    async def close(self) -> None:
        """End the stream; see `Leg.close`."""
        self._on_lost = None
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._finish(), name="rtmp-close")
        await asyncio.shield(self._closing)

    async def abandon(self) -> None:
        """End everything at once, and wait until it has."""
        self._on_lost = None
        self._process.kill()
        await asyncio.wait({self._watch})

    async def figures(self) -> LegFigures:
        """Kilobits a second over the last two seconds; RTMP says nothing else."""
        if len(self._sent) < 2:
            return LegFigures()
        (since, before), (_, now) = self._sent[0], self._sent[-1]
        # Up to this moment: while nothing goes out, the figure falls.
        return LegFigures(kbps=(now - before) * 8 / 1000 / max(time.monotonic() - since, 0.001))

    async def _finish(self) -> None:
        self._media.remove_tap(self._outbox)
        await self._process.finish()
        # Waited for, not awaited: a server that ends in good order has cancelled it.
        await asyncio.wait({self._watch})

    def _hear(self, report: Report) -> None:
        if report.failure is not None:
            logger.info("The RTMP stream to %s ended: %s", self._host, report.failure)
            self._settle(report.failure)
            return
        if report.sent == 0:
            self._media.add_tap(self._outbox)
            self._media.request_keyframe()
            return
        self._settle(None)
        self._sent.append((time.monotonic(), report.sent))
        self._set_alarm()
        self._adjust()

    def _adjust(self) -> None:
        """Aim lower where the line takes less than is encoded, as after a heavy loss on any other line."""
        before, losses = self._aim, self._outbox.losses
        told = bitrate.Report(1.0 if losses > self._losses else 0.0, sent_kbps=None, estimate_kbps=None)
        self._losses = losses
        self._aim = bitrate.adjusted(before, told, time.monotonic(), self._video_kbps)
        if self._aim.kbps != before.kbps:
            self._media.aim(self._aim.kbps)

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = asyncio.get_running_loop().call_later(STALLED_S, self._process.kill)

    def _settle(self, outcome: Failure | None) -> None:
        if not self._begun.done():
            self._begun.set_result(outcome)

    async def _until_ended(self) -> None:
        await self._process.ended.wait()
        if self._alarm is not None:
            self._alarm.cancel()
        self._media.remove_tap(self._outbox)
        stood = self._begun.done() and self._begun.result() is None
        self._settle(Failure.BROKEN)  # It may have ended without a word.
        if stood and self._on_lost is not None:
            tell, self._on_lost = self._on_lost, None
            tell(StageLost(f"The connection to {self._host} is lost."))
