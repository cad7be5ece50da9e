"""Those before and on a stage of this server's own, in a test: a browser's part played by aiortc, and a host."""

from __future__ import annotations

import asyncio

import av
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from numpy.typing import NDArray

from components.errors import StageError
from components.stage.local import LocalDestination, LocalLeg, LocalStages
from components.stage.local_viewer import Answer, Offer
from components.video.planes import to_rgb, view
from tests.painted_media import PaintedMedia

OFFLINE = RTCConfiguration(iceServers=[])
WAIT = 20


class Watcher:
    """One browser's connection: offers to receive one participant, and keeps what it is shown."""

    def __init__(self) -> None:
        self.peer = RTCPeerConnection(OFFLINE)
        for kind in ("video", "audio"):
            self.peer.addTransceiver(kind, direction="recvonly")
        self.pictures: list[NDArray[np.uint8]] = []
        self.loudness = 0.0
        self._news = asyncio.Condition()
        self._tasks: list[asyncio.Task[None]] = []
        self.peer.add_listener("track", lambda track: self._tasks.append(asyncio.ensure_future(self._keep(track))))
        self.peer.add_listener("connectionstatechange", lambda: asyncio.ensure_future(self._tell()))

    async def offer(self, offer_id: str = "1") -> Offer:
        await self.peer.setLocalDescription(await self.peer.createOffer())
        return Offer(offer_id=offer_id, sdp=self.peer.localDescription.sdp)

    async def take(self, answer: Answer) -> None:
        assert not answer.problem
        await self.peer.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))

    async def _keep(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                frame = await track.recv()
                if isinstance(frame, av.VideoFrame):
                    self.pictures.append(to_rgb(view(frame)))
                elif isinstance(frame, av.AudioFrame):
                    self.loudness = max(self.loudness, float(np.abs(frame.to_ndarray()).max()))
                await self._tell()
        except MediaStreamError:
            await self._tell()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def sees(self, colour: tuple[int, int, int]) -> None:
        def seen() -> bool:
            return bool(self.pictures) and bool(np.abs(self.pictures[-1][40, 160].astype(int) - colour).max() < 24)

        await self._until(seen)

    async def hears(self) -> None:
        await self._until(lambda: self.loudness > 2000)

    async def cut(self) -> None:
        await self._until(lambda: self.peer.connectionState in ("closed", "failed"))

    async def _until(self, condition: object) -> None:
        assert callable(condition)
        async with asyncio.timeout(WAIT), self._news:
            await self._news.wait_for(condition)

    async def close(self) -> None:
        await self.peer.close()
        await asyncio.gather(*self._tasks)


class Host:
    """Somebody on the stage."""

    def __init__(self, stages: LocalStages, code: str | None, name: str, colour: tuple[int, int, int]) -> None:
        self.media = PaintedMedia(colour)
        self.destination = LocalDestination(stages, code, name)
        self.lost: list[StageError] = []

    async def come(self) -> LocalLeg:
        self.media.start()
        self.leg = await self.destination.open(self.media, self.lost.append)
        return self.leg

    async def go(self) -> None:
        await self.leg.close()
        self.media.stop()
        assert await asyncio.to_thread(self.media.join)
