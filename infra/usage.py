"""How many pictures each key has made today (UTC), in a DynamoDB table: the sum that is bounded, not only the rate.

A picture is counted before it is asked for, on the condition that one is left, and given back when it was surely not
billed. Each day is an item of its own, which the table forgets by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from components.backgrounds.budget import NOT_BILLED
from infra.request import Refused

KEPT = timedelta(days=90)
"""How long a day's item stays, for whoever looks at who used how much."""


class Usage:
    """The counts. `client` is boto3's for DynamoDB; without a table nothing is counted. Any thread, many functions."""

    def __init__(
        self, client: Any, table: str | None, per_day: int, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._client = client
        self._table = table
        self._per_day = per_day
        self._clock = clock

    @contextmanager
    def one(self, key: str) -> Iterator[None]:
        """Count a picture of this key. Raises Refused where none is left, and botocore's errors: nothing is made that
        cannot be counted."""
        if self._table is None:
            yield
            return
        now = self._clock()
        item = {"id": {"S": f"{key}#{now.astimezone(UTC).date().isoformat()}"}}
        self._count(item, int((now + KEPT).timestamp()))
        try:
            yield
        except NOT_BILLED:
            self._give_back(item)
            raise

    def _count(self, item: dict[str, Any], expires: int) -> None:
        try:
            self._client.update_item(
                TableName=self._table,
                Key=item,
                UpdateExpression="SET expires = :expires ADD made :one",
                ConditionExpression="attribute_not_exists(made) OR made < :most",
                ExpressionAttributeValues={
                    ":one": {"N": "1"},
                    ":most": {"N": str(self._per_day)},
                    ":expires": {"N": str(expires)},
                },
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "ConditionalCheckFailedException":
                raise
            sentence = f"This key has made its {self._per_day} pictures for today; there will be more from 00:00 UTC."
            raise Refused(429, "budget_spent", sentence) from None

    def _give_back(self, item: dict[str, Any]) -> None:
        """What cannot be given back stays counted."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=item,
                UpdateExpression="ADD made :less",
                ExpressionAttributeValues={":less": {"N": "-1"}},
            )
        except (BotoCoreError, ClientError):
            return
