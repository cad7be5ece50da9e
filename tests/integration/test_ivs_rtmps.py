"""Stream keys for a stage on IVS: made for one publication, counted, and gone with it however it ends."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest

from components.errors import JoinRefused, StageError, StageUnreachable
from components.stage.ivs import IvsRealTime
from components.stage.ivs_rtmps import IvsRtmps
from components.stage.own_stage import OwnStage
from components.stage.publication import State
from components.stage.publisher import Publisher
from components.stage.token_source import MintedTokens
from components.stage.webrtc_destinations import IvsStage
from tests.fake_ivs import ARN, REGION, STREAM_KEY, FakeIvs
from tests.fake_media import ToneMedia
from tests.patience import until
from tests.rtmp_server import RtmpServer, free_port


class Count:
    """An allowance without a limit. While `gate` is closed, nothing is made."""

    def __init__(self) -> None:
        self.made = self.failed = 0
        self.entered, self.gate = threading.Event(), threading.Event()
        self.gate.set()

    @contextmanager
    def one(self) -> Iterator[None]:
        self.entered.set()
        self.gate.wait(30)
        try:
            yield
        except StageError:
            self.failed += 1
            raise
        self.made += 1


@pytest.fixture
def api(fake: FakeIvs) -> IvsRealTime:
    """One that remembers no stage's addresses."""
    return IvsRealTime(REGION)


@pytest.fixture
async def media() -> AsyncIterator[ToneMedia]:
    media = ToneMedia()
    media.start()
    yield media
    media.stop()
    assert await asyncio.to_thread(media.join)


def never(error: StageError) -> None:
    pytest.fail(f"lost: {error}")


async def test_a_key_is_made_in_the_persons_name_and_deleted_with_the_stream(
    fake: FakeIvs, api: IvsRealTime, nginx: RtmpServer, media: ToneMedia
) -> None:
    fake.endpoints["rtmps"] = nginx.url
    count = Count()
    leg = await IvsRtmps(api, ARN, count.one, "anna").open(media, never)
    assert nginx.published.get_nowait() == STREAM_KEY
    assert fake.called("CreateIngestConfiguration")[0]["userId"] == "anna"
    assert (len(fake.ingests), count.made) == (1, 1)
    await leg.close()
    await leg.close()
    assert fake.ingests == {}
    assert len(fake.called("DeleteIngestConfiguration")) == 1


async def test_a_key_is_deleted_when_the_stream_does_not_begin(
    fake: FakeIvs, api: IvsRealTime, media: ToneMedia
) -> None:
    fake.endpoints["rtmps"] = f"rtmp://127.0.0.1:{free_port()}/app"
    with pytest.raises(StageUnreachable):
        await IvsRtmps(api, ARN, Count().one).open(media, never)
    await until(lambda: fake.called("DeleteIngestConfiguration") and not fake.ingests)


async def test_who_leaves_while_the_key_is_made_leaves_none(fake: FakeIvs, api: IvsRealTime, media: ToneMedia) -> None:
    count = Count()
    count.gate.clear()
    opening = asyncio.ensure_future(IvsRtmps(api, ARN, count.one).open(media, never))
    assert await asyncio.to_thread(count.entered.wait, 30)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    count.gate.set()
    await until(lambda: fake.called("DeleteIngestConfiguration") and not fake.ingests)
    assert len(fake.called("CreateIngestConfiguration")) == 1


@pytest.mark.parametrize("live", [True, False])
def test_a_server_that_ends_leaves_no_key(fake: FakeIvs, api: IvsRealTime, nginx: RtmpServer, live: bool) -> None:
    """Its loop ends as `asyncio.run` ends one: by cancelling every task at once."""
    fake.endpoints["rtmps"] = nginx.url
    media, count = ToneMedia(), Count()

    async def serve() -> None:
        publisher = Publisher(asyncio.get_running_loop())
        publisher.join(IvsRtmps(api, ARN, count.one), media)
        if live:
            await until(lambda: publisher.snapshot().state is State.LIVE, 30)
        else:
            count.gate.clear()
            assert await asyncio.to_thread(count.entered.wait, 30)

    asyncio.run(serve())
    count.gate.set()
    asyncio.run(until(lambda: fake.called("DeleteIngestConfiguration") and not fake.ingests))
    assert media.join()


async def test_each_attempt_to_come_back_is_counted_and_none_that_reached_nobody(
    fake: FakeIvs, api: IvsRealTime, media: ToneMedia
) -> None:
    count = Count()
    destination = IvsStage(MintedTokens(api, ARN, count.one), f"http://127.0.0.1:{free_port()}/")
    for _ in range(3):
        with pytest.raises(StageUnreachable):
            await destination.open(media, never)
    assert count.made == len(fake.called("CreateParticipantToken")) == 1
    fake.plan.append("ValidationException")
    with pytest.raises(JoinRefused):
        MintedTokens(api, ARN, count.one).viewer_token()
    MintedTokens(api, ARN, count.one).viewer_token()
    assert (count.made, count.failed) == (2, 1)


def test_one_stage_is_made_for_everybody_and_its_arn_is_the_owners(
    fake: FakeIvs, api: IvsRealTime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    own, count, found = OwnStage(), Count(), []
    fake.plan.append("ValidationException")
    with pytest.raises(JoinRefused):
        own.get(api, count.one)
    visitors = [threading.Thread(target=lambda: found.append(own.get(api, count.one).arn)) for _ in range(4)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert len(found) == 4
    assert len(set(found)) == count.made == count.failed == 1
    assert found[0] in caplog.text
