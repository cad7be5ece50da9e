"""What several of these tests need: Amazon IVS on loopback, by a control plane that keeps to botocore's model and the
API that asks it; an RTMP server; an event loop in a thread of its own."""

import asyncio
from collections.abc import Iterator

import pytest

from components.stage.ivs import IvsRealTime
from tests.dummy_account import dummy_account
from tests.fake_ivs import REGION, FakeIvs
from tests.loopback import Loop
from tests.rtmp_server import RtmpServer

WHIP, EVENTS = "https://abc.global-bm.whip.live-video.net", "wss://global.events.live-video.net"


@pytest.fixture(scope="module")
def account() -> Iterator[tuple[FakeIvs, IvsRealTime]]:
    """One for all tests: building a client takes longer than all that is asked of it."""
    with pytest.MonkeyPatch.context() as patch, FakeIvs(WHIP, EVENTS) as server:
        dummy_account(patch)
        patch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
        patch.setenv("AWS_ENDPOINT_URL_IVS_REALTIME", server.url)
        yield server, IvsRealTime(REGION)


@pytest.fixture
def fake(account: tuple[FakeIvs, IvsRealTime]) -> FakeIvs:
    account[0].forget(WHIP, EVENTS)
    return account[0]


@pytest.fixture
def api(fake: FakeIvs, account: tuple[FakeIvs, IvsRealTime]) -> IvsRealTime:
    return account[1]


@pytest.fixture
def loop() -> Iterator[Loop]:
    it = Loop()
    # streamlit-webrtc asks for this thread's loop, and would make one that nobody closes.
    asyncio.set_event_loop(it.loop)
    yield it
    asyncio.set_event_loop(None)
    it.close()


@pytest.fixture(scope="module")
def _nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RtmpServer]:
    server = RtmpServer(tmp_path_factory.mktemp("nginx"))
    server.start()
    yield server
    server.close()


@pytest.fixture
def nginx(_nginx: RtmpServer) -> RtmpServer:
    """Running, and with nothing to tell yet."""
    _nginx.refused.clear()
    for events in (_nginx.published, _nginx.recorded):
        while not events.empty():
            events.get()
    return _nginx
