"""What the libraries raise is what we catch: their class trees, as installed."""

from __future__ import annotations

import inspect
import warnings
from types import ModuleType
from typing import Any

import av.error
import boto3.exceptions
import botocore.exceptions
import botocore.parsers
import cryptography.exceptions
import h11
import httpcore
import httpx
import pytest
import urllib3.exceptions
import websockets.exceptions

from components.aws import AWS_ERRORS
from components.http_errors import HTTP_ERRORS
from components.stage.events import WEBSOCKET_ERRORS
from components.stage.rtmps_writer import FFMPEG_ERRORS

MADE_BY_CALLERS = {"CookieConflict"}
"""Raised by a method of httpx.Cookies, which nobody calls."""


def errors_of(module: ModuleType) -> list[type[Any]]:
    """The exceptions that a module defines, warnings left out."""
    package = module.__name__.partition(".")[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Old names are errors, too.
        found = inspect.getmembers(module, inspect.isclass)
    return [
        kind
        for name, kind in found
        if issubclass(kind, Exception)
        and not issubclass(kind, Warning)
        and kind.__module__.partition(".")[0] == package
        and name not in MADE_BY_CALLERS
    ]


@pytest.mark.parametrize(
    ("module", "caught"),
    [
        (av.error, FFMPEG_ERRORS),
        (httpx, HTTP_ERRORS),
        (botocore.exceptions, (*AWS_ERRORS, botocore.exceptions.UndefinedModelAttributeError)),
        (boto3.exceptions, AWS_ERRORS),
        (urllib3.exceptions, AWS_ERRORS),
        (websockets.exceptions, WEBSOCKET_ERRORS),
    ],
)
def test_every_error_of_a_library_is_caught_where_it_is_used(module: ModuleType, caught: tuple[type, ...]) -> None:
    found = errors_of(module)
    assert found
    assert [kind.__name__ for kind in found if not issubclass(kind, caught)] == []


def test_an_answer_that_is_not_of_aws_is_caught_too() -> None:
    assert issubclass(botocore.parsers.ResponseParserError, AWS_ERRORS)


@pytest.mark.parametrize("module", [httpcore, h11])
def test_what_httpx_is_built_on_has_names_of_its_own_so_httpx_must_translate_them(module: ModuleType) -> None:
    """If one of these became an OSError or a ValueError, its translation could be forgotten without a test failing."""
    assert not any(issubclass(kind, HTTP_ERRORS) for kind in errors_of(module))


def test_cryptographys_errors_share_no_base_that_could_be_caught() -> None:
    assert all(kind.__bases__ == (Exception,) for kind in errors_of(cryptography.exceptions))


@pytest.mark.parametrize("url", ["https://a..b/x", f"https://{'a' * 64}.example/x", "https://[::1"])
def test_a_name_that_no_host_may_have_is_no_fault_of_ours(url: str) -> None:
    with pytest.raises(HTTP_ERRORS):
        httpx.get(url)
