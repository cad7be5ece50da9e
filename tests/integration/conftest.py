"""Amazon IVS on loopback for a test: a control plane that keeps to botocore's model, and the API that asks it."""

from collections.abc import Iterator

import pytest

from components.stage.ivs import IvsRealTime
from tests.fake_ivs import REGION, FakeIvs

WHIP, EVENTS = "https://abc.global-bm.whip.live-video.net", "wss://global.events.live-video.net"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakeIvs, IvsRealTime]]:
    """An account with dummy keys, and nothing of the machine's own configuration. (Building a client takes longer than
    all that is asked of it.)"""
    home = tmp_path_factory.mktemp("aws")
    with pytest.MonkeyPatch.context() as patch, FakeIvs(WHIP, EVENTS) as server:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_MAX_ATTEMPTS"):
            patch.delenv(name, raising=False)
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret-example")
        patch.setenv("AWS_CONFIG_FILE", str(home / "config"))
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(home / "credentials"))
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("NO_PROXY", "127.0.0.1")
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
