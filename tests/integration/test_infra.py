"""The background API: its handler with real HTTP API events, Bedrock and S3 on loopback; its package; its template."""

from __future__ import annotations

import base64
import io
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from pathlib import Path
from typing import Any

import boto3
import pytest
from cfnlint.decode import decode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer
from packaging.requirements import Requirement
from PIL import Image

from components.backgrounds.generator import ImageRequest
from components.backgrounds.http_api import HttpApiGenerator
from components.backgrounds.remote_picture import PictureHosts
from components.errors import (
    AccessRefused,
    BadAnswer,
    ContentRefused,
    GenerationTimeout,
    GeneratorBusy,
    ModelGone,
    PromptRejected,
)
from infra import authorizer
from infra import handler as api
from infra.api_key import KEPT_S, ApiKey
from infra.request import MOST_BYTES, Refused
from infra.usage import Usage
from tests.fake_bedrock import FakeBedrock

ROOT = Path(__file__).parents[2]
INFRA = ROOT / "infra"
KEY = "k3y" * 16
BUCKET = "pictures"
PER_DAY = 500
DOMAIN = "d111111abcdef8.cloudfront.net"
CORE = "stability.stable-image-core-v1:1"

Event = dict[str, Any]


@dataclass
class Cloud:
    """The services that the function talks to. `s3` and `secrets` are clients of moto's."""

    bedrock: FakeBedrock
    s3: Any
    secrets: Any
    secret: str
    usage: Any

    def picture(self, url: str) -> bytes:
        assert url.startswith(f"https://{DOMAIN}/backgrounds/")
        return self.s3.get_object(Bucket=BUCKET, Key=url.removeprefix(f"https://{DOMAIN}/"))["Body"].read()


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    with FakeBedrock() as bedrock, pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(tmp_path_factory.mktemp("lambda")))
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",  # Lambda sets both.
            "AWS_ENDPOINT_URL_S3": f"http://{host}:{port}",
            "AWS_ENDPOINT_URL_DYNAMODB": f"http://{host}:{port}",
            "USAGE_TABLE": "usage",
            "PICTURES_PER_DAY": str(PER_DAY),
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": f"http://{host}:{port}",
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": bedrock.url,
            "AWS_ENDPOINT_URL_BEDROCK": bedrock.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "BEDROCK_REGION": "us-west-2",
            "BEDROCK_MODEL_ID": CORE,
            "BACKGROUNDS_BUCKET": BUCKET,
            "CLOUDFRONT_DOMAIN": DOMAIN,
        }.items():
            patch.setenv(name, value)
        s3, secrets = boto3.client("s3"), boto3.client("secretsmanager")
        s3.create_bucket(Bucket=BUCKET)
        secret = secrets.create_secret(Name="key", SecretString=KEY)["ARN"]
        patch.setenv("API_KEY_SECRET", secret)
        usage = boto3.client("dynamodb")
        usage.create_table(
            TableName="usage",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        api._studio.cache_clear()
        authorizer._key.cache_clear()
        yield Cloud(bedrock, s3, secrets, secret, usage)
        api._studio.cache_clear()
    moto.stop()


@pytest.fixture
def cloud(services: Cloud) -> Cloud:
    """A warm function; an empty bucket, and a Bedrock that has seen nothing."""
    for found in services.s3.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        services.s3.delete_object(Bucket=BUCKET, Key=found["Key"])
    for item in services.usage.scan(TableName="usage")["Items"]:
        services.usage.delete_item(TableName="usage", Key={"id": item["id"]})
    services.bedrock.seen.clear()
    services.bedrock.plan.clear()
    return services


@pytest.fixture
def cold(cloud: Cloud) -> Iterator[Cloud]:
    """A function that has not started yet."""
    api._studio.cache_clear()
    yield cloud
    api._studio.cache_clear()


def event(body: object = None, *, key: str | None = KEY, method: str = "POST", **changes: Any) -> Event:
    """As API Gateway sends it (payload format 2.0, as in its developer guide)."""
    text = body if isinstance(body, str) else json.dumps({"prompt": "beach"} if body is None else body)
    headers = {"content-type": "application/json", "host": "abc.execute-api.us-east-1.amazonaws.com"}
    return {
        "version": "2.0",
        "routeKey": "POST /image",
        "rawPath": "/image",
        "rawQueryString": "",
        "headers": headers | ({"x-api-key": key} if key is not None else {}),
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc",
            "http": {"method": method, "path": "/image", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
            "requestId": "JKJaXmPLvHcESHA=",
            "stage": "$default",
            "timeEpoch": 1583348638390,
        },
        "body": text,
        "isBase64Encoded": False,
    } | changes


def asked(sent: object) -> tuple[int, dict[str, Any]]:
    answer = api.handler(sent, None)
    assert answer["headers"]["content-type"] == "application/json"  # type: ignore[index]
    return answer["statusCode"], json.loads(answer["body"])  # type: ignore[return-value,arg-type]


def with_header(name: str, value: str) -> Event:
    sent = event()
    sent["headers"][name] = value
    return sent


def test_a_prompt_becomes_a_picture_behind_cloudfront(cloud: Cloud) -> None:
    status, body = asked(event({"prompt": "beach with palm trees", "width": 1280, "height": 720, "seed": 7}))
    assert status == 200
    assert (body["seed"], body["model"], body["cost"]) == (7, CORE, 0.04)
    with Image.open(io.BytesIO(cloud.picture(body["image_url"]))) as picture:
        assert (picture.format, picture.size) == ("JPEG", (body["width"], body["height"]))
    assert cloud.bedrock.seen[0].body["aspect_ratio"] == "16:9"
    assert cloud.bedrock.listings == 0, "ListFoundationModels is no right of the function"


@pytest.mark.parametrize(
    ("wanted", "ratio"),
    [
        ({}, "16:9"),
        ({"width": 720, "height": 1280}, "9:16"),
        ({"width": 1920, "height": 1200}, "16:9"),
        ({"width": 500, "height": 500}, "1:1"),
        ({"width": 1280, "height": 720, "aspect_ratio": "1:1"}, "1:1"),
        ({"width": 640}, "16:9"),
    ],
)
def test_a_size_becomes_the_nearest_ratio(cloud: Cloud, wanted: dict[str, object], ratio: str) -> None:
    assert asked(event({"prompt": "lake"} | wanted))[0] == 200
    assert cloud.bedrock.seen[-1].body["aspect_ratio"] == ratio


def test_prompts_are_not_where_cloudfront_serves_from(cloud: Cloud) -> None:
    asked(event({"prompt": "a very private place"}))
    keys = [found["Key"] for found in cloud.s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert sorted(key.split("/")[0] for key in keys) == ["backgrounds", "records"]
    head = cloud.s3.head_object(Bucket=BUCKET, Key=min(keys))
    assert "private" not in json.dumps(head["Metadata"])
    assert "ServerSideEncryption" not in head, "the bucket encrypts by itself; see the template"


def test_base64_bodies_and_other_cases_of_headers_are_understood(cloud: Cloud) -> None:
    encoded = base64.b64encode('{"prompt": "Strand mit Möwen"}'.encode()).decode()
    sent = event(encoded, key=None, isBase64Encoded=True)
    sent["headers"] = {"Content-Type": "Application/JSON; charset=utf-8", "X-API-Key": KEY}
    assert asked(sent)[0] == 200
    assert cloud.bedrock.seen[0].body["prompt"] == "Strand mit Möwen"


@pytest.mark.parametrize("key", [None, "", "wrong", KEY[:-1], KEY + "x", "schlüssel", "\ud800"])
def test_without_the_key_nothing_is_made(cloud: Cloud, key: str | None) -> None:
    status, body = asked(event(key=key))
    assert (status, body["error"]) == (401, "unauthorized")
    assert cloud.bedrock.seen == []


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (None, 400),
        ([], 400),
        ({}, 400),
        (event(version="1.0"), 400),
        (event(requestContext={}), 400),
        (event(headers={"x-api-key": 7}), 400),
        (event(body=None, headers=None), 400),
        (event(method="GET"), 405),
        (with_header("content-type", "text/plain"), 415),
        (event("x" * (MOST_BYTES + 1)), 413),
        (event(base64.b64encode(b" " * (MOST_BYTES + 1)).decode(), isBase64Encoded=True), 413),
        (event("not base64!", isBase64Encoded=True), 400),
        (event("\ud800"), 400),
        (event(""), 400),
        (event("{"), 400),
        (event("[" * 9000), 400),
        (event("[1]"), 400),
        (event({"prompt": 7}), 400),
        (event({"prompt": "beach", "negativePrompt": "people"}), 400),
        (event({"prompt": "beach", "width": 0}), 400),
        (event({"prompt": "beach", "width": "1280"}), 400),
        (event({"prompt": "beach", "aspect_ratio": "2:1"}), 400),
        (event({"prompt": " "}), 400),
        (event({"prompt": "x" * 1001}), 400),
        (event({"prompt": "beach\0"}), 400),
        (event({"prompt": "beach", "seed": -1}), 400),
        (event('{"prompt": "beach", "seed": 1e400}'), 400),
    ],
)
def test_what_cannot_be_sent_is_refused_before_any_call(cloud: Cloud, sent: object, status: int) -> None:
    got, body = asked(sent)
    assert got == status
    assert body["error"]
    assert body["message"].endswith(".")
    assert cloud.bedrock.seen == []


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
PARTS = ["version", "headers", "requestContext", "body", "isBase64Encoded"]


@given(json_values | st.dictionaries(st.sampled_from(PARTS), json_values).map(lambda changes: event(**changes)))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_event_gets_an_answer(cloud: Cloud, sent: object) -> None:
    status, body = asked(sent)
    assert isinstance(status, int)
    assert status == 200 or set(body) == {"error", "message"}


@given(json_values | st.dictionaries(st.sampled_from(["prompt", "seed", "width", "height", "model"]), json_values))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_body_gets_an_answer(cloud: Cloud, body: object) -> None:
    assert asked(event(body))[0] in (200, 400)


@pytest.mark.parametrize(
    ("behaviour", "status", "word"),
    [
        ("refused", 422, "content_refused"),
        ("denied", 403, "access_refused"),
        ("marketplace", 403, "access_refused"),
        ("eol", 502, "model_gone"),
        ("throttle", 429, "generator_busy"),
        ("model-timeout", 504, "generation_timeout"),
        ("no-json", 502, "bad_answer"),
        ("no-picture", 502, "bad_answer"),
        ("drop", 504, "generation_timeout"),
    ],
)
def test_every_trouble_has_its_status(
    cloud: Cloud, behaviour: str, status: int, word: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    cloud.bedrock.plan.append(behaviour)
    got, body = asked(event({"prompt": "a secret beach"}))
    assert (got, body["error"]) == (status, word)
    assert len(cloud.bedrock.seen) == 1, "there is no time for a second attempt"
    for text in (json.dumps(body), *(json.dumps(record.__dict__, default=str) for record in caplog.records)):
        assert not any(secret in text for secret in ("secret beach", "123456789012", "Traceback", KEY))
    assert [record.outcome for record in caplog.records if record.name == api.__name__] == [word]  # type: ignore[attr-defined]


def test_a_model_that_says_nothing_is_given_up_in_time(cold: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "READ_S", 0.3)
    cold.bedrock.plan.append("hang")
    started = time.monotonic()
    assert asked(event())[0] == 504
    assert time.monotonic() - started < 6, "READ_S is what bounds the wait"


def test_a_bucket_that_is_gone_is_an_error_in_words(cold: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKGROUNDS_BUCKET", "elsewhere")
    assert asked(event())[1]["error"] == "library_error"


def test_what_nobody_thought_of_is_an_answer_too(
    cold: Cloud, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("API_KEY_SECRET", "no-such-secret")
    status, body = asked(event())
    assert (status, body["error"]) == (500, "internal_error")
    assert "no-such-secret" not in json.dumps(body) + caplog.text


def test_a_new_key_is_taken_in_within_minutes(cloud: Cloud) -> None:
    now = 0.0
    key = ApiKey(cloud.secrets, cloud.secret, lambda: now)
    assert key.is_(KEY)
    cloud.secrets.put_secret_value(SecretId=cloud.secret, SecretString="another")
    try:
        assert key.is_(KEY)
        now = KEPT_S + 1
        assert key.is_("another")
        assert not key.is_(KEY)
    finally:
        cloud.secrets.put_secret_value(SecretId=cloud.secret, SecretString=KEY)


def made_today(cloud: Cloud) -> dict[str, int]:
    """Pictures of today by the key's name."""
    items = cloud.usage.scan(TableName="usage")["Items"]
    assert all(int(item["expires"]["N"]) > time.time() for item in items)
    return {item["id"]["S"].rpartition("#")[0]: int(item["made"]["N"]) for item in items}


def test_pictures_are_counted_by_key_and_those_that_cost_nothing_are_given_back(cloud: Cloud) -> None:
    asked(event())
    cloud.bedrock.plan.append("throttle")
    assert asked(event())[0] == 429
    assert made_today(cloud) == {"default": 1}
    cloud.bedrock.plan.append("drop")
    assert asked(event())[0] == 504
    assert made_today(cloud) == {"default": 2}, "it may have been billed"
    asked(event(key="wrong"))
    asked(event({"prompt": " "}))
    assert made_today(cloud) == {"default": 2}


def test_a_key_that_has_made_its_pictures_makes_no_more_today(cold: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PICTURES_PER_DAY", "2")
    codes = [asked(event({"prompt": f"beach {number}"}))[0] for number in range(3)]
    assert codes == [200, 200, 429]
    answer: Any = api.handler(event(), None)
    assert json.loads(answer["body"])["error"] == "budget_spent"
    assert "retry-after" not in answer["headers"]
    assert len(cold.bedrock.seen) == 2


class OneRequestAtATime:
    """DynamoDB as it is: each request is a whole. moto's threads read and write in two steps."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        request = getattr(self._client, name)

        def alone(**arguments: Any) -> Any:
            with self._lock:
                return request(**arguments)

        return alone if callable(request) else request


def test_many_at_once_share_the_day_exactly(cloud: Cloud) -> None:
    usage = Usage(OneRequestAtATime(cloud.usage), "usage", 5)

    def one(_: int) -> bool:
        try:
            with usage.one("ada"):
                return True
        except Refused:
            return False

    with ThreadPoolExecutor(8) as callers:
        assert sum(callers.map(one, range(20))) == 5


def test_what_cannot_be_counted_is_not_made(cold: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USAGE_TABLE", "no-such-table")
    assert asked(event())[0] == 500
    assert cold.bedrock.seen == []


def authorized(sent: object) -> tuple[bool, str | None]:
    answer: Any = authorizer.handler(sent, None)
    return answer["isAuthorized"], answer.get("context", {}).get("key")


@pytest.mark.parametrize("name", ["x-api-key", "X-Api-Key"])
def test_the_authorizer_lets_the_key_in(cloud: Cloud, name: str) -> None:
    assert authorized({"version": "2.0", "headers": {name: KEY}}) == (True, "default")


@pytest.mark.parametrize(
    "sent",
    [None, [], {}, {"headers": None}, {"headers": {}}, {"headers": {"x-api-key": ""}}, {"headers": {"x-api-key": 7}},
     {"headers": {"x-api-key": KEY + "x"}}, {"headers": {"x-api-key": "schlüssel \ud800"}}],
)  # fmt: skip
def test_the_authorizer_lets_nobody_else_in(cloud: Cloud, sent: object) -> None:
    assert authorized(sent) == (False, None)


def test_the_authorizer_lets_nobody_in_while_it_cannot_look(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY_SECRET", "no-such-secret")
    authorizer._key.cache_clear()
    try:
        assert authorized({"headers": {"x-api-key": KEY}}) == (False, None)
    finally:
        authorizer._key.cache_clear()


@pytest.mark.parametrize("secret", ['{"ada": "one", "bob": "two", "no": ""}', '{"ada": "one", "bob": "two", "n": 7}'])
def test_several_keys_have_names(cloud: Cloud, secret: str) -> None:
    name = cloud.secrets.create_secret(Name=f"several {len(secret)}", SecretString=secret)["ARN"]
    keys = ApiKey(cloud.secrets, name)
    assert [keys.name_of(given) for given in ("one", "two", "", "7", "three")] == ["ada", "bob", None, None, None]


class Gateway(BaseHTTPRequestHandler):
    """An HTTP API on loopback: a request to an event, and the handler's answer back."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        sent = event(body, headers={name.lower(): value for name, value in self.headers.items()})
        answer: Any = api.handler(sent, None)
        self.send_response(answer["statusCode"])
        for name, value in answer["headers"].items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(answer["body"])))
        self.end_headers()
        self.wfile.write(answer["body"].encode())

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def url(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(PictureHosts, "fetch", lambda _, address: cloud.picture(address))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/image"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_app_gets_its_picture(url: str) -> None:
    app = HttpApiGenerator(url, [DOMAIN], KEY)
    picture = app.generate(ImageRequest("beach", negative_prompt="people", seed=3), lambda _: None)
    assert (picture.seed, picture.model, picture.cost) == (3, CORE, 0.04)
    assert picture.width > picture.height


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        ("refused", ContentRefused),
        ("denied", AccessRefused),
        ("eol", ModelGone),
        ("model-timeout", GenerationTimeout),
        ("no-json", BadAnswer),
        ("invalid", PromptRejected),
    ],
)
def test_the_app_understands_each_refusal(cloud: Cloud, url: str, behaviour: str, kind: type[Exception]) -> None:
    cloud.bedrock.plan.append(behaviour)
    with pytest.raises(kind):
        HttpApiGenerator(url, [DOMAIN], KEY).generate(ImageRequest("beach"), lambda _: None)


def test_the_app_waits_while_the_api_is_busy(cloud: Cloud, url: str) -> None:
    app, said = HttpApiGenerator(url, [DOMAIN], KEY, sleep=lambda _: None), list[str | None]()
    cloud.bedrock.plan.extend(["throttle", "throttle"])
    app.generate(ImageRequest("beach"), said.append)
    assert said.count(None) == 2
    cloud.bedrock.plan.extend(["throttle"] * 9)
    with pytest.raises(GeneratorBusy):
        app.generate(ImageRequest("beach"), said.append)


def test_the_app_is_told_of_a_wrong_key(url: str) -> None:
    with pytest.raises(AccessRefused, match="BACKGROUND_API_KEY"):
        HttpApiGenerator(url, [DOMAIN], "wrong").generate(ImageRequest("beach"), lambda _: None)


# The package


def pins(path: Path) -> dict[str, str]:
    lines = (line.partition("#")[0].strip() for line in path.read_text().splitlines())
    found = (Requirement(line) for line in lines if line and not line.startswith("-r"))
    return {requirement.name.lower(): str(requirement.specifier) for requirement in found}


def distributions(names: Iterator[str]) -> set[str]:
    """These, and what they need."""
    found: set[str] = set()
    queue = list(names)
    while queue:
        name = queue.pop()
        if name.lower() not in found:
            found.add(name.lower())
            needs = (Requirement(text) for text in metadata.requires(name) or ())
            queue += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    return found


def test_the_functions_versions_are_the_apps() -> None:
    ours, apps = pins(INFRA / "requirements.txt"), pins(ROOT / "requirements.txt")
    assert all(pin.startswith("==") for pin in ours.values())
    assert ours == ours | {name: pin for name, pin in apps.items() if name in ours}
    assert all(metadata.version(name) == pin.removeprefix("==") for name, pin in ours.items())


def test_the_package_works_with_its_own_requirements_alone(tmp_path: Path) -> None:
    package, site = tmp_path / "package", tmp_path / "site"
    make = ["make", "--silent", "-C", str(INFRA), "code", f"ARTIFACTS_DIR={package}"]
    assert subprocess.run(make, capture_output=True, timeout=20).returncode == 0
    site.mkdir()
    for name in distributions(iter(pins(INFRA / "requirements.txt"))):
        installed = metadata.distribution(name)
        for top in {file.parts[0] for file in installed.files or () if file.parts[0] not in ("..", "__pycache__")}:
            (site / top).symlink_to(Path(str(installed.locate_file(top))))
    assert not any((site / name).exists() for name in ("streamlit", "mediapipe", "cv2", "av", "httpx"))
    program = (
        f"import sys; sys.path[:0] = [{str(package)!r}, {str(site)!r}]\n"
        "from infra.handler import handler\n"
        "print(handler({'version': '2.0'}, None)['statusCode'])"
    )
    environment = {
        "AWS_LAMBDA_FUNCTION_NAME": "ImageFunction",  # So everything is made while the module is imported.
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "BEDROCK_REGION": "us-west-2",
        "BEDROCK_MODEL_ID": CORE,
        "BACKGROUNDS_BUCKET": BUCKET,
        "CLOUDFRONT_DOMAIN": DOMAIN,
        "API_KEY_SECRET": "key",
    }
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], env=environment, capture_output=True, text=True, timeout=60
    )
    assert (done.stdout, done.stderr) == ("400\n", "")


# The template


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    found, problems = decode(str(INFRA / "template.yaml"))
    assert not problems
    return json.loads(json.dumps(found))


def properties(template: dict[str, Any], name: str) -> dict[str, Any]:
    return template["Resources"][name]["Properties"]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_cfn_lint_has_nothing_to_say() -> None:
    lint = [str(Path(sys.executable).with_name("cfn-lint")), str(INFRA / "template.yaml")]
    done = subprocess.run(lint, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_function_may_do_what_it_does_and_nothing_else(template: dict[str, Any]) -> None:
    policies = properties(template, "ImageRole")["Policies"]
    assert "ManagedPolicyArns" not in properties(template, "ImageRole")
    statements = [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]
    assert {action for statement in statements for action in listed(statement["Action"])} == {
        "bedrock:InvokeModel",
        "s3:PutObject",
        "s3:DeleteObject",
        "s3:ListBucket",
        "secretsmanager:GetSecretValue",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "dynamodb:UpdateItem",
    }
    for statement in statements:
        assert "*" not in listed(statement["Resource"])
    model = next(s["Resource"]["Fn::Sub"] for s in statements if s["Action"] == "bedrock:InvokeModel")
    assert model.endswith(":bedrock:${BedrockRegion}::foundation-model/${ModelId}")


def test_strangers_are_turned_away_before_the_function_and_take_no_place_of_it(template: dict[str, Any]) -> None:
    auth = properties(template, "Api")["Auth"]
    key = auth["Authorizers"][auth["DefaultAuthorizer"]]
    assert key["FunctionArn"] == {"Fn::GetAtt": ["AuthorizerFunction", "Arn"]}
    assert key["EnableSimpleResponses"]
    assert key["Identity"] == {"Headers": ["x-api-key"], "ReauthorizeEvery": 300}
    assert properties(template, "AuthorizerFunction")["ReservedConcurrentExecutions"]["Fn::If"][1] == 10
    assert template["Parameters"]["RequestsPerSecond"]["Default"] >= 50, "strangers count in the throttle too"
    statements = properties(template, "AuthorizerRole")["Policies"][0]["PolicyDocument"]["Statement"]
    assert [statement["Sid"] for statement in statements] == ["ReadTheKey", "WriteLogs"]
    (metric,) = properties(template, "SpendingAlarm")["Dimensions"]
    assert metric["Value"] == {"Ref": "ImageFunction"}, "which only calls with a key reach"


def test_the_authorizers_package_needs_nothing_but_boto3(tmp_path: Path) -> None:
    make = ["make", "--silent", "-C", str(INFRA), "build-AuthorizerFunction", f"ARTIFACTS_DIR={tmp_path}"]
    assert subprocess.run(make, capture_output=True, timeout=20).returncode == 0
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nfrom infra.authorizer import handler\n"
    program += "print(handler({}, 0))"
    environment = {"API_KEY_SECRET": "key", "AWS_DEFAULT_REGION": "us-east-1", "AWS_LAMBDA_FUNCTION_NAME": "x"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("{'isAuthorized': False}\n", "")


def test_the_bucket_encrypts_by_itself(template: dict[str, Any]) -> None:
    (rule,) = properties(template, "Pictures")["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_the_bucket_is_private_but_for_one_distribution(template: dict[str, Any]) -> None:
    assert set(properties(template, "Pictures")["PublicAccessBlockConfiguration"].values()) == {True}
    statements = properties(template, "PicturesPolicy")["PolicyDocument"]["Statement"]
    (allowed,) = [statement for statement in statements if statement["Effect"] == "Allow"]
    assert allowed["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert allowed["Action"] == "s3:GetObject"
    assert allowed["Resource"]["Fn::Sub"].endswith("/backgrounds/*")
    assert "${Distribution}" in json.dumps(allowed["Condition"]["StringEquals"]["aws:SourceArn"])
    (denied,) = [statement for statement in statements if statement["Effect"] == "Deny"]
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    origin = properties(template, "Distribution")["DistributionConfig"]["Origins"][0]
    assert origin["OriginAccessControlId"] == {"Ref": "PicturesAccess"}


def test_the_model_gives_up_before_the_function_and_that_before_the_api(template: dict[str, Any]) -> None:
    assert api.READ_S + 3 <= properties(template, "ImageFunction")["Timeout"] < 30


def test_the_failures_metric_knows_the_handlers_words(template: dict[str, Any]) -> None:
    pattern = properties(template, "FailuresMetric")["FilterPattern"]
    for word in ("access_refused", "model_gone", "generation_timeout", "bad_answer", "library_error", "internal_error"):
        assert f'$.outcome = "{word}"' in pattern


def test_the_key_is_nowhere_but_in_its_secret(template: dict[str, Any]) -> None:
    assert properties(template, "ImageFunction")["Environment"]["Variables"]["API_KEY_SECRET"] == {"Ref": "ApiKey"}
    assert "resolve:secretsmanager" not in (INFRA / "template.yaml").read_text()
    assert "GenerateSecretString" in properties(template, "ApiKey")
