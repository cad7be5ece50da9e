"""Keeps the log readable and small whatever a client sends.

Streamlit logs an error with the text that caused it, and that text may be a stranger's: a value of four megabytes in a
custom component became four megabytes of log. Every record is cut, whoever writes it.
"""

from __future__ import annotations

import logging

LINE = 500
"""Characters of a line."""

HEAD, TAIL = 2_000, 10_000
"""Characters kept from the beginning and from the end of a record: a traceback's end says what happened."""

CUT = " […]"


def shortened(text: str) -> str:
    """The text of one record, cut: long lines at their end, a long record in its middle."""
    if len(text) > HEAD + TAIL:
        text = f"{text[:HEAD]}{CUT}\n{text[-TAIL:]}"
    if len(text) <= LINE:
        return text
    return "\n".join(line if len(line) <= LINE else line[:LINE] + CUT for line in text.split("\n"))


def limit_logs() -> None:
    """From now on, for every handler of this process; any number of times."""
    original = logging.Handler.format
    if getattr(original, "limited", False):
        return

    def format_shortened(handler: logging.Handler, record: logging.LogRecord) -> str:
        return shortened(original(handler, record))

    format_shortened.limited = True  # type: ignore[attr-defined]
    logging.Handler.format = format_shortened  # type: ignore[method-assign, assignment]
