"""A browser's part and a stage's part, played by aiortc over real loopback WebRTC: at one end somebody claps, at the
other it is noted when lips and voice come."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable
from fractions import Fraction
from statistics import median
from typing import Any

import av
import numpy as np
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpSender
from aiortc.mediastreams import MediaStreamError
from streamlit_webrtc import WebRtcMode
from streamlit_webrtc.webrtc import WebRtcWorker

from components.stage._aiortc import estimated_bitrate, on_keyframe_request
from components.ui._compat import NewestFrameRelay
from components.video.feed import Feed
from components.video.packets import PacketTrack
from components.video.planes import view
from components.video.studio import Connection
from tests.fakes import camera_frame
from tests.loopback import OFFLINE, WAIT, Loop, drained

FPS, RATE, CHUNK = 30, 48_000, 960

# What the far end's own jitter buffers add: one frame of 30 fps, and four packets of 20 ms (aiortc's jitterbuffer.py).
PICTURE_BUFFERED, SOUND_BUFFERED = 1 / FPS, 0.080


class Clapper(MediaStreamTrack):
    """Claps twice a second: the person turns white and a tone begins, at the same instant.

    As in a browser, a picture is there when it is taken, and a chunk of sound when its last sample is.
    """

    def __init__(self, kind: str, began: float) -> None:
        super().__init__()
        self.kind = kind
        self._began = began
        self._rate = FPS if kind == "video" else RATE // CHUNK
        self._count = 0

    async def recv(self) -> av.VideoFrame | av.AudioFrame:
        self._count = max(self._count + 1, int((time.monotonic() - self._began) * self._rate))
        await asyncio.sleep(max(0.0, self._began + self._count / self._rate - time.monotonic()))
        return self._picture() if self.kind == "video" else self._sound()

    def _picture(self) -> av.VideoFrame:
        frame = camera_frame(320, 240)
        if self._count % (FPS // 2) < 3:
            planes = view(frame)
            planes.y[60:, 106:212], planes.u[30:, 53:106], planes.v[30:, 53:106] = 235, 128, 128
        frame.pts, frame.time_base = self._count * 90_000 // FPS, Fraction(1, 90_000)
        return frame

    def _sound(self) -> av.AudioFrame:
        at = np.arange(CHUNK * (self._count - 1), CHUNK * self._count)
        tone = 12_000 * np.sin(2 * np.pi * 1000 * at / RATE) * (at % (RATE // 2) < RATE // 10)
        frame = av.AudioFrame.from_ndarray(tone.astype(np.int16)[None, :], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, CHUNK * self._count, Fraction(1, RATE)
        return frame


class Witness:
    """Notes when the person turns white and when a tone begins; each must have been off for a while.

    In seconds: of packets, by their stamps, which are on one clock; of frames, by the time at which they come.
    """

    def __init__(self) -> None:
        self.flashes: list[float] = []
        self.beeps: list[float] = []
        self.pictures: list[av.VideoFrame] = []
        self.keys: list[float] = []
        self._white = self._quiet_since = 0.0
        self._decoders = {"video": av.CodecContext.create("h264", "r"), "audio": av.CodecContext.create("libopus", "r")}
        self._decoders["audio"].format, self._decoders["audio"].layout = "s16", "stereo"  # type: ignore[attr-defined]
        self._decoders["audio"].sample_rate = RATE  # type: ignore[attr-defined]

    async def watch(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                item = await track.recv()
                now = time.monotonic()
                if isinstance(item, av.Packet):
                    assert item.pts is not None
                    assert item.time_base is not None
                    self.keys += [now] if item.is_keyframe and track.kind == "video" else []
                    frames: Any = self._decoders[track.kind].decode(item)  # type: ignore[attr-defined]
                    now = float(item.pts * item.time_base)
                else:
                    frames = [item]
                for frame in frames:
                    self._see(frame, now) if track.kind == "video" else self._hear(frame, now)
        except MediaStreamError:
            pass

    def _see(self, frame: av.VideoFrame, now: float) -> None:
        self.pictures = [*self.pictures[-4:], frame]
        y = view(frame).y
        white = y[y.shape[0] * 2 // 3, y.shape[1] // 2] > 205
        if white and now - self._white > 0.2:
            self.flashes.append(now)
        self._white = now if white else self._white

    def _hear(self, frame: av.AudioFrame, now: float) -> None:
        loud = np.flatnonzero(np.abs(frame.to_ndarray().reshape(-1, 2)[:, 0].astype(int)) > 3000)
        if len(loud):
            if now - self._quiet_since > 0.2:
                self.beeps.append(now + loud[0] / RATE)
            self._quiet_since = now

    def offset(self, claps: int) -> float:
        """Seconds by which the sound is later than the picture: the median over the last claps that both came."""
        flashes = [flash for flash in self.flashes if flash < self.beeps[-1] + 0.2][-claps:]
        return median(min((beep - flash for beep in self.beeps), key=abs) for flash in flashes)


class Browser:
    """Gives camera and microphone to streamlit-webrtc's own worker."""

    def __init__(self, loop: Loop, connection: Connection) -> None:
        self._loop, self._connection = loop, connection
        self._relay = NewestFrameRelay(loop.loop)
        required = inspect.signature(WebRtcWorker).parameters.values()
        nothing = {each.name: None for each in required if each.default is each.empty}
        given: dict[str, Any] = {
            "mode": WebRtcMode.SENDRECV,
            "rtc_configuration": OFFLINE,
            "source_video_track": connection.track,
            "sink_video_track": connection.sink,
            "sink_audio_track": connection.microphone,
            "async_processing": True,
            "video_receiver_size": 4,
            "audio_receiver_size": 4,
            "sendback_video": True,
            "sendback_audio": False,
            "loop": loop.loop,
            "relay": self._relay,
        }
        self._worker: Any = WebRtcWorker(**{**nothing, **given})
        offer = loop.run(self._offer())
        answer = self._worker.process_offer(offer.sdp, offer.type, timeout=WAIT)
        loop.run(self._peer.setRemoteDescription(answer))

    async def _offer(self) -> Any:
        self._peer = RTCPeerConnection(OFFLINE)
        began = time.monotonic()
        for kind in ("video", "audio"):
            self._peer.addTransceiver(Clapper(kind, began), direction="sendrecv")
        await self._peer.setLocalDescription(await self._peer.createOffer())
        return self._peer.localDescription

    def close(self) -> None:
        self._worker.stop()
        self._loop.run(self._peer.close())
        assert self._connection.processor.join(WAIT)
        self._loop.run(drained(self._relay))


class Stage:
    """Two peers: one sends the feed as a publisher does, the other receives as a stage does."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.received, self.sent = Witness(), Witness()
        self.sender, self.receiver = RTCPeerConnection(OFFLINE), RTCPeerConnection(OFFLINE)
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        self.receiver.add_listener("track", lambda track: self._watch(self.received, track))
        self.sender.addTransceiver(self.feed.audio_track(), direction="sendonly")
        picture = self.sender.addTransceiver(self.feed.video_track(), direction="sendonly")
        codecs = RTCRtpSender.getCapabilities("video").codecs
        picture.setCodecPreferences([codec for codec in codecs if codec.mimeType == "video/H264"])
        self.picture = picture.sender
        assert on_keyframe_request(self.picture, self.feed.request_keyframe)
        assert estimated_bitrate(self.picture) is None
        for track in (self.feed.video_track(), self.feed.audio_track()):
            self._watch(self.sent, track)
        await self.sender.setLocalDescription(await self.sender.createOffer())
        await self.receiver.setRemoteDescription(self.sender.localDescription)
        await self.receiver.setLocalDescription(await self.receiver.createAnswer())
        await self.sender.setRemoteDescription(self.receiver.localDescription)

    def _watch(self, witness: Witness, track: MediaStreamTrack | PacketTrack) -> None:
        self._tasks.append(asyncio.ensure_future(witness.watch(track)))

    def offsets(self, claps: int) -> tuple[float, float]:
        """Seconds by which sound is later than picture, leaving and arriving, over the last claps."""
        return self.sent.offset(claps), self.received.offset(claps) - SOUND_BUFFERED + PICTURE_BUFFERED

    def claps(self) -> int:
        """Claps seen and heard at both ends so far."""
        return min(len(each) for it in (self.sent, self.received) for each in (it.flashes, it.beeps))

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(4 * WAIT):
            while not condition():
                await asyncio.sleep(0.05)
                for task in self._tasks:
                    assert not task.done() or task.result() is None

    async def ask_for_a_keyframe(self) -> float:
        """Send a PLI, and say when."""
        (receiver,) = [each for each in self.receiver.getReceivers() if each.track.kind == "video"]
        await receiver._send_rtcp_pli(self.picture._ssrc)
        return time.monotonic()

    async def close(self) -> None:
        await self.sender.close()
        await self.receiver.close()
        await asyncio.gather(*self._tasks)
