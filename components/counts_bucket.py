"""Counts in a bucket, beside the library: they outlast a machine whose disk is not kept, and hold across machines.

`counts/<name>/<day>.json` is one day. Each change reads it and writes it back on the condition that nobody else has
(If-Match, and If-None-Match for a new one); who was late reads it anew. A day's object is never deleted here: it is
some kilobytes, and a clock that jumps ahead could not be told from time that has passed.

Needs s3:GetObject and s3:PutObject on `counts/*`, s3:ListBucket to tell a day without counts from one that may not be
read, and a server that knows conditional writes: one that ignores the conditions is found out and refused.
"""

from __future__ import annotations

import copy
import json
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Annotated, Any, TypeVar

from botocore.exceptions import ClientError
from pydantic import BaseModel, Field, ValidationError

from components import s3
from components.aws import AWS_ERRORS
from components.counts import CountsUnavailable, Day, Mark

Result = TypeVar("Result")

PREFIX = "counts/"
MAX_BYTES = 1_000_000
"""Of a day's object; ten thousand visitors fit."""
PATIENCE_SECONDS = 8.0
"""How long to go on while others are always faster."""
BELIEVED_SECONDS = 5.0
"""How long counts that were read are shown."""
LEFT_ALONE_SECONDS = 30.0
"""How long a bucket that could not be read is not asked again for the page; a change asks it all the same."""

_LATE = ("PreconditionFailed", "412", "ConditionalRequestConflict", "409", "OperationAborted")


class _Document(BaseModel):
    """A day as JSON. `written_by` is new with each writing: whose answer got lost finds their own change by it."""

    written_by: str = ""
    counts: dict[str, Annotated[int, Field(ge=0)]] = {}
    under_way: dict[str, tuple[str, str, float]] = {}


class BucketCounts:
    """`Counts` in a bucket, under a name of their own. `client` is boto3's for S3, with little patience."""

    def __init__(self, client: Any, bucket: str, name: str, encryption: Mapping[str, str] | None = None) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{PREFIX}{name}/"
        self._encryption = dict(encryption or {})
        self._lock = threading.Lock()
        self._changing = threading.Lock()  # Threads of one process need not collide.
        self._is_tried = False
        self._read: tuple[float, str, Mapping[str, int] | str] = (0.0, "", {})

    def read(self, day: str) -> Mapping[str, int]:
        """The counts of a day, `BELIEVED_SECONDS` old at most but for this process's own."""
        with self._lock:
            until, of, known = self._read
        if of != day or time.monotonic() > until:
            try:
                known = self._fetched(day)[1].counts
            except CountsUnavailable as error:
                known = str(error)
            self._remember(day, known)
        if isinstance(known, str):
            raise CountsUnavailable(known)
        return known

    def change(self, day: str, work: Callable[[Day], Result]) -> Result:
        """As in `Counts`."""
        with self._changing:
            self._try_conditions()
            return self._changed(day, work)

    def _changed(self, day: str, work: Callable[[Day], Result]) -> Result:
        until, mine = time.monotonic() + PATIENCE_SECONDS, uuid.uuid4().hex
        sent: tuple[Result] | None = None
        while time.monotonic() < until:
            tag, document = self._fetched(day)
            if sent is not None and document.written_by == mine:  # The answer was lost, or boto3 has sent it twice.
                self._remember(day, document.counts)
                return sent[0]
            today = _day(document)
            sent = (work(today),)
            if self._put(day, tag, _document(today, mine)):
                self._remember(day, dict(today.counts))
                return sent[0]
            time.sleep(random.uniform(0.01, 0.15))  # noqa: S311 - so that many do not collide again
        raise CountsUnavailable(f"the bucket {self._bucket} is busy; try again in a moment")

    def _remember(self, day: str, known: Mapping[str, int] | str) -> None:
        seconds = LEFT_ALONE_SECONDS if isinstance(known, str) else BELIEVED_SECONDS
        with self._lock:
            self._read = time.monotonic() + seconds, day, known

    def _fetched(self, day: str) -> tuple[str | None, _Document]:
        """The day's object and its tag; None for a day that has none yet."""
        with self._telling():
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=f"{self._prefix}{day}.json")
            except ClientError as error:
                if s3.code_of(error) in ("NoSuchKey", "404"):
                    return None, _Document()
                raise
            with closing(answer["Body"]) as body:
                data = body.read(MAX_BYTES + 1)
        try:
            if len(data) > MAX_BYTES:
                raise ValueError
            return str(answer["ETag"]), _Document.model_validate_json(data)
        except (ValidationError, ValueError, KeyError):
            raise CountsUnavailable(
                f"{self._prefix}{day}.json in the bucket {self._bucket} is damaged; delete it, and the day begins anew"
            ) from None

    def _put(self, day: str, tag: str | None, document: _Document) -> bool:
        """Write the day, unless somebody else has written it meanwhile: False then."""
        condition = {"IfNoneMatch": "*"} if tag is None else {"IfMatch": tag}
        return self._written(f"{self._prefix}{day}.json", document.model_dump_json().encode(), condition)

    def _written(self, key: str, data: bytes, condition: Mapping[str, str]) -> bool:
        with self._telling():
            try:
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=data,
                    ContentType="application/json",
                    CacheControl="private, no-store",
                    **condition,
                    **self._encryption,
                )
            except ClientError as error:
                if s3.code_of(error) in _LATE or ("IfMatch" in condition and s3.code_of(error) in ("NoSuchKey", "404")):
                    return False
                raise
        return True

    def _try_conditions(self) -> None:
        """Once: a server that ignores conditions would let two processes take the same last picture."""
        if self._is_tried:
            return
        key = f"{self._prefix}conditions.json"
        self._written(key, json.dumps("This file tries whether conditional writes work.").encode(), {})
        if self._written(key, b"{}", {"IfNoneMatch": "*"}) or self._written(key, b"{}", {"IfMatch": f'"{"0" * 32}"'}):
            raise CountsUnavailable(s3.NO_CONDITIONS)
        self._is_tried = True

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except AWS_ERRORS as error:
            # Not chained: some of them quote the request.
            reason = s3.reason(error, self._bucket)
            if reason.startswith("access to"):  # A policy from before there were counts.
                reason += f" (s3:GetObject and s3:PutObject on {PREFIX}*)"
            raise CountsUnavailable(reason) from None


def _day(document: _Document) -> Day:
    marks = {name: Mark(*mark) for name, mark in document.under_way.items()}
    return Day(copy.copy(document.counts), marks)


def _document(today: Day, written_by: str) -> _Document:
    marks = {name: (mark.who, mark.process, mark.since) for name, mark in today.under_way.items()}
    return _Document(written_by=written_by, counts=today.counts, under_way=marks)
