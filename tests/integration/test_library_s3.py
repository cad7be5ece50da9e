"""The library in a bucket, with real boto3 over real HTTP: moto's S3 on loopback, and servers that say no."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer
from PIL import Image

from components.backgrounds.bucket import BucketStore
from components.backgrounds.entries import read_record, request_key
from components.backgrounds.generator import ImageRequest
from components.backgrounds.library import UNDO, Details, Library, bucket_library
from components.errors import LibraryError
from components.s3 import s3_client
from tests.dummy_account import SECRET, dummy_account

REGION = "eu-central-1"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto.start()
    try:
        host, port = moto.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        moto.stop()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    dummy_account(monkeypatch)
    return monkeypatch


@pytest.fixture(scope="module")
def lasting(server: str) -> Iterator[Any]:
    """One client for all tests: making one takes longer than most of them."""
    with pytest.MonkeyPatch.context() as environment:
        dummy_account(environment)
        environment.setenv("AWS_ENDPOINT_URL_S3", server)
        with closing(s3_client(REGION)) as made:
            made.list_buckets()
            yield made


@pytest.fixture
def client(lasting: Any, server: str, aws: pytest.MonkeyPatch) -> Any:
    aws.setenv("AWS_ENDPOINT_URL_S3", server)
    return lasting


@pytest.fixture
def bucket(client: Any) -> str:
    httpx.post(f"{client.meta.endpoint_url}/moto-api/reset")
    client.create_bucket(Bucket="pictures", CreateBucketConfiguration={"LocationConstraint": REGION})
    return "pictures"


def jpeg(colour: tuple[int, int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 36), colour).save(buffer, "PNG")
    return buffer.getvalue()


RED, BLUE = jpeg((200, 10, 10)), jpeg((10, 10, 200))


def about(prompt: str) -> Details:
    return Details(kind="generated", prompt=prompt, model="stability.core-v1:1", generator="Amazon Bedrock – Ü", seed=7)


def keys(client: Any, bucket: str) -> set[str]:
    return {found["Key"] for found in client.list_objects_v2(Bucket=bucket).get("Contents", ())}


def test_a_picture_is_kept_found_and_read(client: Any, bucket: str, tmp_path: Path) -> None:
    library = bucket_library(tmp_path, bucket, region=REGION)  # With its own client, from the environment.
    kept = library.keep("ada", RED, about("beach"))
    assert library.find("ada", "BEACH").entries == (kept,)
    assert library.find("bob").entries == ()
    data = library.read(kept)
    assert hashlib.sha256(data).hexdigest() == kept.hash
    assert library.thumbnail(kept).startswith(b"\xff\xd8")
    library._store._client.close()  # type: ignore[attr-defined]


def test_the_objects_are_what_cloudfront_and_an_auditor_expect(client: Any, bucket: str, tmp_path: Path) -> None:
    kept = bucket_library(tmp_path, bucket, client=client).keep("cookie-of-ada", RED, about("secret wish"))
    picture, record = f"backgrounds/{kept.hash}.jpg", f"records/{kept.hash}.{kept.id}.json"
    assert keys(client, bucket) == {picture, record}
    head = client.head_object(Bucket=bucket, Key=picture)
    assert head["ContentType"] == "image/jpeg"
    assert "ServerSideEncryption" not in head, "encryption is the bucket's own, as policies and other servers want it"
    assert head["CacheControl"] == "public, max-age=31536000, immutable"
    assert head["Metadata"]["width"] == "64"
    assert head["Metadata"]["model"] == "stability.core-v1:1"
    assert head["Metadata"]["generator"].isascii()
    # Whoever has the link gets the metadata with the picture.
    assert "secret wish" not in str(head)
    assert kept.owner not in str(head)
    with closing(client.get_object(Bucket=bucket, Key=record)["Body"]) as body:
        written = body.read()
    assert read_record(written) == kept
    assert b"cookie-of-ada" not in written


def test_another_machine_sees_what_the_bucket_holds(client: Any, bucket: str, tmp_path: Path) -> None:
    here = bucket_library(tmp_path / "here", bucket, client=client)
    first, second = here.keep("ada", RED, about("first")), here.keep("ada", BLUE, about("second"))
    there = bucket_library(tmp_path / "there", bucket, client=client)
    assert there.find("ada").entries == (second, first)
    assert there.read(first) == here.read(first)
    assert there.thumbnail(first)
    third = here.keep("ada", RED, about("third"))
    assert there.find("ada").total == 2
    assert there.rebuild() == 0
    assert there.find("ada").entries == (third, second, first)


def test_a_bucket_of_several_pages_is_read_to_its_end(
    client: Any, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = bucket_library(tmp_path / "here", bucket, client=client)
    for n in range(5):
        here.keep("ada", RED, about(f"number {n}"))
    pages = []
    listed = client.list_objects_v2
    monkeypatch.setattr(client, "list_objects_v2", lambda **asked: pages.append(1) or listed(**asked, MaxKeys=2))
    assert bucket_library(tmp_path / "there", bucket, client=client).find("ada").total == 5
    assert len(pages) >= 3


def test_a_damaged_index_is_made_again_from_the_bucket(client: Any, bucket: str, tmp_path: Path) -> None:
    library = bucket_library(tmp_path, bucket, client=client)
    kept = library.keep("ada", RED, about("beach"))
    (path,) = tmp_path.rglob("index.sqlite3")
    path.write_bytes(b"scribble " * 900)
    assert library.find("ada").entries == (kept,)


def test_damaged_records_and_missing_pictures_are_passed_over(client: Any, bucket: str, tmp_path: Path) -> None:
    here = bucket_library(tmp_path / "here", bucket, client=client)
    whole, broken = here.keep("ada", RED, about("whole")), here.keep("ada", RED, about("broken"))
    gone = here.keep("ada", BLUE, about("gone"))
    client.put_object(Bucket=bucket, Key=f"records/{broken.hash}.{broken.id}.json", Body=b"{")
    client.put_object(Bucket=bucket, Key="records/somebody else's.txt", Body=b"x")
    client.delete_object(Bucket=bucket, Key=f"backgrounds/{gone.hash}.jpg")
    there = bucket_library(tmp_path / "there", bucket, client=client)
    assert there.find("ada").entries == (whole,)
    assert there.rebuild() == 2
    with pytest.raises(LibraryError, match=r"cannot be read: the picture is no longer in the bucket\.$"):
        here.read(gone)
    client.put_object(Bucket=bucket, Key=f"backgrounds/{whole.hash}.jpg", Body=b"something else")
    with pytest.raises(LibraryError, match="its file is damaged"):
        here.read(whole)


def test_the_same_request_is_served_only_while_the_bucket_has_it(client: Any, bucket: str, tmp_path: Path) -> None:
    request = ImageRequest("beach", seed=7, model="m")
    library = bucket_library(tmp_path, bucket, client=client)
    details = Details(kind="generated", prompt="beach", request_key=request_key(request))
    kept = library.keep("ada", RED, details)
    assert library.served("ada", request) == kept
    client.delete_object(Bucket=bucket, Key=f"backgrounds/{kept.hash}.jpg")
    assert library.served("ada", request) is None


def test_a_deleted_picture_leaves_the_bucket_when_nobody_anywhere_has_it(
    client: Any, bucket: str, tmp_path: Path
) -> None:
    later = datetime.now(UTC) + UNDO + timedelta(seconds=1)
    here = Library(tmp_path / "here", BucketStore(client, bucket))
    there = Library(tmp_path / "there", BucketStore(client, bucket))
    hers, his = here.keep("ada", RED, about("hers")), there.keep("bob", RED, about("his"))
    here.delete(hers)
    assert len(keys(client, bucket)) == 3
    Library(tmp_path / "here", BucketStore(client, bucket), clock=lambda: later).purge()
    assert keys(client, bucket) == {f"backgrounds/{his.hash}.jpg", f"records/{his.hash}.{his.id}.json"}
    there.delete(his)
    Library(tmp_path / "there", BucketStore(client, bucket), clock=lambda: later).purge()
    assert keys(client, bucket) == set()


def test_links_go_through_cloudfront_or_are_signed_and_work(client: Any, bucket: str, tmp_path: Path) -> None:
    library = bucket_library(tmp_path, bucket, client=client)
    kept = library.keep("ada", RED, about("beach"))
    signed = library.link(kept)
    assert signed is not None
    answer = httpx.get(signed)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.content == library.read(kept)
    served = bucket_library(tmp_path, bucket, client=client, cloudfront="d111.cloudfront.net")
    assert served.link(kept) == f"https://d111.cloudfront.net/backgrounds/{kept.hash}.jpg"


@pytest.mark.parametrize("region", ["us-east-1", "us-west-2", REGION])
def test_signed_links_name_the_region_for_the_global_host_breaks_them(aws: pytest.MonkeyPatch, region: str) -> None:
    aws.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    with closing(s3_client(region)) as client:
        url = urlsplit(client.generate_presigned_url("get_object", Params={"Bucket": "pictures", "Key": "k"}))
    assert url.hostname == f"pictures.s3.{region}.amazonaws.com"
    query = parse_qs(url.query)
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert f"/{region}/s3/" in query["X-Amz-Credential"][0]


def test_no_secret_and_no_signed_link_is_logged(
    client: Any, bucket: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="components"):
        library = bucket_library(tmp_path, bucket, client=client)
        library.link(library.keep("ada", RED, about("secret wish")))
        library.find("ada")
        with suppress(LibraryError):
            bucket_library(tmp_path, "no-such-bucket", client=client).keep("ada", RED, about("secret wish"))
    for secret in (SECRET, "X-Amz-Signature", "secret wish"):
        assert secret not in caplog.text


def test_a_missing_bucket_is_a_sentence_and_the_page_goes_on(client: Any, bucket: str, tmp_path: Path) -> None:
    library = bucket_library(tmp_path, "no-such-bucket", client=client)
    with pytest.raises(LibraryError) as error:
        library.keep("ada", RED, about("beach"))
    assert str(error.value) == (
        "The picture was not kept: there is no bucket no-such-bucket; check BACKGROUNDS_BUCKET."
    )
    page = library.find("ada")
    assert page.entries == ()
    assert (
        page.note == "Earlier pictures cannot be listed: there is no bucket no-such-bucket; check BACKGROUNDS_BUCKET."
    )
    with pytest.raises(LibraryError, match="no bucket no-such-bucket"):
        library.rebuild()


@contextmanager
def refusing(status: int, code: str) -> Iterator[tuple[str, list[str]]]:
    """An S3 that answers everything but what it lets through with one error; its address, and what was asked."""
    asked: list[str] = []
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>No, by arn:secret-arn</Message></Error>".encode()

    class Refusal(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            asked.append(self.command)
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_PUT = do_HEAD = do_DELETE = answer  # noqa: N815

        def log_message(self, *args: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Refusal)
    thread = threading.Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}", asked
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (403, "AccessDenied", "access to the bucket pictures is denied; allow it in the IAM policy"),
        (403, "InvalidAccessKeyId", "the AWS credentials are not valid or have expired; renew them"),
        (400, "ExpiredToken", "the AWS credentials are not valid or have expired; renew them"),
        (403, "RequestTimeTooSkewed", "this machine's clock is wrong; set it"),
        (400, "SomethingNew{}", "the bucket pictures answered with SomethingNew{}"),
    ],
)
def test_a_bucket_without_rights_is_a_sentence(
    aws: pytest.MonkeyPatch, tmp_path: Path, status: int, code: str, words: str
) -> None:
    with refusing(status, code) as (address, asked):
        aws.setenv("AWS_ENDPOINT_URL_S3", address)
        with closing(s3_client(REGION)) as client:
            library = bucket_library(tmp_path, "pictures", client=client)
            with pytest.raises(LibraryError) as error:
                library.keep("ada", RED, about("beach"))
            assert str(error.value) == f"The picture was not kept: {words}."
            page = library.find("ada")
            assert (page.entries, page.note) == ((), f"Earlier pictures cannot be listed: {words}.")
            listed = asked.count("GET")
            assert library.find("ada").note == page.note
            assert asked.count("GET") == listed  # A page does not wait again at once.


def test_a_busy_bucket_is_tried_again_and_then_a_sentence(aws: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with refusing(503, "SlowDown") as (address, asked):
        aws.setenv("AWS_ENDPOINT_URL_S3", address)
        with closing(s3_client(REGION)) as client, pytest.raises(LibraryError, match="busy; try again in a moment"):
            bucket_library(tmp_path, "pictures", client=client).keep("ada", RED, about("beach"))
    assert len(asked) == 3


def test_a_bucket_that_lets_nothing_be_removed_hides_the_entry_all_the_same(
    client: Any, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Library(tmp_path, BucketStore(client, bucket))
    kept = library.keep("ada", RED, about("beach"))
    library.delete(kept)
    with refusing(403, "AccessDenied") as (address, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", address)
        with closing(s3_client(REGION)) as powerless:
            later = datetime.now(UTC) + UNDO + timedelta(seconds=1)
            refused = Library(tmp_path, BucketStore(powerless, bucket), clock=lambda: later)
            with pytest.raises(LibraryError, match="not deleted: access to the bucket pictures is denied"):
                refused.purge()
            assert refused.find("ada").entries == ()
    with closing(sqlite3.connect(tmp_path / "index.sqlite3")) as db:
        assert db.execute("SELECT count(*) FROM due").fetchone()[0] == 1  # To be tried again.


@pytest.mark.parametrize("answers", [False, True])
def test_no_network_is_a_sentence(aws: pytest.MonkeyPatch, tmp_path: Path, answers: bool) -> None:
    """Nobody listens, or somebody listens and hangs up in the middle of an answer."""
    times = {"connect_timeout": 1, "read_timeout": 0.3, "retries": {"total_max_attempts": 1}}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        aws.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{listener.getsockname()[1]}")
        if not answers:
            listener.close()
        else:
            threading.Thread(target=hang_up, args=(listener,), daemon=True).start()
        with closing(s3_client(REGION, times=times)) as client:
            library = bucket_library(tmp_path, "pictures", client=client)
            with pytest.raises(LibraryError, match="the bucket pictures cannot be reached; check the network"):
                library.keep("ada", RED, about("beach"))


def hang_up(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n")


def test_no_credentials_is_a_sentence(client: Any, aws: pytest.MonkeyPatch, bucket: str, tmp_path: Path) -> None:
    aws.delenv("AWS_ACCESS_KEY_ID")
    aws.delenv("AWS_SECRET_ACCESS_KEY")
    with closing(s3_client(REGION)) as stranger:
        library = bucket_library(tmp_path, bucket, client=stranger)
        with pytest.raises(LibraryError, match="there are no AWS credentials; set them"):
            library.keep("ada", RED, about("beach"))


WORDS = st.text(max_size=60) | st.text(st.characters(min_codepoint=0x1F300, max_codepoint=0x1F6FF), max_size=1000)


def test_any_words_survive_the_bucket(client: Any, bucket: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    @settings(max_examples=12, deadline=None)
    @given(prompt=WORDS, negative=WORDS, model=WORDS, generator=WORDS)
    def survives(prompt: str, negative: str, model: str, generator: str) -> None:
        here = bucket_library(tmp_path_factory.mktemp("here"), bucket, client=client)
        details = Details("generated", prompt, negative, model, generator)
        kept = here.keep(json.dumps([prompt, negative]), RED, details)
        there = bucket_library(tmp_path_factory.mktemp("there"), bucket, client=client)
        found = there.find(json.dumps([prompt, negative]), prompt).entries
        assert found == (kept,)
        assert (found[0].prompt, found[0].negative_prompt, found[0].model) == (prompt, negative, model)
        client.delete_object(Bucket=bucket, Key=f"records/{kept.hash}.{kept.id}.json")

    survives()
