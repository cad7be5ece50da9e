"""What a client sends is never logged at length."""

import io
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ui.log_limits import CUT, HEAD, LINE, TAIL, limit_logs, shortened


@given(st.text(max_size=200), st.integers(0, 400))
def test_a_record_is_bounded_and_a_short_one_is_kept_as_it_is(text: str, times: int) -> None:
    record = text * times
    cut = shortened(record)
    lines = record.count("\n") + 2
    assert len(cut) <= HEAD + TAIL + lines * len(CUT) + 1
    assert all(len(line) <= LINE + len(CUT) for line in cut.split("\n"))
    if len(record) <= LINE:
        assert cut == record


def test_an_error_with_a_strangers_text_keeps_the_traceback_and_not_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.Handler, "format", logging.Handler.format)
    limit_logs()
    sink = io.StringIO()
    logger = logging.getLogger("tests.stranger")
    handler = logging.StreamHandler(sink)
    logger.addHandler(handler)
    try:
        try:
            raise ValueError("x" * 4_000_000)
        except ValueError:
            logger.exception("A page failed")
    finally:
        logger.removeHandler(handler)
    assert "Traceback" in sink.getvalue()
    assert "A page failed" in sink.getvalue()
    assert len(sink.getvalue()) < HEAD + TAIL + 1000
