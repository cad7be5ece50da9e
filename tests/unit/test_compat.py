from types import SimpleNamespace
from typing import Any

import pytest

from components.ui import _compat

BEGINS_ANEW_AFTER = 1
"""streamlit-webrtc ends a stream when more runs than this have ended since it was drawn."""


class Visitor:
    """A visitor whose server counts runs late, and streamlit-webrtc's way to tell whether they were elsewhere."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.streamer = SimpleNamespace(_last_rendered_run_count=None)
        self.counted = 0
        patch.setattr(_compat.st, "session_state", {_compat.STREAMER: self.streamer})
        patch.setattr(_compat, "get_this_session_info", lambda: SimpleNamespace(script_run_count=self.counted))

    def run(self, on_its_page: bool) -> bool:
        """One run; whether the stream is still the same."""
        if not on_its_page:
            _compat.leave_stream()
            return False
        _compat.keep_stream()
        last, self.streamer._last_rendered_run_count = self.streamer._last_rendered_run_count, self.counted
        return last is None or self.counted <= last + BEGINS_ANEW_AFTER


@pytest.fixture
def visitor(monkeypatch: pytest.MonkeyPatch) -> Visitor:
    return Visitor(monkeypatch)


def test_runs_that_are_counted_late_end_no_stream(visitor: Visitor) -> None:
    for late in (0, 0, 2, 0, 3, 1):
        visitor.counted += late
        assert visitor.run(on_its_page=True)


@pytest.mark.parametrize("counted", [0, 1, 5])
def test_whoever_was_elsewhere_begins_anew(counted: int, visitor: Visitor) -> None:
    assert visitor.run(on_its_page=True)
    visitor.run(on_its_page=False)
    visitor.counted += counted
    assert not visitor.run(on_its_page=True)
    assert visitor.run(on_its_page=True)


def test_without_a_streamer_there_is_nothing_to_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_compat.st, "session_state", {})
    _compat.keep_stream()
    _compat.leave_stream()


def test_a_camera_names_no_more_candidates_than_a_browser_has() -> None:
    _compat.bound_signalling()
    worker: Any = SimpleNamespace(_added_ice_candidate_ids=set(), add_ice_candidate=lambda _: None)
    sent = {str(n): {"candidate": f"1 1 udp 1 192.0.2.1 {n} typ host", "sdpMid": "0"} for n in range(1, 101)}
    sent = {"long": {"candidate": "x" * 100_000}, "none": {}} | sent
    for said in (dict(list(sent.items())[:20]), sent, sent, "junk", ["junk"], {"junk": "junk"}):
        _compat.WebRtcWorker.set_ice_candidates_from_offerer(worker, said)
    assert worker._added_ice_candidate_ids == {str(n) for n in range(1, _compat.MAX_CANDIDATES + 1)}


class Streamer:
    """streamlit-webrtc's context, as far as answers go."""

    def __init__(self) -> None:
        self.state = "signalling"
        self._sdp_answer_json: str | None = None
        self.worker: object | None = None

    def _get_worker(self) -> object | None:
        return self.worker

    def _set_state(self, state: str) -> None:
        self.state = state


def test_an_offer_that_comes_without_the_stop_before_it_is_answered_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    streamer, reset = Streamer(), []

    def forget(context: Streamer) -> None:
        reset.append(context.worker)
        context.worker = context._sdp_answer_json = None
        context.state = "stopped"

    monkeypatch.setattr(_compat.component, "_reset_context", forget)
    value = {"sdpOffer": {"sdp": "first", "type": "offer"}}
    key = _compat.component.generate_frontend_component_key(_compat.STREAMER)
    monkeypatch.setattr(_compat.st, "session_state", {_compat.STREAMER: streamer, key: value})
    for _ in range(2):  # The first offer is answered, and asked for again in the run that sends the answer.
        _compat.answer_newest_offer()
        streamer.worker, streamer._sdp_answer_json = "first worker", "answer"
    assert reset == []
    value["sdpOffer"] = {"sdp": "second", "type": "offer"}
    _compat.answer_newest_offer()
    assert (reset, streamer.state) == (["first worker"], "signalling")
    value["sdpOffer"] = ""  # type: ignore[assignment]
    _compat.answer_newest_offer()
    assert len(reset) == 1
