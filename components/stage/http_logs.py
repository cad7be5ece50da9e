"""What the HTTP clients may write into a log: where signalling went, and no more.

httpx names every address at INFO, and httpcore every answer's headers at DEBUG. An address can be a key: some WHIP
servers put the stream's into the path, and a session's address lets whoever knows it end the session. botocore writes
whole answers of AWS at DEBUG, with tokens and stream keys, and its requests with the session's token.
"""

from __future__ import annotations

import logging

import httpx


class OnlyOrigins(logging.Filter):
    """Cuts addresses in a record down to scheme, host and port."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the record, without paths and queries."""
        if isinstance(record.args, tuple):
            record.args = tuple(_origin(part) if isinstance(part, httpx.URL) else part for part in record.args)
        return True


class NoHeaders(logging.Filter):
    """Drops the records that quote an answer's headers."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to keep the record."""
        return "receive_response_headers.complete" not in record.getMessage()


def _origin(url: httpx.URL) -> httpx.URL:
    return url.copy_with(path="/", query=None, fragment=None, userinfo=b"")


def keep_answers_out() -> None:
    """From now on, in this process, whatever level the root logger has."""
    for name in ("botocore.parsers", "botocore.auth", "botocore.endpoint"):
        logging.getLogger(name).setLevel(logging.INFO)


def keep_addresses_out() -> None:
    """From now on, in this process; any number of times."""
    for name, quiet in (("httpx", OnlyOrigins), ("httpcore.http11", NoHeaders)):
        logger = logging.getLogger(name)
        if not any(isinstance(found, quiet) for found in logger.filters):
            logger.addFilter(quiet())
