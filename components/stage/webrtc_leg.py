"""One WebRTC connection that publishes: offered over WHIP, fed with packets, watched, and deleted at the end.

Everything here runs on the event loop.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpTransceiver,
    RTCSessionDescription,
)

from components.errors import BadStageAnswer, MediaEnded, StageError, StageLost, StageUnreachable
from components.lookup import Visit
from components.stage._aiortc import estimated_bitrate, on_keyframe_request
from components.stage.bitrate import Aim, Report, adjusted
from components.stage.destination import LegFigures
from components.stage.line import Line
from components.stage.media import Media
from components.stage.whip import DELETE_S, Session, WhipClient
from components.stage.whip_candidates import with_addresses
from components.stage.whip_errors import no_media
from components.stage.whip_sdp import offer_h264_only, offer_opus_only, with_candidates_everywhere
from components.video.h264 import MOST_KBPS

logger = logging.getLogger(__name__)

CONNECT_S = 15.0
"""From the answer to media. ICE and DTLS take a second where UDP is open."""

GATHER_S = 10.0
"""aioice waits 5 s for a STUN server that is silent (reference/aws.md, B.6.8)."""

SILENCE_S = 10.0
"""Receivers report every second or so; one that has reported and is silent for so long is gone. ICE would notice after
30 s, and viewers look at a frozen picture meanwhile."""

CLOSE_S = 2.5
"""For the peer connection, after at most `DELETE_S` for an answer that is still on its way, and beside the DELETE."""

IceServer = Mapping[str, Any]
""" {"urls", "username"?, "credential"?}, as browsers and streamlit-webrtc have it. """


async def publish(
    client: WhipClient,
    media: Media,
    on_lost: Callable[[StageError], None],
    *,
    video_kbps: int = MOST_KBPS,
    ice_servers: Sequence[IceServer] = (),
    public_only: bool = False,
    visit: Visit | None = None,
    on_left_behind: Callable[[Session], None] = lambda session: None,
) -> WebRtcLeg:
    """Connect over WHIP, and return when media flows. Raises StageError; cancelled, it leaves nothing behind.

    `public_only`: the server is a stranger, and leads to addresses of the internet alone, and to no relays of its own.
    `visit`: on whose behalf names are looked up. `on_left_behind` is called with each session whose DELETE was lost, as
    the server may still hold it.
    """
    leg = WebRtcLeg(
        client, media, on_lost, video_kbps, public_only=public_only, visit=visit, on_left_behind=on_left_behind
    )
    try:
        return await leg.connected(ice_servers)
    except StageUnreachable:
        await leg.close()
        if ice_servers or not leg.offered_servers:
            raise
        servers = leg.offered_servers
    except BaseException:
        await leg.close()
        raise
    # The server has named relays, after an offer that could not know them: once more, with those.
    return await publish(
        client, media, on_lost, video_kbps=video_kbps, ice_servers=servers, visit=visit, on_left_behind=on_left_behind
    )


class WebRtcLeg:
    """A connection to a WHIP server. `on_lost` hears once if it breaks after it stood."""

    def __init__(
        self,
        client: WhipClient,
        media: Media,
        on_lost: Callable[[StageError], None],
        video_kbps: int = MOST_KBPS,
        *,
        public_only: bool = False,
        visit: Visit | None = None,
        on_left_behind: Callable[[Session], None] = lambda session: None,
    ) -> None:
        self._client = client
        self._visit = visit
        self._on_left_behind = on_left_behind
        self._media = media
        self._on_lost = on_lost
        self._video_kbps = min(video_kbps, MOST_KBPS)
        self._public_only = public_only
        self._peer: RTCPeerConnection | None = None
        self._line: Line | None = None
        self._settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._posting: asyncio.Task[Session] | None = None
        self._watching: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self._stands = False
        self.offered_servers: tuple[IceServer, ...] = ()
        """STUN and TURN servers that the answer came with."""

    async def connected(self, ice_servers: Sequence[IceServer]) -> WebRtcLeg:
        """This leg, when media flows. Whatever it raises, it must be closed then."""
        offer = await self._offer(ice_servers)
        self._posting = asyncio.ensure_future(self._client.offer(offer))
        session = await asyncio.shield(self._posting)  # `_close` takes back what comes after a cancellation.
        if not self._public_only:
            self.offered_servers = session.ice_servers
        await self._take(await with_addresses(session.answer, private=not self._public_only, visit=self._visit))
        _, late = await asyncio.wait({self._settled}, timeout=CONNECT_S)
        if late:
            raise no_media(self._client.words)
        self._settled.result()
        if self._peer is None or self._peer.connectionState != "connected":
            raise StageLost("The connection to the stage broke as soon as it stood.")
        self._stands = True
        self._watching = asyncio.ensure_future(self._watch())
        return self

    async def close(self) -> None:
        """DELETE and close, within 5 s, once however often it is called. Never raises."""
        if self._closing is None:
            self._stands = False
            self._closing = asyncio.ensure_future(self._close())
        # Shielded: a peer connection whose closing is broken off never closes.
        await asyncio.shield(self._closing)

    async def figures(self) -> LegFigures:
        """As of the last second."""
        return self._line.figures if self._line else LegFigures()

    async def _offer(self, ice_servers: Sequence[IceServer]) -> str:
        try:
            servers = [RTCIceServer(**server) for server in ice_servers]
            self._peer = peer = RTCPeerConnection(RTCConfiguration(iceServers=servers))
            peer.add_listener("connectionstatechange", self._changed)
            sound = self._added(peer, self._media.audio_track())
            picture = self._added(peer, self._media.video_track())
            offer_opus_only(sound)
            offer_h264_only(picture)
            on_keyframe_request(picture.sender, self._media.request_keyframe)
            self._line = Line(picture.sender, sound.sender)
            async with asyncio.timeout(GATHER_S):
                await peer.setLocalDescription(await peer.createOffer())
        except TimeoutError:
            raise StageUnreachable("The STUN or TURN server does not answer; check TURN_URL, then try again.") from None
        except (ValueError, TypeError):
            raise StageUnreachable("The STUN and TURN servers cannot be used; check TURN_URL.") from None
        return str(peer.localDescription.sdp)

    def _added(self, peer: RTCPeerConnection, track: MediaStreamTrack) -> RTCRtpTransceiver:
        if track.readyState != "live":
            raise MediaEnded("The camera has stopped, so there is nothing to publish.")
        transceiver = peer.addTransceiver(track, direction="sendonly")

        def ended() -> None:
            # A sender stops its track with the connection, too; only an end while that stands is the camera's.
            if peer.signalingState == "stable" and transceiver.sender.transport.state == "connected":
                self._lose(MediaEnded("The camera has stopped, and with it the stream."))

        track.add_listener("ended", ended)
        return transceiver

    async def _take(self, answer: str) -> None:
        assert self._peer is not None
        try:
            description = RTCSessionDescription(with_candidates_everywhere(answer), "answer")
            await self._peer.setRemoteDescription(description)
        except Exception as error:  # noqa: BLE001 - aiortc's parser raises whatever a malformed line leads to
            # The type alone: an answer holds addresses and keys.
            logger.info("The answer could not be used (%s)", type(error).__name__)
            raise BadStageAnswer(
                "The stage's answer could not be used: it must take H.264 constrained baseline and Opus."
            ) from None

    def _changed(self) -> None:
        state = self._peer.connectionState if self._peer else "closed"
        if state == "connected" and not self._settled.done():
            self._settled.set_result(None)
        elif state in ("failed", "closed"):
            if not self._settled.done():
                self._settled.set_exception(no_media(self._client.words))
                self._settled.exception()  # Looked at: nobody may be waiting any more.
            self._lose(StageLost("The connection to the stage has broken."))

    def _lose(self, error: StageError) -> None:
        if self._stands:
            self._stands = False
            self._on_lost(error)

    async def _watch(self) -> None:
        assert self._line is not None
        aim = Aim(self._video_kbps, time.monotonic())
        self._media.aim(aim.kbps)
        estimated_bitrate(self._line.picture)  # From now on it listens.
        while self._stands:
            await asyncio.sleep(1)
            now = time.monotonic()
            await self._line.read(now)
            bits = estimated_bitrate(self._line.picture)
            report = Report(self._line.fresh_loss, self._line.figures.kbps, bits / 1000 if bits else None)
            before, aim = aim, adjusted(aim, report, now, self._video_kbps)
            if aim.kbps != before.kbps:
                self._media.aim(aim.kbps)
            if self._line.heard_at is not None and now - self._line.heard_at > SILENCE_S:
                self._lose(StageLost("The stage has gone silent."))

    async def _close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        closing = [asyncio.ensure_future(self._take_back())]
        if self._peer is not None:
            closing.append(asyncio.ensure_future(self._peer.close()))
        done, late = await asyncio.wait(closing, timeout=DELETE_S + CLOSE_S)
        for task in done:
            if not task.cancelled() and (error := task.exception()):
                logger.info("A connection to a stage ended with %s", type(error).__name__)
        if late:
            logger.warning("A connection to a stage takes long to close")

    async def _take_back(self) -> None:
        if self._posting is None:
            return
        await asyncio.wait({self._posting}, timeout=DELETE_S)
        if not self._posting.done():
            self._posting.cancel()
        elif not self._posting.cancelled() and self._posting.exception() is None:
            session = self._posting.result()
            if not await self._client.delete(session):
                self._on_left_behind(session)
