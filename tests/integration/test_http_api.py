"""The background API over loopback: what it is asked, and every answer that is not a picture."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from components.backgrounds import http_api
from components.backgrounds.generator import ImageRequest
from components.backgrounds.http_api import HttpApiGenerator
from components.backgrounds.patience import ATTEMPTS
from components.errors import (
    AccessRefused,
    BadAnswer,
    BudgetSpent,
    ContentRefused,
    GenerationError,
    GenerationTimeout,
    GeneratorBusy,
    GeneratorUnreachable,
    ModelGone,
    PromptRejected,
    SettingsError,
    StudioError,
)
from tests.fake_api import PICTURE, PLAIN, PNG, FakeApi, generate, served


@pytest.fixture(scope="module")
def _api() -> Iterator[FakeApi]:
    with served() as server:
        yield server


@pytest.fixture
def api(_api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    _api.forget()
    return _api


def test_a_prompt_becomes_the_picture_at_the_address(api: FakeApi) -> None:
    api.answer(image_url=f"{api.root}/picture.png", seed=9, model="stability.core-v1:1", cost=0.04, more="x")
    generator = HttpApiGenerator(f"{api.root}/image", (), "key-1", tls=PLAIN)
    image = generator.generate(ImageRequest("beach", "people", "3:4", 7), print)
    assert image.data == PICTURE
    assert (image.width, image.height, image.media_type) == (320, 180, "image/png")
    assert (image.seed, image.model, image.cost, image.generator) == (9, "stability.core-v1:1", 0.04, "Background API")
    assert image.seconds > 0
    (path, headers, body), (picture, picture_headers, _) = api.seen
    assert (path, headers["x-api-key"]) == ("/image", "key-1")
    assert body == {
        "prompt": "beach",
        "width": 864,
        "height": 1152,
        "aspect_ratio": "3:4",
        "negative_prompt": "people",
        "seed": 7,
    }
    assert picture == "/picture.png"
    assert "x-api-key" not in picture_headers, "the key went to another host"


def test_nothing_is_sent_that_was_not_asked_for(api: FakeApi) -> None:
    image = HttpApiGenerator(f"{api.root}/image", tls=PLAIN).generate(ImageRequest("beach"), print)
    _, headers, body = api.seen[0]
    assert body == {"prompt": "beach", "width": 1280, "height": 720, "aspect_ratio": "16:9"}
    assert "x-api-key" not in headers
    assert (image.seed, image.cost) == (None, None)
    assert HttpApiGenerator(f"{api.root}/image", tls=PLAIN).models()[0].id == image.model


def test_the_seed_is_what_was_asked_for_where_the_api_does_not_tell(api: FakeApi) -> None:
    assert generate(api).seed == 7


@pytest.mark.parametrize(
    ("status", "said", "kind", "words"),
    [
        (400, {}, PromptRejected, "did not accept"),
        (401, {}, AccessRefused, "BACKGROUND_API_KEY"),
        (403, {"message": "Forbidden"}, AccessRefused, "BACKGROUND_API_KEY"),
        (404, {}, BadAnswer, "BACKGROUND_API_URL"),
        (418, {}, BadAnswer, "BACKGROUND_API_URL"),
        (307, {}, BadAnswer, "BACKGROUND_API_URL"),
        (500, {}, BadAnswer, "may have been made and billed"),
        (503, {"message": "Service Unavailable"}, BadAnswer, "may have been made and billed"),
        (504, {}, GenerationTimeout, "in time"),
        (422, {"error": "content_refused"}, ContentRefused, "refused by the model's content filter"),
        (500, {"error": "model_gone"}, ModelGone, "retired"),
        (502, {"error": "access_refused"}, AccessRefused, "no access to its model"),
        (429, {"error": "budget_spent"}, BudgetSpent, "try again later"),
        (400, {"error": ["content_refused"]}, PromptRejected, "did not accept"),
        (400, {"error": "something else"}, PromptRejected, "did not accept"),
    ],
)
def test_every_status_is_a_sentence(
    status: int, said: dict[str, object], kind: type[StudioError], words: str, api: FakeApi
) -> None:
    api.answer(status, **said)
    with pytest.raises(StudioError, match=words) as caught:
        generate(api)
    assert caught.type is kind
    assert str(caught.value).endswith(".")
    assert api.paths == ["/image"], "tried again"


def test_a_busy_api_is_asked_again_and_that_is_said(api: FakeApi) -> None:
    api.answer(429)
    reports: list[str | None] = []

    def sleep(seconds: float) -> None:
        if reports.count(None) == 2:
            api.answer(image_url=f"{api.root}/picture.png")

    generator = HttpApiGenerator(f"{api.root}/image", tls=PLAIN, sleep=sleep)
    assert generator.generate(ImageRequest("beach"), reports.append).data == PICTURE
    assert [report and report[:20] for report in reports] == ["Busy, trying again i", None, "Trying again"] * 2
    api.answer(429)
    with pytest.raises(GeneratorBusy, match="wait a minute"):
        generate(api)
    assert api.paths.count("/image") == 3 + ATTEMPTS


def test_a_hanging_api_is_given_up_and_never_asked_again(api: FakeApi) -> None:
    api.replies["/image"] = None
    with pytest.raises(GenerationTimeout, match="billed"):
        generate(api, read_s=0.2)
    assert api.paths == ["/image"]


def test_a_broken_connection_is_never_tried_again(api: FakeApi) -> None:
    api.replies["/image"] = (200, {"content-length": "100"}, b'{"image_url":')
    with pytest.raises(GenerationTimeout, match="broke"):
        generate(api)
    assert api.paths == ["/image"]


def test_nobody_listening_is_unreachable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/image"
        with pytest.raises(GeneratorUnreachable, match="BACKGROUND_API_URL"):
            HttpApiGenerator(address, tls=PLAIN).generate(ImageRequest("beach"), print)


@pytest.mark.parametrize(
    "said",
    [
        b"<!doctype html><title>Sign in</title>",
        b"",
        b"\xff\xfe",
        b"{}",
        b'{"image_url": 1}',
        b'{"image_url": null}',
        b'{"image_url": "%s", "seed": -1}',
        b'{"image_url": "%s", "cost": NaN}',
        b'{"image_url": "%s", "model": "<script>"}',
        b" " * 200_000 + b'{"image_url": "%s"}',
    ],
)
def test_an_answer_that_is_none_is_told_apart(said: bytes, api: FakeApi) -> None:
    said = said.replace(b"%s", f"{api.root}/picture.png".encode())
    api.replies["/image"] = (200, {"content-type": "text/html"}, said)
    with pytest.raises(BadAnswer, match="BACKGROUND_API_URL"):
        generate(api)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(data=st.binary(max_size=300) | st.text().map(lambda text: json.dumps({"image_url": text}).encode()))
@example(data=b"[" * 90_000)
@example(data=b'{"image_url": "http://[::1"}')
@example(data=b'{"image_url": "https://\\u0000/"}')
@example(data=b'{"image_url": "//:99999999"}')
def test_no_answer_raises_anything_but_our_errors(data: bytes, api: FakeApi) -> None:
    api.replies["/image"] = (200, {}, data)
    with pytest.raises(GenerationError):
        generate(api)


def test_an_answer_that_trickles_is_given_up(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_api, "READ_S", -1.0)
    with pytest.raises(GenerationTimeout, match="in time"):
        generate(api)


def test_neither_key_nor_address_nor_prompt_is_logged(api: FakeApi, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    api.replies["/picture.png?X-Amz-Signature=sig-1"] = (200, PNG, PICTURE)
    api.answer(image_url=f"{api.root}/picture.png?X-Amz-Signature=sig-1")
    assert generate(api, prompt="a secret beach", api_key="key-1").data == PICTURE
    del api.replies["/picture.png?X-Amz-Signature=sig-1"]
    with pytest.raises(BadAnswer) as caught:
        generate(api, prompt="a secret beach", api_key="key-1")
    for secret in ("sig-1", "key-1", "a secret beach"):
        assert secret not in caplog.text + str(caught.value)


# Settings.


@pytest.mark.parametrize(
    "address",
    [
        *("", "example.com/image", "http://example.com/image", "ftp://example.com", "https://", "https://[::1", "//x"),
        *("https://key@example.com/image", "https://example.com/image?code=key", "http://192.168.1.1/image"),
    ],
)
def test_an_address_that_cannot_be_used_is_told_before_anything_is_sent(address: str) -> None:
    with pytest.raises(SettingsError, match="BACKGROUND_API_URL") as caught:
        HttpApiGenerator(address, tls=PLAIN)
    assert "key@" not in str(caught.value)


@pytest.mark.parametrize("entry", ["", "https://cdn.example", "cdn.example/x", "*.example", "a b", "a@b", "cdn:x"])
def test_an_entry_that_is_no_host_is_told(entry: str) -> None:
    with pytest.raises(SettingsError, match="BACKGROUND_API_IMAGE_HOSTS"):
        HttpApiGenerator("https://example.com/image", [entry], tls=PLAIN)


@pytest.mark.parametrize("key", ["key\n", "schlüssel"])
def test_a_key_that_no_header_can_hold_is_told(key: str) -> None:
    with pytest.raises(SettingsError, match="BACKGROUND_API_KEY") as caught:
        HttpApiGenerator("https://example.com/image", (), key, tls=PLAIN)
    assert key not in str(caught.value)


def test_the_internets_apis_and_this_machines_are_fine() -> None:
    make: Callable[..., HttpApiGenerator] = HttpApiGenerator
    for address in ("https://example.com/image", "http://127.0.0.1:8000/image", "http://localhost/x", "http://[::1]/x"):
        make(address, ["d111.cloudfront.net", "CDN.example:8443"], tls=PLAIN)
