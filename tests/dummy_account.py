"""AWS for a test: dummy keys, and nothing of the machine's own configuration."""

from __future__ import annotations

import pytest

KEY, SECRET = "AKIAEXAMPLE", "dummy-secret-key"

_OF_THE_MACHINE = (
    "AWS_BEARER_TOKEN_BEDROCK",
    "AWS_CA_BUNDLE",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_MAX_ATTEMPTS",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_SESSION_TOKEN",
    "HTTP_PROXY",
    "http_proxy",
)


def no_account(environment: pytest.MonkeyPatch) -> None:
    """As on a machine where nobody has heard of AWS."""
    for name in (*_OF_THE_MACHINE, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        environment.delenv(name, raising=False)
    environment.setenv("AWS_CONFIG_FILE", "/nonexistent")
    environment.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
    environment.setenv("NO_PROXY", "127.0.0.1,localhost")


def dummy_account(environment: pytest.MonkeyPatch) -> None:
    """With keys that nobody has."""
    no_account(environment)
    environment.setenv("AWS_ACCESS_KEY_ID", KEY)
    environment.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
