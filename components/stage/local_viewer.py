"""The receiving side of this server's own stage: answers browsers' offers with connections that only send.

A browser offers one receive-only connection for each participant it wants to see. What it gets are the participant's
packets as they were encoded, once for all viewers. Everything here runs on the event loop but for what says otherwise.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping, Sequence
from typing import Annotated

from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.exceptions import OperationError
from aiortc.rtcrtpparameters import RTCRtpCodecCapability, RTCRtpCodecParameters
from aiortc.sdp import SessionDescription
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from components.errors import JoinRefused, StageBusy, StageError
from components.rate_limit import RateLimit
from components.stage._aiortc import on_keyframe_request, takes_h264
from components.stage.local import MAX_PUBLISHERS, LocalParticipant, LocalStage
from components.stage.sdp_limits import MAX_BYTES, TooLarge

logger = logging.getLogger(__name__)

PROFILES = ("42e01f", "42001f")
"""H.264 constrained baseline and baseline, level 3.1, in the order of preference: the packets are the former."""

CONNECT_SECONDS = 30.0
"""A viewer that has not connected by then never will: aioice's own checks take about 20 s."""

OFFERS_AT_ONCE = 2 * MAX_PUBLISHERS
"""New offers that one visitor may make at once: for everybody on a full stage, and again when the network changes."""

OFFERS_PER_SECOND = 0.5
"""And in the long run: a browser offers anew when a connection was lost, which takes it several seconds each time."""

ANSWER_SECONDS = 0.3
"""How long a page waits for answers: Streamlit fades what it has not drawn anew after half a second. Those that take
longer, as with a slow TURN server, come with its next run."""

NO_H264 = (
    "You hear this person, but this browser cannot show the picture: it has no H.264. In Firefox, open about:addons, "
    "choose “Plugins”, switch “OpenH264 Video Codec” to “Always Activate” and reload this page. Or use a current "
    "Chrome, Edge or Safari."
)

NO_COMMON_SOUND = (
    "This browser cannot play the stage: it takes no Opus sound. Use a current Chrome, Edge, Firefox or Safari."
)

NOT_AN_OFFER = "The player's request could not be read. Reload the page."

TOO_LARGE = "The player's request is larger than any that this stage needs. Reload the page."

TOO_MANY = "As many people are watching as this server can carry. Try again later."


class Offer(BaseModel):
    """A browser's offer for one participant. From outside: checked."""

    model_config = ConfigDict(frozen=True)

    offer_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    sdp: Annotated[str, StringConstraints(min_length=1, max_length=MAX_BYTES)]


_Offers = dict[Annotated[str, StringConstraints(max_length=64)], Offer]

OFFERS: TypeAdapter[_Offers] = TypeAdapter(Annotated[_Offers, Field(max_length=MAX_PUBLISHERS)])
"""A browser's offers, by participant: for as many as a stage can have."""


class Answer(BaseModel):
    """What goes back: an answer, a sentence for the page, or both: an answer for the sound alone, and why."""

    model_config = ConfigDict(frozen=True)

    offer_id: str
    sdp: str = ""
    problem: str = ""
    retry: bool = False
    """Whether the same offer may be answered later."""


class Viewing:
    """One viewer's connection to one participant."""

    def __init__(self, participant: LocalParticipant, ice_servers: Sequence[RTCIceServer]) -> None:
        self._participant = participant
        self._closing: asyncio.Task[None] | None = None
        self._patience: asyncio.TimerHandle | None = None
        self.problem = ""
        """Why the browser gets the sound alone; blank where it gets the picture too."""
        self._tracks: list[MediaStreamTrack] = []
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=list(ice_servers)))
        self._peer.add_listener("connectionstatechange", self._changed)
        participant.connections.add(self)

    @property
    def closed(self) -> bool:
        """No longer, and not again."""
        return self._closing is not None

    async def answer(self, offer: str) -> str:
        """The answer to this SDP, with every candidate. Raises JoinRefused, after closing."""
        try:
            _check(offer)
            self._send(picture=takes_h264(_video(offer)))
            await self._peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
            await self._peer.setLocalDescription(await self._peer.createAnswer())
        except OperationError:
            await self.close()
            raise JoinRefused(NO_COMMON_SOUND) from None
        except JoinRefused:
            await self.close()
            raise
        except TooLarge:
            await self.close()
            raise JoinRefused(TOO_LARGE) from None
        except Exception as error:  # noqa: BLE001
            # aiortc's parser raises whatever a malformed line leads to. The type alone: an offer holds addresses.
            logger.info("A viewer's offer could not be used (%s)", type(error).__name__)
            await self.close()
            raise JoinRefused(NOT_AN_OFFER) from None
        if not self.closed:
            self._patience = asyncio.get_running_loop().call_later(CONNECT_SECONDS, self._give_up)
        return str(self._peer.localDescription.sdp)

    def _send(self, *, picture: bool) -> None:
        media = self._participant.media
        if picture:
            self._tracks.append(media.video_track())
            transceiver = self._peer.addTransceiver(self._tracks[-1], direction="sendonly")
            transceiver.setCodecPreferences(_h264())
            on_keyframe_request(transceiver.sender, media.request_keyframe)
        else:
            # aiortc answers the offered picture by itself, as inactive: every browser offers VP8 too (RFC 7742).
            self.problem = NO_H264
        self._tracks.append(media.audio_track())
        self._peer.addTransceiver(self._tracks[-1], direction="sendonly").setCodecPreferences(_opus())

    async def close(self) -> None:
        """End it; any number of times. Never raises."""
        if self._closing is None:
            if self._patience is not None:
                self._patience.cancel()
            self._closing = asyncio.ensure_future(self._close())
        # Shielded: a peer connection whose closing is broken off never closes.
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        try:
            await self._peer.close()
        except Exception as error:  # noqa: BLE001 - a transport that is already gone may raise anything
            logger.info("A viewer's connection ended with %s", type(error).__name__)
        for track in self._tracks:
            track.stop()
        # Until here it is counted: closing takes time, and a visitor who offers again and again must not have any
        # number of connections that close.
        self._participant.connections.discard(self)

    async def _changed(self) -> None:
        if self._peer.connectionState == "connected" and self._patience is not None:
            self._patience.cancel()
        elif self._peer.connectionState in ("failed", "closed"):
            await self.close()

    def _give_up(self) -> None:
        self._last_words = asyncio.ensure_future(self.close())


def _opus() -> list[RTCRtpCodecCapability]:
    return [c for c in RTCRtpSender.getCapabilities("audio").codecs if c.mimeType == "audio/opus"]


def _h264() -> list[RTCRtpCodecCapability]:
    codecs = RTCRtpSender.getCapabilities("video").codecs
    profiles = [c for profile in PROFILES for c in codecs if c.parameters.get("profile-level-id") == profile]
    return [*profiles, *(c for c in codecs if c.mimeType == "video/rtx")]


def _video(offer: str) -> list[RTCRtpCodecParameters]:
    return [
        codec for media in SessionDescription.parse(offer).media if media.kind == "video" for codec in media.rtp.codecs
    ]


def _check(offer: str) -> None:
    """Only what the component offers: one picture and one sound, to be received."""
    media = SessionDescription.parse(offer).media
    if sorted((m.kind, m.direction) for m in media) != [("audio", "recvonly"), ("video", "recvonly")]:
        raise JoinRefused(NOT_AN_OFFER)


class Seat:
    """One visitor before one stage, with a connection for each participant they see."""

    def __init__(self, stage: LocalStage, *, performer: bool = False) -> None:
        """`performer`: they are on it themselves, and come before the audience."""
        self.stage = stage
        self._performer = performer
        self._viewings: dict[str, Viewing] = {}
        self._answers: dict[str, Answer] = {}
        self._taken: dict[str, str] = {}
        self._offers = RateLimit(OFFERS_AT_ONCE, OFFERS_PER_SECOND)
        self._tasks: set[asyncio.Task[None]] = set()
        self._released = False
        stage.sit()

    @property
    def answers(self) -> dict[str, Answer]:
        """The answers that stand. Any thread.

        One disappears when its connection has closed: the browser then offers anew, under another `offer_id`.
        """
        return {who: answer for who, answer in self._answers.copy().items() if self._stands(who, answer)}

    async def take(self, offers: Mapping[str, Offer], ice_servers: Sequence[RTCIceServer]) -> None:
        """Answer those offers that are new, and end what is no longer offered.

        Each offer costs a peer connection: those that come too fast are left for the page's next run.
        """
        self._taken = {who: offer_id for who, offer_id in self._taken.items() if who in offers}
        for who in [who for who in self._viewings if who not in offers]:
            self._end(who)
        for who, offer in offers.items():
            if not self._released and self._taken.get(who) != offer.offer_id and self._offers.allows():
                self._taken[who] = offer.offer_id
                self._start(self._answer(who, offer, ice_servers))
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=ANSWER_SECONDS)

    async def release(self) -> None:
        """The visitor has gone: close everything; any number of times. Never raises."""
        if not self._released:
            self._released = True
            self.stage.rise()
        for who in list(self._viewings):
            self._end(who)
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    async def _answer(self, who: str, offer: Offer, ice_servers: Sequence[RTCIceServer]) -> None:
        self._end(who)
        participant = self.stage.participant(who)
        if participant is None:  # Left: the page will say so on its own.
            return
        try:
            viewing = self._admit(participant, ice_servers)
            sdp = await viewing.answer(offer.sdp)
            answer = Answer(offer_id=offer.offer_id, sdp=sdp, problem=viewing.problem)
        except StageError as error:
            answer = Answer(offer_id=offer.offer_id, problem=str(error), retry=isinstance(error, StageBusy))
        # Meanwhile the browser may have thought of another offer.
        if self._taken.get(who) == offer.offer_id:
            self._answers[who] = answer

    def _admit(self, participant: LocalParticipant, ice_servers: Sequence[RTCIceServer]) -> Viewing:
        if not self.stage.has_room(self._performer):
            raise StageBusy(TOO_MANY)
        viewing = self._viewings[participant.id] = Viewing(participant, ice_servers)
        return viewing

    def _stands(self, who: str, answer: Answer) -> bool:
        if self._taken.get(who) != answer.offer_id:
            return False
        viewing = self._viewings.get(who)
        return not answer.sdp or (viewing is not None and not viewing.closed)

    def _end(self, who: str) -> None:
        self._answers.pop(who, None)
        if viewing := self._viewings.pop(who, None):
            self._start(viewing.close())

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
