"""Amazon Bedrock by real boto3, over loopback HTTP, against a service that takes nothing it would not take in life."""

from __future__ import annotations

import io
import logging
import os
import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.exceptions as boto
import httpx
import pytest
import trustme
import urllib3
from PIL import Image

from components import aws
from components.backgrounds import bedrock
from components.backgrounds.bedrock import BedrockGenerator, credentials_available
from components.backgrounds.bedrock_catalogue import KEPT_S, Catalogue
from components.backgrounds.bedrock_clients import READ_S, Boto3Clients
from components.backgrounds.bedrock_errors import translated
from components.backgrounds.budget import NOT_BILLED, Budget
from components.backgrounds.generator import GeneratedImage, ImageRequest
from components.backgrounds.patience import ATTEMPTS
from components.errors import (
    AccessRefused,
    BadAnswer,
    ContentRefused,
    GenerationError,
    GenerationTimeout,
    GeneratorBusy,
    GeneratorUnreachable,
    ModelGone,
    PromptRejected,
)
from tests.dummy_account import SECRET, dummy_account
from tests.fake_bedrock import FakeBedrock
from tests.fake_bedrock_bodies import BODIES, colour_of
from tests.fake_bedrock_refusals import REFUSALS

CORE, ULTRA, SD35 = (
    "stability.stable-image-core-v1:1",
    "stability.stable-image-ultra-v1:1",
    "stability.sd3-5-large-v1:0",
)
NOVA = "amazon.nova-canvas-v1:0"
REGION = "us-west-2"
PROMPT = "a beach nobody else knows"


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> None:
    aws.credentials_available.cache_clear()
    dummy_account(monkeypatch)


@pytest.fixture(scope="module")
def service() -> Iterator[FakeBedrock]:
    with FakeBedrock(slow_s=0.5) as server:
        yield server


@pytest.fixture
def fake(service: FakeBedrock, monkeypatch: pytest.MonkeyPatch) -> FakeBedrock:
    """The service, in an account that still has every retired model."""
    service.forget(still=[model for model in BODIES if model not in (CORE, ULTRA, SD35)])
    _point_at(monkeypatch, service.url)
    return service


@cache  # A tenth of a second for each client, and a hundred tests.
def _clients(endpoint: str, read_s: float) -> Boto3Clients:
    return Boto3Clients(REGION, read_s=read_s)


def _point_at(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK", url)


class Patience:
    """What a generator reports, and how long it would have slept."""

    def __init__(self, clients: Callable[..., Boto3Clients] = _clients) -> None:
        self._clients = clients
        self.reports: list[str | None] = []
        self.naps: list[float] = []

    def generator(self, *arguments: Any, read_s: float = READ_S) -> BedrockGenerator:
        clients = self._clients(os.environ["AWS_ENDPOINT_URL_BEDROCK"], read_s)
        return BedrockGenerator(REGION, *arguments, clients=clients, sleep=self.naps.append)

    def generate(self, prompt: str = PROMPT, **wishes: Any) -> GeneratedImage:
        return self.generator().generate(ImageRequest(prompt, **({"model": CORE} | wishes)), self.reports.append)


@pytest.fixture
def patience() -> Patience:
    return Patience()


@pytest.fixture
def newcomer(monkeypatch: pytest.MonkeyPatch) -> Patience:
    """The same, with clients of its own: they read the environment anew."""
    _point_at(monkeypatch, "http://127.0.0.1:9")
    return Patience(_clients.__wrapped__)


def colour(image: GeneratedImage) -> tuple[int, int, int]:
    with Image.open(io.BytesIO(image.data)) as picture:
        assert picture.size == (image.width, image.height)
        pixel = picture.convert("RGB").getpixel((image.width // 2, image.height // 2))
    assert isinstance(pixel, tuple)
    return pixel[0], pixel[1], pixel[2]


@pytest.mark.parametrize("model", BODIES)
def test_a_prompt_becomes_the_picture_of_that_prompt(model: str, fake: FakeBedrock, patience: Patience) -> None:
    image = patience.generate(model=model, negative_prompt="people", aspect_ratio="4:3", seed=77)
    assert (image.seed, image.model, image.generator, image.media_type) == (77, model, "Amazon Bedrock", "image/png")
    assert colour(image) == colour_of(PROMPT, 77)
    assert image.cost is not None
    assert 0 < image.seconds < 60
    assert image.note is None
    assert [seen.model for seen in fake.seen] == [model]
    assert patience.reports == []


@pytest.mark.parametrize("model", [CORE, NOVA])
def test_without_a_seed_each_picture_is_another_and_its_seed_makes_it_again(
    model: str, fake: FakeBedrock, patience: Patience
) -> None:
    one, other = patience.generate(model=model), patience.generate(model=model)
    assert one.seed is not None
    assert one.seed != other.seed
    assert colour(one) == colour_of(PROMPT, one.seed)
    assert patience.generate(model=model, seed=one.seed).data == one.data


def test_the_seed_that_is_told_is_the_one_that_was_used(fake: FakeBedrock, patience: Patience) -> None:
    image = patience.generate(model=NOVA, seed=4_000_000_000)
    assert image.seed == 4_000_000_000 % 858_993_460
    assert colour(image) == colour_of(PROMPT, image.seed)


def test_seconds_are_measured(fake: FakeBedrock, patience: Patience) -> None:
    assert 0.5 <= patience.generate("beach [slow]").seconds < 5


def test_the_default_is_the_configured_model_else_the_first(fake: FakeBedrock, patience: Patience) -> None:
    assert patience.generator().generate(ImageRequest("x"), print).model == CORE
    assert patience.generator(SD35).generate(ImageRequest("x"), print).model == SD35
    assert [seen.model for seen in fake.seen] == [CORE, SD35]


def test_an_arn_is_called_but_never_told(fake: FakeBedrock, patience: Patience) -> None:
    arn = f"arn:aws:bedrock:us-west-2:123456789012:inference-profile/us.{CORE}"
    generator = patience.generator(arn)
    image = generator.generate(ImageRequest("x"), print)
    assert fake.seen[0].model == arn
    assert image.model == generator.models()[0].id == f"us.{CORE}"
    assert "123456789012" not in f"{generator.models()}"


def test_a_guardrail_is_sent_where_there_is_one(fake: FakeBedrock, patience: Patience) -> None:
    for arguments in ((CORE, "gr-1", "3"), (CORE, "gr-1"), (CORE,)):
        patience.generator(*arguments).generate(ImageRequest("x"), print)
    sent = [
        [seen.headers.get(f"x-amzn-bedrock-guardrail{what}") for what in ("identifier", "version")]
        for seen in fake.seen
    ]
    assert sent == [["gr-1", "3"], ["gr-1", "DRAFT"], [None, None]]


def test_a_bedrock_api_key_is_enough(newcomer: Patience, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By https alone: botocore does not send it otherwise."""
    authority, tls = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "bedrock-api-key")
    assert credentials_available()
    with FakeBedrock(tls=tls) as fake:
        _point_at(monkeypatch, fake.url)
        assert newcomer.generate().data
        assert fake.seen[0].headers["authorization"] == "Bearer bedrock-api-key"
        trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
        with pytest.raises(GeneratorUnreachable, match="AWS_CA_BUNDLE"):
            newcomer.generate()


@pytest.mark.parametrize("behaviour", ["throttle", "not-ready", "internal", "unavailable", "gateway"])
def test_a_busy_service_is_asked_again_and_that_is_said(behaviour: str, fake: FakeBedrock, patience: Patience) -> None:
    fake.plan.extend([behaviour, behaviour])
    image = patience.generate(seed=7)
    assert colour(image) == colour_of(PROMPT, 7)
    assert len(fake.seen) == 3
    assert 1 <= patience.naps[0] <= 2 <= patience.naps[1] <= 3
    words = [(f"Busy, trying again in {nap:.0f} s", None, "Trying again") for nap in patience.naps]
    assert patience.reports == [word for nap in words for word in nap]


def test_patience_ends(fake: FakeBedrock, patience: Patience) -> None:
    with pytest.raises(GeneratorBusy, match="wait a minute"):
        patience.generate("beach [throttle]")
    assert len(fake.seen) == ATTEMPTS == len(patience.naps) + 1
    assert patience.naps == sorted(patience.naps)
    assert len({nap % 1 for nap in patience.naps}) == len(patience.naps), "no jitter"


def test_a_timeout_is_never_tried_again(fake: FakeBedrock, patience: Patience) -> None:
    """The picture may have been made and billed. Nor may botocore do it: its own modes would."""
    with pytest.raises(GenerationTimeout, match="may have been billed"):
        patience.generator(read_s=0.3).generate(ImageRequest("beach [hang]", model=CORE), patience.reports.append)
    assert patience.generate("lake").data  # Time enough for a second try of anybody.
    assert [seen.body["prompt"] for seen in fake.seen] == ["beach [hang]", "lake"]
    assert patience.reports == patience.naps == []


def test_the_clients_wait_as_long_as_a_picture_may_take() -> None:
    config = Boto3Clients(REGION).runtime().meta.config
    assert (config.connect_timeout, config.read_timeout) == (10, 120)
    assert config.retries["total_max_attempts"] == 1


def test_the_number_of_attempts_in_the_environment_changes_nothing(
    newcomer: Patience, fake: FakeBedrock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "4")
    monkeypatch.setenv("AWS_RETRY_MODE", "adaptive")
    with pytest.raises(GenerationTimeout):
        newcomer.generator(read_s=0.3).generate(ImageRequest("beach [hang]", model=CORE), print)
    assert len(fake.seen) == 1


@pytest.mark.parametrize("behaviour", ["drop", "half"])
def test_a_broken_connection_is_not_tried_again_either(behaviour: str, fake: FakeBedrock, patience: Patience) -> None:
    with pytest.raises(GenerationTimeout, match=r"broke.*billed"):
        patience.generate(f"beach [{behaviour}]")
    assert len(fake.seen) == 1


def test_an_answer_that_only_trickles_in_is_given_up(
    fake: FakeBedrock, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bedrock, "READ_S", -1.0)
    with pytest.raises(GenerationTimeout, match="too slowly"):
        patience.generate()


def test_an_answer_without_end_is_given_up(
    fake: FakeBedrock, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bedrock, "MOST_BYTES", 100)
    with pytest.raises(BadAnswer, match="larger than AWS allows"):
        patience.generate()


WHAT_IT_MEANS = {
    "model-timeout": (GenerationTimeout, "may have been billed"),
    "gateway-timeout": (GenerationTimeout, "may have been billed"),
    "model-error": (BadAnswer, "may have been billed"),
    "quota": (AccessRefused, "Service Quotas page"),
    "denied": (AccessRefused, "bedrock:InvokeModel"),
    "scp": (AccessRefused, "service control policy"),
    "marketplace": (AccessRefused, "aws-marketplace:Subscribe"),
    "legacy": (ModelGone, CORE),
    "no-guardrail-right": (AccessRefused, "bedrock:ApplyGuardrail"),
    "bad-api-key": (AccessRefused, "AWS_BEARER_TOKEN_BEDROCK"),
    "eol": (ModelGone, f"end of its life; use {CORE}, {SD35} or {ULTRA} in us-west-2"),
    "no-such-model": (ModelGone, CORE),
    "wrong-region": (ModelGone, "BEDROCK_REGION"),
    "profile-only": (ModelGone, "inference profile"),
    "no-guardrail": (AccessRefused, "BEDROCK_GUARDRAIL_ID"),
    "blocked": (ContentRefused, "refused by the model's content filter"),
    "invalid": (PromptRejected, "did not accept"),
    "expired": (AccessRefused, "aws sso login"),
    "unknown-key": (AccessRefused, "AWS_ACCESS_KEY_ID"),
    "bad-signature": (AccessRefused, "AWS_SECRET_ACCESS_KEY"),
    "clock": (AccessRefused, "clock"),
    "payment": (AccessRefused, "no valid means of payment"),
    "account-blocked": (AccessRefused, "blocked this account"),
    "account-not-opened": (AccessRefused, "may not use Amazon Bedrock in us-west-2"),
    "account-verifying": (AccessRefused, "verify this account"),
    "api-key-expired": (AccessRefused, "API key has expired"),
    "api-key-malformed": (AccessRefused, "does not accept the Bedrock API key"),
    "tokens-per-day": (AccessRefused, "quota for this day"),
    "no-model-access": (AccessRefused, "no access to the model yet"),
    "marketplace-pending": (AccessRefused, "subscription to this model is not complete"),
    "region-not-enabled": (AccessRefused, "in us-west-2"),
    "explicit-deny": (AccessRefused, "denies bedrock:InvokeModel explicitly"),
    "use-case": (AccessRefused, "use case details"),
    "session-expired": (AccessRefused, "session has expired"),
    "skewed": (AccessRefused, "clock"),
    "unheard-of": (BadAnswer, "not known here"),
    "refused": (ContentRefused, "refused by the model's content filter"),
    "guarded": (ContentRefused, "guardrail"),
    "no-json": (BadAnswer, "could not be read"),
    "no-picture": (BadAnswer, "no picture"),
    "no-such-file": (BadAnswer, "no PNG or JPEG"),
}
TRIED_AGAIN = {"throttle", "not-ready", "internal", "unavailable", "gateway"}


def test_each_block_of_an_account_has_a_sentence_of_its_own() -> None:
    blocks = [name for name in WHAT_IT_MEANS if name.startswith(("account-", "api-key-", "marketplace", "explicit"))]
    blocks += ["payment", "tokens-per-day", "no-model-access", "region-not-enabled", "scp", "session-expired", "denied"]
    sentences = set()
    for name in blocks:
        refusal = REFUSALS[name]
        answer: Any = {
            "Error": {"Code": refusal.code, "Message": refusal.message},
            "ResponseMetadata": {"HTTPStatusCode": refusal.status},
        }
        sentences.add(str(translated(boto.ClientError(answer, "InvokeModel"), REGION)))
    assert len(sentences) == len(blocks)


class Breaking:
    """The body of an answer that breaks off with this error, after the model has said yes."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def read(self, _: int) -> bytes:
        raise self._error


@pytest.mark.parametrize(
    "error",
    [
        boto.SSLError(endpoint_url="x", error="certificate verify failed"),
        boto.EndpointConnectionError(endpoint_url="x"),
        boto.ConnectTimeoutError(endpoint_url="x"),
        boto.ProxyConnectionError(proxy_url="x"),
        boto.NoCredentialsError(),
        boto.ParamValidationError(report="x"),
        boto.ReadTimeoutError(endpoint_url="x"),
        boto.ResponseStreamingError(error="x"),
        boto.IncompleteReadError(actual_bytes=1, expected_bytes=2),
        boto.ClientError({"Error": {"Code": "ThrottlingException"}}, "InvokeModel"),
        ssl.SSLError("x"),
        ConnectionResetError(),
        urllib3.exceptions.SSLError("x"),
    ],
)
def test_an_answer_that_breaks_off_after_the_request_was_sent_stays_counted(
    error: Exception, tmp_path: Path, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clients:
        def runtime(self) -> Any:
            return SimpleNamespace(invoke_model=lambda **_: {"body": Breaking(error)})

        catalogue = runtime

    generator = BedrockGenerator(REGION, CORE, clients=Clients(), sleep=patience.naps.append)
    budget = Budget(tmp_path / "budget.sqlite")
    with pytest.raises(GenerationError) as caught, budget.reserve("ada"):
        generator.generate(ImageRequest("x", model=CORE), print)
    assert not isinstance(caught.value, NOT_BILLED)
    assert budget.left("ada").today == 199
    assert patience.naps == [], "tried again"


@pytest.mark.parametrize(
    "error",
    [
        boto.SSLError(endpoint_url="x", error="EOF occurred in violation of protocol (_ssl.c:2427)"),
        boto.SSLError(endpoint_url="x", error="[SSL: DECRYPTION_FAILED_OR_BAD_RECORD_MAC] decryption failed"),
        boto.ConnectionClosedError(endpoint_url="x"),
        boto.HTTPClientError(error="x"),
        boto.ReadTimeoutError(endpoint_url="x"),
        boto.ConnectionError(error="x"),
    ],
)
def test_a_connection_that_breaks_while_the_request_may_have_arrived_is_not_given_back(error: Exception) -> None:
    ours = translated(error, REGION)
    assert not isinstance(ours, NOT_BILLED)
    assert "billed" in str(ours)


def test_every_refusal_has_a_meaning() -> None:
    assert set(REFUSALS) <= WHAT_IT_MEANS.keys() | TRIED_AGAIN


@pytest.mark.parametrize("behaviour", WHAT_IT_MEANS)
def test_every_refusal_is_a_sentence_without_secrets(
    behaviour: str, fake: FakeBedrock, patience: Patience, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    kind, words = WHAT_IT_MEANS[behaviour]
    with pytest.raises(GenerationError, match=re.escape(words)) as caught:
        patience.generate(f"{PROMPT} [{behaviour}]")
    assert caught.type is kind
    assert str(caught.value).endswith(".")
    assert len(fake.seen) == 1, "tried again"
    shown = "".join((str(caught.value), caplog.text, *map(str, _chain(caught.value))))
    for secret in ("AKIA", SECRET, "arn:", "123456789012", PROMPT):
        assert secret not in shown


def _chain(error: BaseException) -> Iterator[BaseException]:
    """What a log of an error shows with it."""
    while (cause := error.__cause__ or (None if error.__suppress_context__ else error.__context__)) is not None:
        yield cause
        error = cause


def test_a_retired_model_that_is_gone_names_the_living(fake: FakeBedrock, patience: Patience) -> None:
    fake.still.clear()
    with pytest.raises(ModelGone, match=f"end of its life; use {CORE}"):
        patience.generate(model=NOVA)


def test_a_region_without_the_model_is_named(fake: FakeBedrock) -> None:
    with pytest.raises(ModelGone, match="no such model in eu-west-1; set BEDROCK_REGION to us-west-2"):
        BedrockGenerator("eu-west-1").generate(ImageRequest("x", model=CORE), print)


def test_a_model_without_negative_prompts_paints_without(
    fake: FakeBedrock, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(BODIES["stability.stable-image-core-v1:1"].model_fields, "negative_prompt")
    BODIES[CORE].model_rebuild(force=True)
    try:
        image = patience.generate(negative_prompt="people", seed=7)
    finally:
        monkeypatch.undo()
        BODIES[CORE].model_rebuild(force=True)
    assert colour(image) == colour_of(PROMPT, 7)
    assert image.note == "This model does not know what to leave out."
    assert [sorted(seen.body) for seen in fake.seen][1] == ["aspect_ratio", "output_format", "prompt", "seed"]


def test_too_long_a_prompt_is_never_sent(fake: FakeBedrock, patience: Patience) -> None:
    with pytest.raises(PromptRejected, match="at most 512"):
        patience.generate("x" * 513, model="amazon.titan-image-generator-v2:0")
    assert fake.seen == []


def test_several_threads_share_a_generator(fake: FakeBedrock, patience: Patience) -> None:
    generator = patience.generator()
    requests = [ImageRequest("x", seed=seed, model=CORE) for seed in range(1, 9)]
    with ThreadPoolExecutor(4) as pool:
        images = list(pool.map(lambda request: generator.generate(request, print), requests))
    assert [colour(image) for image in images] == [colour_of("x", seed) for seed in range(1, 9)]


# Nothing to connect to, or nobody to connect as.


def test_nobody_listening_is_unreachable(newcomer: Patience, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        _point_at(monkeypatch, f"http://127.0.0.1:{free.getsockname()[1]}")
        with pytest.raises(GeneratorUnreachable, match="us-west-2"):
            newcomer.generate()
    assert newcomer.naps == []


def test_a_proxy_that_is_not_there_is_named(newcomer: Patience, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    _point_at(monkeypatch, "http://bedrock.example:80")
    with pytest.raises(GeneratorUnreachable, match="HTTPS_PROXY"):
        newcomer.generate()


def test_no_credentials(newcomer: Patience, fake: FakeBedrock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert not credentials_available()
    with pytest.raises(AccessRefused, match="No AWS credentials"):
        newcomer.generate()
    assert fake.seen == []


def test_half_of_the_credentials(newcomer: Patience, fake: FakeBedrock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert credentials_available(), "somebody wanted Bedrock"
    with pytest.raises(AccessRefused, match="incomplete"):
        newcomer.generate()


def test_a_profile_that_is_not_there(newcomer: Patience, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert credentials_available(), "somebody wanted Bedrock"
    with pytest.raises(AccessRefused, match="AWS_PROFILE"):
        newcomer.generate()


def test_an_sso_sign_in_that_never_was(
    newcomer: Patience, fake: FakeBedrock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    (tmp_path / "config").write_text(
        "[profile work]\nsso_session=s\nsso_account_id=123456789012\nsso_role_name=r\n"
        "[sso-session s]\nsso_start_url=https://example.awsapps.com/start\nsso_region=us-west-2\n"
    )
    assert credentials_available()
    with pytest.raises(AccessRefused, match="aws sso login"):
        newcomer.generate()
    assert fake.seen == []


def test_a_region_that_is_none() -> None:
    with pytest.raises(ModelGone, match="BEDROCK_REGION"):
        BedrockGenerator("us west 2!").generate(ImageRequest("x", model=CORE), print)


def test_a_metadata_service_that_does_not_answer_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}/")
        started = time.monotonic()
        assert not credentials_available()
        assert time.monotonic() - started < 10
        # Pictures and stage both ask: the second waits for nothing.
        monkeypatch.setattr(aws, "Session", None)
        assert not credentials_available()


ANSWERED = {"Error": {"Code": "ExpiredToken", "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": 400}}


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (boto.UnauthorizedSSOTokenError(), AccessRefused, "aws sso login"),
        (boto.SSOTokenLoadError(error_msg="x"), AccessRefused, "aws sso login"),
        (boto.TokenRetrievalError(provider="sso", error_msg="x"), AccessRefused, "aws sso login"),
        (boto.CredentialRetrievalError(provider="p", error_msg="x"), AccessRefused, "could not be fetched"),
        (boto.NoRegionError(), ModelGone, "BEDROCK_REGION"),
        (boto.ParamValidationError(report="x"), PromptRejected, "BEDROCK_MODEL_ID"),
        (boto.ConnectTimeoutError(endpoint_url="x"), GeneratorUnreachable, "cannot be reached"),
        (boto.SSLError(endpoint_url="x", error="x"), GeneratorUnreachable, "AWS_CA_BUNDLE"),
        (boto.ReadTimeoutError(endpoint_url="x"), GenerationTimeout, "billed"),
        (boto.ClientError(ANSWERED, "AssumeRole"), AccessRefused, "expired"),
        (boto.ClientError({}, "InvokeModel"), BadAnswer, "not known here"),
        (RuntimeError("arn:aws"), BadAnswer, "could not be asked"),
    ],
)
def test_what_cannot_be_staged_is_translated(error: Exception, kind: type[GenerationError], words: str) -> None:
    ours = translated(error, REGION)
    assert type(ours) is kind
    assert words in str(ours)


# What the picker offers.


def test_the_picker_offers_what_the_account_has(fake: FakeBedrock, patience: Patience) -> None:
    fake.still[:] = [NOVA]
    choices = patience.generator().models()
    assert [(choice.id, choice.retired) for choice in choices] == [
        (CORE, False),
        (SD35, False),
        (ULTRA, False),
        (NOVA, True),
    ]
    assert choices[0].name == "Stable Image Core"
    assert choices[0].cost == 0.04


def test_a_living_model_that_the_account_calls_legacy_is_retired(fake: FakeBedrock) -> None:
    fake.still[:] = [CORE]
    choices = BedrockGenerator("us-east-1").models()
    assert [(choice.id, choice.retired) for choice in choices] == [(CORE, True)]


def test_the_configured_model_is_first_even_if_it_is_retired(fake: FakeBedrock, patience: Patience) -> None:
    fake.still.clear()
    assert [choice.id for choice in patience.generator(NOVA).models()] == [NOVA, CORE, SD35, ULTRA]
    assert patience.generator(NOVA).models()[0].retired


def test_a_configured_model_that_nobody_knows_explains_itself(fake: FakeBedrock, patience: Patience) -> None:
    generator = patience.generator("meta.llama3")
    assert [choice.id for choice in generator.models()] == ["meta.llama3", CORE, SD35, ULTRA] + [
        model.id for model in generator.models()[4:]
    ]
    with pytest.raises(ModelGone, match=CORE):
        generator.generate(ImageRequest("x"), print)


def test_a_model_that_wants_a_picture_to_begin_with_is_not_offered() -> None:
    class Listed:
        def catalogue(self) -> Any:
            return self

        runtime = catalogue

        def list_foundation_models(self, **_: str) -> dict[str, Any]:
            needs = {CORE: ["IMAGE"], SD35: ["TEXT", "IMAGE"], ULTRA: []}
            return {"modelSummaries": [{"modelId": model, "inputModalities": needs[model]} for model in needs]}

    assert [choice.id for choice in Catalogue(Listed(), None).choices()] == [SD35]


def test_the_account_is_asked_once_an_hour(fake: FakeBedrock) -> None:
    now = 0.0
    catalogue = Catalogue(Boto3Clients(REGION), None, lambda: now)
    with ThreadPoolExecutor(4) as pool:
        assert len({pool.submit(catalogue.choices).result() for _ in range(4)}) == 1
    assert fake.listings == 1
    now = KEPT_S - 1
    catalogue.choices()
    assert fake.listings == 1
    now = KEPT_S
    catalogue.choices()
    assert fake.listings == 2


def test_without_an_answer_the_known_models_are_offered_and_it_is_asked_again_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    _point_at(monkeypatch, "http://127.0.0.1:9")
    catalogue = Catalogue(Boto3Clients(REGION), None, lambda: now)
    assert [choice.id for choice in catalogue.choices()] == [CORE, SD35, ULTRA]
    with FakeBedrock(still=[NOVA]) as fake:
        _point_at(monkeypatch, fake.url)
        asked_anew = Catalogue(Boto3Clients(REGION), None, lambda: now)
        assert asked_anew.choices()[-1].id == NOVA
        catalogue._clients = asked_anew._clients  # Its own would go on asking where nobody listens.
        assert catalogue.choices()[-1].id == ULTRA
        now = 301.0
        assert catalogue.choices()[-1].id == NOVA


# The fake itself: a test is worth what it refuses.


@pytest.mark.parametrize(
    "body",
    [
        b'{"prompt": "x", "mode": "text-to-image"}',
        b'{"prompt": "x", "seed": null}',
        b'{"prompt": "x", "seed": 4294967295}',
        b'{"prompt": "x", "aspect_ratio": "4:3"}',
        b'{"prompt": "x", "output_format": "PNG"}',
        b"{}",
        b"prompt",
    ],
)
def test_the_fake_refuses_what_the_service_refuses(body: bytes, fake: FakeBedrock) -> None:
    client = boto3.client("bedrock-runtime", region_name=REGION)
    with pytest.raises(client.exceptions.ValidationException):
        client.invoke_model(modelId=CORE, body=body, contentType="application/json", accept="application/json")


@pytest.mark.parametrize("authorization", ["", "AWS4-HMAC-SHA256 Credential=x", "Basic eA=="])
def test_the_fake_wants_a_signature(authorization: str, fake: FakeBedrock) -> None:
    headers = {"authorization": authorization} if authorization else {}
    said = httpx.post(f"{fake.url}/model/{CORE}/invoke", json={"prompt": "x"}, headers=headers, trust_env=False)
    assert said.status_code == 403
    assert fake.seen == []


def test_the_fake_runs_on_its_own_and_can_be_told_what_to_do(
    newcomer: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.fake_bedrock", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == f"AWS_ENDPOINT_URL_BEDROCK_RUNTIME=http://127.0.0.1:{port}\n"
            _point_at(monkeypatch, f"http://127.0.0.1:{port}")
            httpx.post(f"http://127.0.0.1:{port}/_plan", json=["denied"], trust_env=False)
            with pytest.raises(AccessRefused):
                newcomer.generate("x", seed=7)
            assert colour(newcomer.generate("x", seed=7)) == colour_of("x", 7)
            seen = httpx.get(f"http://127.0.0.1:{port}/_seen", trust_env=False).json()
            assert [call["body"]["prompt"] for call in seen] == ["x", "x"]
            assert newcomer.generate("lake [busy]").data
            assert len(newcomer.naps) == 1
        finally:
            process.terminate()
