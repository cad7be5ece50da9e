"""A peer that answers late stays, one that is gone is let go: aioice over loopback, with its answers held back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aioice import ice, stun

from components.ui import _compat

TIMES = 20
"""So many times faster than in life."""


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONSENT_SECONDS", "CONSENT_INTERVAL"):
        monkeypatch.setattr(_compat, name, getattr(_compat, name) / TIMES)
    monkeypatch.setattr(stun, "RETRY_RTO", stun.RETRY_RTO / TIMES)
    monkeypatch.setattr(ice.Connection, "query_consent", ice.Connection.query_consent)
    _compat.mend_consent()


@asynccontextmanager
async def connected(monkeypatch: pytest.MonkeyPatch, delay: float | None) -> AsyncIterator[ice.Connection]:
    """A connection whose peer answers so many seconds of life late from now on; None: no more."""
    near, far = ice.Connection(ice_controlling=True), ice.Connection(ice_controlling=False)
    for one, other in ((near, far), (far, near)):
        await one.gather_candidates()
        for candidate in one.local_candidates:
            await other.add_remote_candidate(candidate)
        await other.add_remote_candidate(None)
        other.remote_username, other.remote_password = one.local_username, one.local_password
    await asyncio.gather(near.connect(), far.connect())
    send = ice.StunProtocol.send_stun

    def late(protocol: ice.StunProtocol, message: stun.Message, addr: tuple[str, int]) -> None:
        if protocol.receiver is not far:
            send(protocol, message, addr)
        elif delay is not None:
            asyncio.get_running_loop().call_later(delay / TIMES, send, protocol, message, addr)

    monkeypatch.setattr(ice.StunProtocol, "send_stun", late)
    yield near
    monkeypatch.undo()
    await asyncio.gather(near.close(), far.close())


async def closed(connection: ice.Connection, within: float) -> float | None:
    """After how many seconds of life it has closed by itself; None: it has not."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(within / TIMES):
            await connection.recv()
    except ConnectionError:
        return TIMES * (time.monotonic() - began)
    except TimeoutError:
        return None
    raise AssertionError("nothing was sent")


@pytest.mark.parametrize("delay", [0.7, 2.0])
async def test_answers_that_come_late_keep_the_connection(monkeypatch: pytest.MonkeyPatch, delay: float) -> None:
    async with connected(monkeypatch, delay) as connection:
        assert await closed(connection, within=60) is None


async def test_without_any_answer_it_ends_in_time_for_a_killed_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    async with connected(monkeypatch, None) as connection:
        after = await closed(connection, within=60)
    assert after is not None
    assert 25 < after < 38
