"""The two boto3 clients that pictures need, and whether this machine has AWS credentials at all."""

from __future__ import annotations

import os
import threading
from typing import Any, Protocol

import boto3
from botocore.config import Config

from components import aws

CONNECT_S = 10.0
READ_S = 120.0
"""Pictures take 3 to 90 seconds; a call that is given up earlier is billed all the same."""

# Single attempts: `patience` says why. The number given here wins over AWS_MAX_ATTEMPTS.
_ONCE = {"total_max_attempts": 1, "mode": "standard"}


class Clients(Protocol):
    """Where the clients come from. Any thread; raises botocore's errors for a configuration that cannot work."""

    def runtime(self) -> Any:
        """The client that makes pictures, `bedrock-runtime`."""

    def catalogue(self) -> Any:
        """The client that lists models, `bedrock`."""


class Boto3Clients:
    """Clients of the standard AWS configuration (environment, profiles, SSO, roles), each built once, when needed.

    Endpoints can be set by AWS_ENDPOINT_URL_BEDROCK_RUNTIME and AWS_ENDPOINT_URL_BEDROCK.
    """

    def __init__(self, region: str, *, read_s: float = READ_S) -> None:
        self._region = region
        self._read_s = read_s
        self._lock = threading.Lock()  # A client serves any thread, but building one is for one thread at a time.
        self._built: dict[str, Any] = {}

    def runtime(self) -> Any:
        """The client that makes pictures."""
        return self._client("bedrock-runtime", Config(connect_timeout=CONNECT_S, read_timeout=self._read_s))

    def catalogue(self) -> Any:
        """The client that lists models, with little patience: there is a table to fall back to."""
        return self._client("bedrock", Config(connect_timeout=3.0, read_timeout=5.0))

    def _client(self, service: str, config: Config) -> Any:
        with self._lock:
            if service not in self._built:
                session = boto3.Session(region_name=self._region)
                self._built[service] = session.client(service, config=config.merge(Config(retries=_ONCE)))
            return self._built[service]


def credentials_available() -> bool:
    """Whether there are credentials for Bedrock: AWS's, or a Bedrock API key."""
    return bool(os.environ.get("AWS_BEARER_TOKEN_BEDROCK")) or aws.credentials_available()
