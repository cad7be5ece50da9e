"""One participant's stream as the fake stage has it: a peer connection that keeps what comes and passes it on."""

from __future__ import annotations

import asyncio
import itertools
import queue
import time
from collections import deque
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from tests.h264_facts import Picture, described

CLOCKS = {"video": Fraction(1, 90_000), "audio": Fraction(1, 48_000)}
OFFLINE = RTCConfiguration(iceServers=[])


class Publication:
    """What one participant publishes. `frames` are the last decoded pictures, `pictures` facts of all of them."""

    def __init__(self, participant_id: str, claims: dict[str, Any]) -> None:
        self.participant_id = participant_id
        self.claims = claims
        self.peer = RTCPeerConnection(OFFLINE)
        self.frames: deque[av.VideoFrame] = deque(maxlen=40)
        self.pictures: list[Picture] = []
        self.loudness: deque[tuple[int, float]] = deque(maxlen=3000)
        """(pts at 48 kHz, RMS in 0..1) of each 20 ms."""
        self.joined_at = time.monotonic()
        self.changed = asyncio.Event()
        self._copies: set[Copy] = set()
        self._readers: list[asyncio.Task[None]] = []

    async def answer(self, offer: str) -> str:
        """Take an offer; the answer has its candidates in the first media section only, as IVS has it."""
        self.peer.add_listener("track", lambda track: self._readers.append(asyncio.ensure_future(self._read(track))))
        await self.peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        for transceiver in self.peer.getTransceivers():
            if transceiver.kind == "video":
                transceiver.setCodecPreferences(h264())
            _spy(transceiver.receiver, self._came(transceiver.kind))
        await self.peer.setLocalDescription(await self.peer.createAnswer())
        return candidates_first(self.peer.localDescription.sdp)

    def _came(self, kind: str) -> Callable[[bytes, int], None]:
        def came(data: bytes, pts: int) -> None:
            if kind == "video":
                self.pictures.append(described(data, pts, time.monotonic()))
            for copy in self._copies:
                if copy.kind == kind:
                    copy.give(data, pts)

        return came

    async def _read(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if isinstance(frame, av.VideoFrame):
                self.frames.append(frame)
            elif isinstance(frame, av.AudioFrame):
                level = float(np.sqrt(np.mean((frame.to_ndarray() / 32768.0) ** 2)))
                self.loudness.append((frame.pts or 0, level))
            self.changed.set()

    def copy(self, kind: str) -> Copy:
        """The same packets for one more receiver."""
        copy = Copy(kind)
        self._copies.add(copy)
        copy.add_listener("ended", lambda: self._copies.discard(copy))
        return copy

    async def ask_keyframe(self) -> None:
        """Send a PLI, as a stage does for a viewer who comes or has lost a picture."""
        for receiver in self.peer.getReceivers():
            if receiver.track.kind == "video":
                for ssrc in receiver._RTCRtpReceiver__active_ssrc:
                    await receiver._send_rtcp_pli(ssrc)

    def lose_every(self, nth: int) -> None:
        """Let every nth packet of the picture get lost on the way, from now on."""
        (receiver,) = [receiver for receiver in self.peer.getReceivers() if receiver.track.kind == "video"]
        take, numbers = receiver._handle_rtp_packet, itertools.count(1)

        async def some(packet: Any, arrival_time_ms: int) -> None:
            if next(numbers) % nth:
                await take(packet, arrival_time_ms=arrival_time_ms)

        receiver._handle_rtp_packet = some

    async def vanish(self) -> None:
        """Go without a word, as when a cable is pulled: no DTLS alert, no ICE answer."""
        for transceiver in self.peer.getTransceivers():
            await transceiver.receiver.transport.transport._connection.close()

    async def close(self) -> None:
        """End the connection in good order."""
        await self.peer.close()
        for reader in self._readers:
            reader.cancel()
        for copy in list(self._copies):
            copy.stop()


class Copy(MediaStreamTrack):
    """Packets as they came, from a key frame on."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__()
        self._packets: asyncio.Queue[av.Packet[Any]] = asyncio.Queue()
        self._begun = kind == "audio"

    def give(self, data: bytes, pts: int) -> None:
        self._begun = self._begun or described(data, pts, 0.0).is_idr
        if self._begun:
            packet = av.Packet(data)
            packet.pts, packet.time_base = pts, CLOCKS[self.kind]
            self._packets.put_nowait(packet)

    async def recv(self) -> Any:
        if self.readyState != "live":
            raise MediaStreamError
        return await self._packets.get()


class Viewing:
    """One participant as another one watches it (WHEP)."""

    def __init__(self, publication: Publication) -> None:
        self._publication = publication
        self.peer = RTCPeerConnection(OFFLINE)

    async def answer(self, offer: str) -> str:
        """Take a receiver's offer."""
        # Before the offer: aiortc reads the preferences when that comes, and a browser prefers VP8.
        for kind in ("video", "audio"):
            transceiver = self.peer.addTransceiver(self._publication.copy(kind), direction="sendonly")
            if kind == "video":
                transceiver.setCodecPreferences(h264())
                transceiver.sender._send_keyframe = self._pass_on
        await self.peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        self.peer.add_listener("connectionstatechange", self._begin)
        await self.peer.setLocalDescription(await self.peer.createAnswer())
        return candidates_first(self.peer.localDescription.sdp)

    def _pass_on(self) -> None:
        self._asking = asyncio.ensure_future(self._publication.ask_keyframe())

    async def _begin(self) -> None:
        if self.peer.connectionState == "connected":
            await self._publication.ask_keyframe()

    async def close(self) -> None:
        """End it."""
        await self.peer.close()


def h264() -> list[Any]:
    """The only pictures a stage takes."""
    codecs = RTCRtpSender.getCapabilities("video").codecs
    return [codec for codec in codecs if codec.mimeType in ("video/H264", "video/rtx")]


def candidates_first(answer: str) -> str:
    """The answer with candidates in its first media section only."""
    first, *others = answer.split("\r\nm=")[1:]
    bare = ["\r\n".join(line for line in s.split("\r\n") if "candidate" not in line) for s in others]
    return "\r\nm=".join([answer.split("\r\nm=")[0], first, *bare])


class _Spied(queue.Queue[Any]):
    def __init__(self, tell: Callable[[bytes, int], None]) -> None:
        super().__init__()
        self._tell = tell

    def put(self, item: Any, *args: Any, **kwargs: Any) -> None:
        if item is not None:
            self._tell(item[1].data, item[1].timestamp)
        super().put(item, *args, **kwargs)


def _spy(receiver: Any, tell: Callable[[bytes, int], None]) -> None:
    # What an aiortc receiver hands to its decoder is an encoded frame, whole and in order.
    assert hasattr(receiver, "_RTCRtpReceiver__decoder_queue")
    receiver._RTCRtpReceiver__decoder_queue = _Spied(tell)
