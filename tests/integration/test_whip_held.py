"""A WHIP server that still holds the session of a connection that broke, as Janus does: 403 until that is deleted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from components.stage import whip_attempts
from components.stage.publication import State
from components.stage.webrtc_destinations import WhipEndpoint
from tests.fake_media import ToneMedia
from tests.fake_stage import FakeStage
from tests.fake_stage_media import Publication
from tests.patience import until
from tests.publisher_stand import WAIT, Stand


class HoldingStage(FakeStage):
    """One session at a time. It is held until its DELETE arrives; `lost_deletes` of them do not."""

    lost_deletes = 0
    refusal = 403
    refused = 0

    async def _publish(self, request: web.Request) -> web.Response:
        if any(isinstance(session, Publication) for session in self._sessions.values()):
            self.refused += 1
            return web.Response(status=self.refusal, text="Endpoint already publishing")
        return await super()._publish(request)

    async def _delete(self, request: web.Request) -> web.Response:
        if self.lost_deletes > 0:
            self.lost_deletes -= 1
            assert request.transport is not None
            request.transport.close()
            return web.Response(status=503)
        return await super()._delete(request)

    def forget(self) -> None:
        """As a server does that has waited for long enough."""
        self._sessions.clear()


@pytest.fixture
async def stage() -> AsyncIterator[HoldingStage]:
    async with HoldingStage() as it:
        yield it


@pytest.fixture
async def stand(stage: HoldingStage) -> AsyncIterator[Stand]:
    it = Stand(stage)
    yield it
    it.publisher.leave()
    assert await asyncio.get_running_loop().run_in_executor(None, it.publisher.wait, WAIT)
    assert await asyncio.get_running_loop().run_in_executor(None, it.media.join)


def join(stage: HoldingStage, stand: Stand, destination: str) -> None:
    if destination == "IVS stage":
        stand.join()
    else:
        stand.publisher.join(WhipEndpoint(f"{stage.regional_url}/", stand.token, private=True), stand.media)


@pytest.mark.parametrize("destination", ["IVS stage", "WHIP endpoint"])
async def test_a_session_whose_delete_was_lost_is_deleted_before_the_next_offer(
    stage: HoldingStage, stand: Stand, destination: str
) -> None:
    join(stage, stand, destination)
    first = await stage.publication()
    await stand.until(State.LIVE)
    stage.lost_deletes = 3
    await stage.drop()
    await stand.until(State.LIVE)
    assert stage.refused > 0
    assert stage.deleted == [first.participant_id]
    assert not any(snapshot.state is State.FAILED for snapshot in stand.history)
    assert any("still holds the stream" in (snapshot.reason or "") for snapshot in stand.history)
    await stand.leave()
    assert len(stage.deleted) == 2


@pytest.mark.parametrize("refusal", [400, 403, 409, 422, 423])
async def test_a_server_that_lets_go_of_the_old_session_by_itself_is_waited_for(
    stage: HoldingStage, stand: Stand, refusal: int
) -> None:
    join(stage, stand, "WHIP endpoint")
    await stage.publication()
    await stand.until(State.LIVE)
    stage.lost_deletes, stage.refusal = 1000, refusal
    await stage.drop()
    async with asyncio.timeout(WAIT):
        while stage.refused < 2:
            await stage.happening()
    stage.forget()
    await stand.until(State.RECONNECTING, State.LIVE)
    stage.lost_deletes = 0


@pytest.mark.parametrize("refusal", [400, 403, 422])
async def test_who_joins_for_the_first_time_reads_at_once_what_is_wrong(
    stage: HoldingStage, stand: Stand, refusal: int
) -> None:
    stage.plan += [refusal]
    join(stage, stand, "WHIP endpoint")
    failed = await stand.until(State.FAILED)
    assert "still holds" not in (failed.reason or "")
    assert not any(snapshot.state is State.RECONNECTING for snapshot in stand.history)


async def test_who_leaves_while_the_network_is_cut_can_join_again(
    stage: HoldingStage, stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whip_attempts, "AGAIN_SECONDS", 0.2)
    join(stage, stand, "WHIP endpoint")
    await stage.publication()
    await stand.until(State.LIVE)
    stage.lost_deletes = 2
    await stand.leave()
    assert stage.deleted == []
    await until(lambda: stage.deleted)
    stand.media = ToneMedia()
    join(stage, stand, "WHIP endpoint")
    await stand.until(State.LIVE)


async def test_a_token_that_is_refused_after_a_loss_ends_it(stage: HoldingStage, stand: Stand) -> None:
    join(stage, stand, "WHIP endpoint")
    await stage.publication()
    await stand.until(State.LIVE)
    stage.lost_deletes, stage.refusal = 1000, 401
    await stage.drop()
    assert "bearer token" in ((await stand.until(State.FAILED)).reason or "")
    stage.lost_deletes = 0
