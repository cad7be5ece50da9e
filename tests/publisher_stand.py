"""A publisher on the test's own event loop, and what it may meet on its way."""

from __future__ import annotations

import asyncio

from aioice import stun

from components.stage.publication import Snapshot, State
from components.stage.publisher import Publisher
from components.stage.token_source import PastedTokens
from components.stage.webrtc_destinations import IvsStage
from tests.fake_media import ToneMedia
from tests.fake_stage import FakeStage

WAIT = 40


class Stand:
    """A publisher on the test's own event loop, with what it went through."""

    def __init__(self, stage: FakeStage) -> None:
        self.stage = stage
        self.history: list[Snapshot] = []
        self._waited_for = 0
        self.token = stage.token()
        self.media = ToneMedia()
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self.publisher = Publisher(self._loop, on_change=self._note, sleep=lambda s: asyncio.sleep(s / 5))

    def _note(self, snapshot: Snapshot) -> None:
        self.history.append(snapshot)
        self._loop.call_soon_threadsafe(self._changed.set)

    def join(self) -> None:
        self.publisher.join(IvsStage(PastedTokens(self.token), self.stage.whip_url), self.media)

    async def until(self, *states: State) -> Snapshot:
        """Wait until these states have been gone through, in this order, since the last call."""
        async with asyncio.timeout(WAIT):
            for state in states:
                while not (
                    later := [i for i, s in enumerate(self.history) if i >= self._waited_for and s.state is state]
                ):
                    self._changed.clear()
                    await self._changed.wait()
                self._waited_for = later[0] + 1
        return self.history[self._waited_for - 1]

    async def leave(self) -> None:
        self.publisher.leave()
        await self.until(State.IDLE)


class StunServer(asyncio.DatagramProtocol):
    """Tells everybody their address, and counts."""

    def __init__(self) -> None:
        self.asked = 0

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked += 1
        asked = stun.parse_message(data)
        told = stun.Message(asked.message_method, stun.Class.RESPONSE, transaction_id=asked.transaction_id)
        told.attributes["XOR-MAPPED-ADDRESS"] = addr
        self.transport.sendto(bytes(told), addr)
