"""The library in an S3 bucket: pictures that can be linked to, and records that cannot.

`backgrounds/<hash>.jpg` is what CloudFront serves. Its metadata is served with it, to everybody who has the link, so it
holds facts about the picture and neither prompt nor owner. Those are in `records/<hash>.<entry id>.json`: one content
may have several owners and prompts, and 2,000 characters of any script do not fit into the 2 KB of S3's metadata.

Needs s3:PutObject, s3:GetObject and s3:DeleteObject on `backgrounds/*` and `records/*`, and s3:ListBucket.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import quote

from components.aws import AWS_ERRORS
from components.backgrounds.entries import RECORD_LIMIT, Entry
from components.backgrounds.store import PICTURE_NAME, RECORD_NAME, Listing, StoreTrouble
from components.s3 import reason

PICTURES = "backgrounds/"
RECORDS = "records/"
LINK_S = 3600
"""How long a pre-signed URL works."""

# A picture's name is its content, so it never changes.
_FOREVER = "public, max-age=31536000, immutable"


class BucketStore:
    """A `Store` in a bucket. `client` is boto3's for S3 in its region; links go by the domain `cloudfront` if set.

    `encryption` are PutObject's arguments for it; none leaves it to the bucket, as policies and other servers want.
    """

    near = False

    def __init__(
        self, client: Any, bucket: str, cloudfront: str | None = None, encryption: Mapping[str, str] | None = None
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._cloudfront = cloudfront
        self._encryption = dict(encryption or {})

    def put(self, entry: Entry, picture: bytes, record: bytes) -> None:
        metadata = {
            "width": str(entry.width),
            "height": str(entry.height),
            "kind": entry.kind,
            "generator": quote(entry.generator, safe=" ")[:200],
            "model": quote(entry.model, safe=" :.")[:200],
        }
        self._put(_picture_key(entry.hash), picture, "image/jpeg", CacheControl=_FOREVER, Metadata=metadata)
        self.put_record(entry, record)

    def put_record(self, entry: Entry, record: bytes) -> None:
        self._put(_record_key(entry.hash, entry.id), record, "application/json", CacheControl="private, no-store")

    def picture(self, content: str) -> bytes:
        with self._telling(), closing(self._get(_picture_key(content))) as body:
            return bytes(body.read())

    def holds(self, entry: Entry) -> bool:
        try:
            with self._telling():
                head = self._client.head_object(Bucket=self._bucket, Key=_picture_key(entry.hash))
        except StoreTrouble:
            return False
        return bool(head["ContentLength"] == entry.size)

    def listing(self) -> Listing:
        records = (RECORD_NAME.fullmatch(key.removeprefix(RECORDS)) for key in self._keys(RECORDS))
        found = {match[2]: match[1] for match in records if match}
        pictures = (PICTURE_NAME.fullmatch(key.removeprefix(PICTURES)) for key in self._keys(PICTURES))
        return Listing(frozenset(match[1] for match in pictures if match), found)

    def record(self, content: str, entry_id: str) -> bytes:
        with self._telling(), closing(self._get(_record_key(content, entry_id))) as body:
            return bytes(body.read(RECORD_LIMIT + 1))

    def remove_record(self, content: str, entry_id: str) -> None:
        with self._telling():
            self._client.delete_object(Bucket=self._bucket, Key=_record_key(content, entry_id))

    def remove_picture(self, content: str) -> None:
        if not any(self._keys(f"{RECORDS}{content}.")):
            with self._telling():
                self._client.delete_object(Bucket=self._bucket, Key=_picture_key(content))

    def link(self, entry: Entry) -> str | None:
        key = _picture_key(entry.hash)
        if self._cloudfront:
            return f"https://{self._cloudfront}/{key}"
        with self._telling():
            wanted = {"Bucket": self._bucket, "Key": key}
            return str(self._client.generate_presigned_url("get_object", Params=wanted, ExpiresIn=LINK_S))

    def _put(self, key: str, data: bytes, media_type: str, **more: Any) -> None:
        with self._telling():
            self._client.put_object(
                Bucket=self._bucket, Key=key, Body=data, ContentType=media_type, **self._encryption, **more
            )

    def _get(self, key: str) -> Any:
        return self._client.get_object(Bucket=self._bucket, Key=key)["Body"]

    def _keys(self, prefix: str) -> Iterator[str]:
        with self._telling():
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
                for found in page.get("Contents", ()):
                    yield found["Key"]

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except AWS_ERRORS as error:
            # Not chained: some of them quote the request, whose URL may be a signed one.
            raise StoreTrouble(reason(error, self._bucket)) from None


def _picture_key(content: str) -> str:
    return f"{PICTURES}{content}.jpg"


def _record_key(content: str, entry_id: str) -> str:
    return f"{RECORDS}{content}.{entry_id}.json"
