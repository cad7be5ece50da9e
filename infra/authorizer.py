"""The HTTP API's authorizer: keeps out whoever has no key, before the function that makes pictures is called.

API Gateway asks it with the header x-api-key as the identity, and believes its answer for some minutes: a stranger's
call costs a look into a cache, or some milliseconds of this function, and takes no place from those who have a key.
"""

from __future__ import annotations

import logging
import os
from functools import cache

import boto3
from botocore.config import Config

from infra.api_key import ApiKey

logger = logging.getLogger(__name__)

NO: dict[str, object] = {"isAuthorized": False}


def handler(event: object, context: object) -> dict[str, object]:
    """Lambda's entry (payload format 2.0, simple answers). Never raises; who cannot be checked is not let in."""
    try:
        name = _key().name_of(_given(event))
    except Exception as error:  # noqa: BLE001 - what it says may hold anything
        logger.error("unexpected %s", type(error).__name__)
        return NO
    return NO if name is None else {"isAuthorized": True, "context": {"key": name}}


def _given(event: object) -> str:
    headers = event.get("headers") if isinstance(event, dict) else None
    if not isinstance(headers, dict):
        return ""
    found = (value for name, value in headers.items() if str(name).lower() == "x-api-key")
    return str(next(found, ""))


@cache
def _key() -> ApiKey:
    quick = Config(connect_timeout=2, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})
    return ApiKey(boto3.Session().client("secretsmanager", config=quick), os.environ["API_KEY_SECRET"])


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    _key()
