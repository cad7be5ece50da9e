"""Buckets that are not plain S3, and counts in a bucket: real boto3, moto's S3, and servers that refuse things."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from components import counts_bucket
from components.backgrounds.budget import Budget, Left
from components.backgrounds.library import Details, bucket_library
from components.counts import CountsUnavailable, Day
from components.counts_bucket import BucketCounts
from components.errors import BudgetSpent, GeneratorBusy, LibraryError, StageAccessRefused
from components.s3 import QUICK, encryption, reason, s3_client
from components.settings import Settings
from components.stage.allowance import Allowance
from components.ui.counts import counts_of
from tests.dummy_account import dummy_account
from tests.library_material import png
from tests.s3_front import Rule, b2, front, ignores_conditions, kms_only, minio, r2

REGION = "eu-central-1"
TODAY = datetime.now(UTC).date().isoformat()
KEY = "arn:aws:kms:eu-central-1:123456789012:key/abc"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    yield f"http://{host}:{port}"
    moto.stop()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    dummy_account(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", server)
    httpx.post(f"{server}/moto-api/reset")
    with closing(s3_client(REGION)) as client:
        client.create_bucket(Bucket="pictures", CreateBucketConfiguration={"LocationConstraint": REGION})
    return "pictures"


def kept_through(rule: Rule, server: str, folder: Path, monkeypatch: pytest.MonkeyPatch, sse: str | None) -> Any:
    with front(server, rule) as seen:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", seen.url)
        library = bucket_library(folder, "pictures", region=REGION, sse=sse)
        try:
            entry = library.keep("ada", png(1), Details(kind="uploaded", name="a"))
            assert library.read(entry)
            assert library.find("ada").entries == (entry,)
        finally:
            library._store._client.close()  # type: ignore[attr-defined]
    return seen.puts


@pytest.mark.parametrize("rule", [b2, r2, minio])
def test_other_peoples_s3_keeps_and_gives_back_a_picture(
    rule: Rule, bucket: str, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    puts = kept_through(rule, server, tmp_path, monkeypatch, None)
    assert not any(name.startswith(("x-amz-checksum", "x-amz-server-side")) for put in puts for name in put)


def test_a_bucket_that_demands_its_key_gets_it_and_says_what_to_set_without(
    bucket: str, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(LibraryError, match="refused it; if it demands an encryption, set BACKGROUNDS_SSE"):
        kept_through(kms_only, server, tmp_path / "without", monkeypatch, None)
    puts = kept_through(kms_only, server, tmp_path / "with", monkeypatch, f"aws:kms:{KEY}")
    assert {put["x-amz-server-side-encryption-aws-kms-key-id"] for put in puts} == {KEY}


def test_an_encryption_that_the_server_does_not_know_names_the_setting(
    bucket: str, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(LibraryError, match="does not know this encryption; unset BACKGROUNDS_SSE"):
        kept_through(minio, server, tmp_path, monkeypatch, "AES256")


@pytest.mark.parametrize(
    ("setting", "arguments"),
    [
        (None, {}),
        ("", {}),
        ("AES256", {"ServerSideEncryption": "AES256"}),
        ("aws:kms", {"ServerSideEncryption": "aws:kms"}),
        ("aws:kms:alias/mine", {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/mine"}),
        (f"aws:kms:{KEY}", {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": KEY}),
        ("aws:kms:dsse", {"ServerSideEncryption": "aws:kms:dsse"}),
    ],
)
def test_the_encryption_setting_becomes_put_objects_arguments(setting: str | None, arguments: dict[str, str]) -> None:
    assert encryption(setting) == arguments
    Settings(backgrounds_sse=setting)


@pytest.mark.parametrize("setting", ["aes", "kms", "AES256:key", "none"])
def test_an_encryption_that_is_none_is_refused(setting: str) -> None:
    with pytest.raises(ValueError, match="AES256"):
        encryption(setting)
    with pytest.raises(ValueError, match="AES256"):
        Settings(backgrounds_sse=setting)


@pytest.mark.parametrize(
    ("endpoint", "region", "style"),
    [
        ("https://abc.r2.cloudflarestorage.com", "auto", "path"),
        ("https://s3.us-west-004.backblazeb2.com", "us-west-004", "path"),
        ("https://minio.example:9000", "us-east-1", "path"),
        ("https://s3.us-west-2.amazonaws.com", "us-west-2", "virtual"),
        ("https://amazonaws.com.evil.example", "us-east-1", "path"),
    ],
)
def test_another_servers_region_comes_from_its_address(
    endpoint: str, region: str, style: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dummy_account(monkeypatch)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    with closing(s3_client(None, "us-west-2")) as client:
        assert (client.meta.region_name, client.meta.config.s3["addressing_style"]) == (region, style)
    with closing(s3_client("eu-north-1", "us-west-2")) as client:
        assert client.meta.region_name == "eu-north-1"


@pytest.mark.parametrize(
    ("status", "code", "message", "words"),
    [
        (403, "AccessDenied", f"User: x is not authorized to perform: kms:GenerateDataKey on resource: {KEY}", "kms:"),
        (400, "KMS.DisabledException", f"{KEY} is disabled.", "kms:"),
        (403, "AccessDenied", "… with an explicit deny in a service control policy", "organization"),
        (403, "AccessDenied", "… because no identity-based policy allows it", "IAM policy"),
        (403, "AccessDenied", "Cannot upload files, storage cap exceeded.", "used up"),
        (403, "AccessDenied", "Request has expired", "clock"),
        (403, "SignatureDoesNotMatch", "Signature expired: 20261122T000000Z is now earlier than", "clock"),
        (403, "SignatureDoesNotMatch", "The request signature we calculated does not match", "AWS_SECRET_ACCESS_KEY"),
        (403, "RequestTimeTooSkewed", "The difference is too large.", "clock"),
        (403, "InvalidClientTokenId", "The security token included in the request is invalid", "renew them"),
        (400, "ExpiredToken", "The provided token has expired.", "expired"),
        (400, "InvalidToken", "The provided token is malformed", "AWS_SESSION_TOKEN"),
        (400, "InvalidRegionName", "The region name 'us-west-2' is not valid.", "BACKGROUNDS_REGION"),
        (400, "AuthorizationHeaderMalformed", "the region 'x' is wrong; expecting 'y'", "BACKGROUNDS_REGION"),
        (301, "", "", "BACKGROUNDS_REGION"),
        (501, "NotImplemented", "A header you provided is not implemented", "AWS_ENDPOINT_URL"),
        (501, "NotImplemented", "… not implemented: If-None-Match", "COUNTS_IN_BUCKET"),
        (507, "XMinioStorageFull", "Storage backend has reached its minimum free drive threshold.", "full"),
        (403, "AllAccessDisabled", "All access to this object has been disabled", "account"),
        (418, "Teapot", f"secret of {KEY}", "answered with Teapot"),
    ],
)  # fmt: skip
def test_every_refusal_is_a_sentence_without_its_words(status: int, code: str, message: str, words: str) -> None:
    answer: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    said = reason(ClientError(answer, "PutObject"), "pictures")
    assert words in said
    assert "arn:" not in said
    assert "{" not in said


# Counts.


def counts_in(bucket: str, name: str = "pictures") -> BucketCounts:
    return BucketCounts(s3_client(REGION, times=QUICK), bucket, name)


def test_counts_in_a_bucket_outlast_the_machine(bucket: str, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "one", backgrounds_bucket=bucket, backgrounds_region=REGION)
    with Budget(counts_of(settings, "pictures", "b.sqlite"), per_session=3, per_day=9).reserve("ada"):
        pass
    elsewhere = Settings(data_dir=tmp_path / "two", backgrounds_bucket=bucket, backgrounds_region=REGION)
    budget = Budget(counts_of(elsewhere, "pictures", "b.sqlite"), per_session=3, per_day=9)
    assert budget.left("ada") == Left(2, 8)
    budget.reserve("ada").release()
    assert budget.left("ada") == Left(2, 8)
    assert not (tmp_path / "two").exists()


def test_a_double_click_on_two_machines_sends_once(bucket: str) -> None:
    one, other = (Budget(counts_in(bucket), per_day=9) for _ in range(2))
    with one.reserve("ada"), pytest.raises(GeneratorBusy):
        other.reserve("ada")
    with other.reserve("ada"):
        pass


def spend_all(address: str, results: Any) -> None:
    """Take pictures until the day has none left, and give every fourth back."""
    os.environ["AWS_ENDPOINT_URL_S3"] = address
    budget, spent, tries = Budget(counts_in("pictures"), per_session=100, per_day=10, at_once=9), 0, 0
    while True:
        tries += 1
        try:
            reservation = budget.reserve(f"{os.getpid()} {tries}")
        except GeneratorBusy:
            continue
        except BudgetSpent as error:
            if "All 10 pictures" in str(error):
                break
            continue  # Others were always faster, on a slow machine.
        if tries % 4 == 3:
            reservation.release()
        else:
            with reservation:
                spent += 1
    results.put(spent)


def test_several_processes_share_one_day_exactly(bucket: str, server: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    results = spawn.Queue()
    with front(server, minio) as s3:  # Which writes one after the other, as S3 does, and moto's threads do not.
        processes = [spawn.Process(target=spend_all, args=(s3.url, results)) for _ in range(3)]
        for process in processes:
            process.start()
        spent = sum(results.get(timeout=100) for _ in processes)
        for process in processes:
            process.join(30)
    assert spent == 10
    assert Budget(counts_in(bucket), per_day=10).left("x").today == 0


def test_what_was_written_although_the_answer_was_lost_counts_once(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = counts_in(bucket)
    counts.change(TODAY, lambda day: day.add("x"))
    written = BucketCounts._put

    def lost(self: BucketCounts, *arguments: Any) -> bool:
        written(self, *arguments)
        monkeypatch.undo()
        return False

    monkeypatch.setattr(BucketCounts, "_put", lost)
    counts.change(TODAY, lambda day: day.add("x"))
    assert counts.read(TODAY) == {"x": 2}


def test_tokens_are_counted_there_too(bucket: str) -> None:
    for _ in range(2):
        with Allowance(counts_in(bucket, "tokens"), 2).one():
            pass
    with (
        pytest.raises(StageAccessRefused, match="All 2 tokens for today"),
        Allowance(counts_in(bucket, "tokens"), 2).one(),
    ):
        pass


@pytest.mark.parametrize("rule", [b2, ignores_conditions])
def test_a_server_without_conditional_writes_is_found_out_and_the_setting_named(
    rule: Rule, bucket: str, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with front(server, rule) as seen:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", seen.url)
        with pytest.raises(BudgetSpent, match="set COUNTS_IN_BUCKET to false"):
            Budget(counts_in(bucket)).reserve("ada")
    local = Settings(data_dir=tmp_path, backgrounds_bucket=bucket, counts_in_bucket=False)
    with Budget(counts_of(local, "pictures", "budget.sqlite")).reserve("ada"):
        pass
    assert (tmp_path / "budget.sqlite").exists()


@pytest.mark.parametrize("damage", [b"{", b"[]", b'{"counts": {"": -1}}', b" " * (counts_bucket.MAX_BYTES + 1)])
def test_a_damaged_day_is_not_taken_for_an_empty_one(damage: bytes, bucket: str) -> None:
    counts = counts_in(bucket)
    counts.change(TODAY, lambda day: day.add("x"))
    with closing(s3_client(REGION)) as client:
        client.put_object(Bucket=bucket, Key=f"counts/pictures/{TODAY}.json", Body=damage)
    with pytest.raises(CountsUnavailable, match="damaged; delete it"):
        counts.change(TODAY, lambda day: day.add("x"))


def test_a_bucket_that_cannot_be_read_refuses_to_spend_in_words(bucket: str) -> None:
    budget = Budget(counts_in("no-such-bucket"))
    with pytest.raises(BudgetSpent, match="cannot be counted, so none is generated: there is no bucket no-such-bucket"):
        budget.reserve("ada")
    with pytest.raises(BudgetSpent, match="there is no bucket"):
        budget.left("ada")


def test_what_a_change_raises_changes_nothing(bucket: str) -> None:
    counts = counts_in(bucket)

    def fails(day: Day) -> None:
        day.add("x")
        raise BudgetSpent("No.")

    with pytest.raises(BudgetSpent):
        counts.change(TODAY, fails)
    assert counts.read(TODAY) == {}
