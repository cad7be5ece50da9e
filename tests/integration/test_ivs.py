"""Amazon IVS's control plane by real boto3, over loopback HTTP, against a service that keeps to botocore's model."""

import asyncio
import logging
import traceback
from collections.abc import Callable
from contextlib import nullcontext

import botocore.exceptions as boto
import pytest
from botocore.session import get_session

from components.errors import (
    BadStageAnswer,
    JoinRefused,
    StageAccessRefused,
    StageBusy,
    StageError,
    StageUnreachable,
)
from components.stage import ivs
from components.stage.ivs import IvsRealTime
from components.stage.ivs_errors import WHY_DROPPED, translated
from components.stage.token_source import MintedTokens
from components.stage.tokens import Capability
from components.stage.webrtc_destinations import IvsStage
from tests.dummy_account import SECRET
from tests.fake_ivs import ARN, REGION, SESSION, STREAM_KEY, FakeIvs, model
from tests.fake_media import ToneMedia
from tests.fake_stage import FakeStage
from tests.fake_stage_tokens import TOPIC
from tests.integration.conftest import EVENTS, WHIP


def test_a_stage_is_made_and_one_that_is_gone_is_missed(api: IvsRealTime, fake: FakeIvs) -> None:
    made = api.create_stage("my-studio")
    assert (made.name, made.whip_url, made.events_url) == ("my-studio", WHIP, EVENTS)
    assert made.rtmps_url is not None
    del fake.stages[made.arn]
    with pytest.raises(JoinRefused, match="IVS_STAGE_ARN"):
        api.participants(made.arn)


def test_a_stages_addresses_are_asked_for_once_a_day(fake: FakeIvs) -> None:
    now = [0.0]
    api = IvsRealTime(REGION, clock=lambda: now[0])
    assert api.stage(ARN) == api.stage(ARN)
    assert len(fake.called("GetStage")) == 1
    now[0] += ivs.ENDPOINTS_S
    api.stage(ARN)
    assert len(fake.called("GetStage")) == 2


def test_tokens_for_publishing_and_for_watching_are_two(api: IvsRealTime, fake: FakeIvs) -> None:
    source = MintedTokens(api, ARN, nullcontext, user_id="anna")
    publish, viewer = source.publish_token(), source.viewer_token()
    assert (publish.can_publish, publish.can_subscribe) == (True, False)
    assert (viewer.can_publish, viewer.can_subscribe) == (False, True)
    assert publish.participant_id != viewer.participant_id
    assert (publish.user_id, publish.topic, publish.stage_arn, publish.whip_url) == ("anna", TOPIC, ARN, WHIP)
    assert publish.expires_at is not None
    assert source.expires_at is None
    first, second = fake.called("CreateParticipantToken")
    assert first == {"stageArn": ARN, "duration": 720, "capabilities": ["PUBLISH"], "userId": "anna"}
    assert second == {"stageArn": ARN, "duration": 720, "capabilities": ["SUBSCRIBE"]}


def test_a_token_of_a_later_format_is_used_as_it_is(api: IvsRealTime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fake_ivs.issue", lambda *_, **__: "v2-opaque")
    token = api.participant_token(ARN, (Capability.PUBLISH,))
    assert token.secret.reveal() == "v2-opaque"
    assert (token.can_publish, token.can_subscribe, token.topic) == (True, False, TOPIC)
    assert token.expires_at is not None


def test_who_is_there(api: IvsRealTime, fake: FakeIvs) -> None:
    assert api.participants(ARN) == ()
    assert fake.called("ListParticipants") == []
    joined = "2026-11-25T20:00:00+00:00"
    one = {"participantId": "p-1", "userId": "anna", "state": "CONNECTED", "published": True, "firstJoinTime": joined}
    two = {"participantId": "p-2", "userId": "", "state": "CONNECTED", "published": True}
    watching = {"participantId": "p-3", "userId": "carl", "state": "CONNECTED", "published": False}
    gone = {"participantId": "p-4", "userId": "dora", "state": "DISCONNECTED", "published": True}
    fake.participants = [one, two, watching, gone]
    found = api.participants(ARN)
    assert [(p.id, p.name) for p in found] == [("p-1", "anna"), ("p-2", "Guest")]
    assert found[0].joined_at == 1795636800.0
    assert fake.called("ListParticipants")[0]["sessionId"] == SESSION


def test_why_a_stream_was_dropped(api: IvsRealTime, fake: FakeIvs) -> None:
    assert api.why_dropped(ARN, "p-1") is None
    (event,) = [model().shape_for("Event")]
    assert set(event.members["errorCode"].enum) - set(WHY_DROPPED) == {"PUBLISHER_NOT_FOUND"}
    fake.events = [{"name": "JOINED", "participantId": "p-1", "eventTime": "2026-11-25T20:00:00Z"}]
    assert api.why_dropped(ARN, "p-1") is None
    for minute, code in enumerate(["BITRATE_EXCEEDED", "B_FRAME_PRESENT"]):
        time = f"2026-11-25T20:0{minute}:00Z"
        fake.events.append({"name": "PUBLISH_ERROR", "participantId": "p-1", "eventTime": time, "errorCode": code})
    fake.events.reverse()
    why = api.why_dropped(ARN, "p-1")
    assert isinstance(why, JoinRefused)
    assert "B-frames" in str(why)


def test_a_way_in_by_rtmps(api: IvsRealTime, fake: FakeIvs) -> None:
    ingest = api.create_ingest(ARN, user_id="anna")
    assert ingest.stream_key.reveal() == STREAM_KEY
    assert STREAM_KEY not in repr(ingest)
    assert ingest.url.startswith("rtmps://")
    assert fake.called("CreateIngestConfiguration") == [{"ingestProtocol": "RTMPS", "stageArn": ARN, "userId": "anna"}]
    api.delete_ingest(ingest)
    assert fake.ingests == {}
    with pytest.raises(JoinRefused):
        api.delete_ingest(ingest)


def test_neither_tokens_nor_keys_are_in_the_fullest_log(
    fake: FakeIvs, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session-token-example")
    caplog.set_level(logging.DEBUG)
    api = IvsRealTime(REGION)
    token = api.participant_token(ARN, (Capability.PUBLISH,))
    api.create_ingest(ARN)
    assert "CreateParticipantToken" in caplog.text
    for secret in (token.secret.reveal(), STREAM_KEY, "session-token-example", SECRET):
        assert secret not in caplog.text


CALLS: dict[str, Callable[[IvsRealTime], object]] = {
    "CreateStage": lambda api: api.create_stage("studio"),
    "GetStage": lambda api: api.participants(ARN),
    "CreateParticipantToken": lambda api: api.participant_token(ARN, (Capability.PUBLISH,)),
    "CreateIngestConfiguration": lambda api: api.create_ingest(ARN),
}
KINDS = {
    "ValidationException": JoinRefused,
    "AccessDeniedException": StageAccessRefused,
    "ResourceNotFoundException": JoinRefused,
    "ServiceQuotaExceededException": JoinRefused,
    "PendingVerification": StageAccessRefused,
    "ConflictException": StageBusy,
    "ThrottlingException": StageBusy,
    "InternalServerException": StageBusy,
    "UnrecognizedClientException": StageAccessRefused,
    "ExpiredTokenException": StageAccessRefused,
    "InvalidSignatureException": StageAccessRefused,
}


def modelled() -> list[tuple[str, str]]:
    shared = ["ThrottlingException", "InternalServerException", "UnrecognizedClientException", "ExpiredTokenException"]
    return [
        (operation, code)
        for operation in CALLS
        for code in [shape.name for shape in model().operation_model(operation).error_shapes] + shared
    ]


@pytest.mark.parametrize(("operation", "code"), modelled())
def test_every_error_in_the_model_becomes_a_sentence(
    api: IvsRealTime, fake: FakeIvs, operation: str, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    api.stage(ARN)  # Kept from now on.
    fake.plan.extend([code] * 3)
    with pytest.raises(StageError) as caught:
        CALLS[operation](api)
    assert type(caught.value) is KINDS[code]
    assert caught.value.__suppress_context__
    shown = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert "is not happy" not in shown
    assert ARN not in shown
    if code == "AccessDeniedException":
        assert f"ivs:{operation}" in str(caught.value)


def test_a_moments_trouble_is_asked_through(api: IvsRealTime, fake: FakeIvs) -> None:
    fake.plan.extend(["ThrottlingException", "InternalServerException"])
    assert api.participants(ARN) == ()
    assert len(fake.called("GetStage")) == 3


def test_what_is_no_answer(api: IvsRealTime, fake: FakeIvs) -> None:
    fake.plan.extend(["html"] * 3)
    with pytest.raises(BadStageAnswer):
        api.create_stage("studio")


def test_silence_and_nobody_there(fake: FakeIvs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ivs, "READ_S", 0.2)
    fake.plan.extend(["silence"] * 3)
    with pytest.raises(StageUnreachable, match="IVS_REGION"):
        IvsRealTime(REGION).stage(ARN)
    monkeypatch.setenv("AWS_ENDPOINT_URL_IVS_REALTIME", "http://127.0.0.1:9")
    with pytest.raises(StageUnreachable):
        IvsRealTime(REGION).stage(ARN)


def test_without_credentials_it_says_what_to_set(fake: FakeIvs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(StageAccessRefused, match="paste a participant token"):
        IvsRealTime(REGION).stage(ARN)
    assert fake.seen == []


@pytest.mark.parametrize("arn", ["", "arn:aws:ivs:us-west-2:1:channel/x", "x" * 200])
def test_an_arn_that_is_none(api: IvsRealTime, arn: str) -> None:
    with pytest.raises(JoinRefused, match="IVS_STAGE_ARN"):
        api.stage(arn)


def test_every_exception_of_botocore_has_a_sentence() -> None:
    for kind in vars(boto).values():
        if isinstance(kind, type) and issubclass(kind, boto.BotoCoreError) and kind is not boto.BotoCoreError:
            error = kind.__new__(kind)
            Exception.__init__(error, SECRET)
            said = translated(error, "GetStage", REGION)
            assert SECRET not in str(said)
            assert str(said).endswith(".")


def test_the_regions_are_those_of_the_service() -> None:
    assert REGION in get_session().get_available_regions("ivs-realtime")


async def test_minted_tokens_join_the_stage_and_a_drop_is_explained(fake: FakeIvs) -> None:
    media, lost = ToneMedia(), asyncio.get_running_loop().create_future()
    async with FakeStage() as stage:
        fake.endpoints |= {"whip": stage.regional_url, "events": stage.events_url}
        media.start()
        destination = IvsStage(MintedTokens(IvsRealTime(REGION), ARN, nullcontext), stage.whip_url)
        leg = await destination.open(media, lost.set_result)
        first = await stage.publication()
        said = {"name": "PUBLISH_ERROR", "participantId": first.participant_id, "errorCode": "QUOTA_EXCEEDED"}
        fake.events = [said]
        await stage.drop()
        error = await asyncio.wait_for(lost, 30)
        await leg.close()
        again = await destination.open(media, lost.set_result)
        assert (await stage.publication(since=1)).participant_id != first.participant_id
        await again.close()
    media.stop()
    assert isinstance(error, JoinRefused)
    assert "publishers" in str(error)
    assert len(fake.called("CreateParticipantToken")) == 2
