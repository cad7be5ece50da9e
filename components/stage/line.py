"""How one peer connection does, from aiortc's statistics, once a second."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import NamedTuple

from aiortc import RTCRtpSender

from components.stage.destination import LegFigures

WINDOW = 5
"""Readings that a rate is taken over: with one a second, two key frames' intervals."""


class _Sent(NamedTuple):
    at: float
    bytes: int


class Line:
    """Reads what the two senders have sent, and what the other end reports of it."""

    def __init__(self, picture: RTCRtpSender, sound: RTCRtpSender) -> None:
        self.picture = picture
        self._senders = (picture, sound)
        self._sent: deque[_Sent] = deque(maxlen=WINDOW)
        self._reported: datetime | None = None
        self._heard = 0
        self.figures = LegFigures()
        self.fresh_loss: float | None = None
        """The loss in a report that came since the last reading; None if none came."""
        self.heard_at: float | None = None
        """When the other end was last heard; None before it first was."""

    async def read(self, now: float) -> None:
        """Take a reading. Event loop; `now` is a clock that does not jump."""
        reports = [await sender.getStats() for sender in self._senders]
        found = [stats for report in reports for stats in report.values()]
        self._sent.append(_Sent(now, sum(s.bytesSent for s in found if s.type == "outbound-rtp")))
        self._hear(sum(s.bytesReceived for s in found if s.type == "transport"), now)
        picture = next((s for s in reports[0].values() if s.type == "remote-inbound-rtp"), None)
        loss = self.figures.loss
        self.fresh_loss = None
        if picture is not None and picture.timestamp != self._reported:
            self._reported = picture.timestamp
            self.fresh_loss = loss = picture.fractionLost / 256  # RFC 3550: eight bits after the point
        trip = None if picture is None or picture.roundTripTime is None else max(0.0, picture.roundTripTime * 1000)
        self.figures = LegFigures(self._kbps(), trip, loss)

    def _hear(self, received: int, now: float) -> None:
        if received > self._heard and self._heard:
            self.heard_at = now
        self._heard = received

    def _kbps(self) -> float | None:
        first, last = self._sent[0], self._sent[-1]
        return (last.bytes - first.bytes) * 8 / 1000 / (last.at - first.at) if last.at > first.at else None
