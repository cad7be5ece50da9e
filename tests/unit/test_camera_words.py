"""What is said beside the camera: by what the browser reports, and by what arrives at this server."""

from __future__ import annotations

import av
import numpy as np
import pytest
from aiortc import AudioStreamTrack
from hypothesis import given
from hypothesis import strategies as st

from components.ui import camera_watch
from components.ui.camera_watch import NOTHING, Report, read_report
from components.ui.camera_words import CAMERA, MICROPHONE, camera_words, microphone_words
from components.video.backdrop import Still
from components.video.frame_path import Look
from components.video.microphone import Microphone
from components.video.processor import Processor
from components.video.studio import Connection, Seats, Studio
from tests.fakes import GREEN, FakeSegmenter, camera_frame

CONNECTED = Report(connected=True)
QUIET = np.zeros((960, 2), np.int16)
VOICE = np.full((960, 2), 500, np.int16)


class Host:
    """A live connection on a clock that the test moves; its worker does not run."""

    def __init__(self) -> None:
        self.now = 100.0
        look = Look(Still.colour(*GREEN))
        self.connection = Connection(Studio(Seats(1), look), FakeSegmenter)
        self.connection.processor = Processor(FakeSegmenter, lambda: look, clock=lambda: self.now)
        self.connection.microphone = Microphone(clock=lambda: self.now)
        self.connection.microphone.addTrack(AudioStreamTrack())

    def go(self, seconds: float, *, room: tuple[int, int, int] | None = (255, 0, 255), sound: object = VOICE) -> None:
        """Let time pass, with ten camera frames and sounds a second, or without."""
        for _ in range(round(seconds * 10)):
            self.now += 0.1
            if room is not None:
                self.connection.processor.submit(black() if room == (0, 0, 0) else camera_frame(64, 48, room))
            if sound is not None:
                self.connection.microphone._put(sound)  # type: ignore[arg-type]

    def words(self, report: Report = CONNECTED) -> tuple[str | None, str | None]:
        return camera_words(report, self.connection), microphone_words(report, self.connection)


def black() -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24").reformat(format="yuv420p")


@pytest.fixture
def host() -> Host:
    host = Host()
    host.go(3)
    assert host.words() == (None, None)
    return host


def test_a_camera_that_sends_nothing_is_told_within_three_seconds_and_until_it_is_back(host: Host) -> None:
    host.go(2, room=None)
    assert host.words() == (CAMERA["missing"], None)
    host.go(0.1)
    assert host.words() == (None, None)


def test_a_black_picture_is_told_until_there_is_light(host: Host) -> None:
    host.go(2.2, room=(0, 0, 0))
    assert host.words() == (CAMERA["black"], None)
    host.go(0.6)
    assert host.words() == (None, None)


def test_a_microphone_that_sends_nothing_or_only_zeros_is_told(host: Host) -> None:
    host.go(2, sound=None)
    assert host.words() == (None, MICROPHONE["missing"])
    host.go(0.1)
    assert host.words() == (None, None)
    host.go(2, sound=QUIET)
    assert host.words() == (None, MICROPHONE["silent"])
    host.go(0.1)
    assert host.words() == (None, None)


def test_a_connection_that_brings_neither_is_not_the_microphones_matter(host: Host) -> None:
    host.go(2, room=None, sound=None)
    assert host.words() == (CAMERA["missing"], None)


def test_a_microphone_that_was_not_wanted_is_not_missed() -> None:
    host = Host()
    host.connection.microphone = Microphone(clock=lambda: host.now)
    host.go(5, sound=None)
    assert host.words() == (None, None)


def test_the_browser_knows_the_reason(host: Host) -> None:
    host.go(2, room=None, sound=None)
    assert host.words(Report(camera="ended", microphone="muted")) == (CAMERA["ended"], MICROPHONE["muted"])


def test_while_the_camera_is_started_again_nothing_else_is_said(host: Host) -> None:
    host.go(2, room=None)
    assert host.words(Report(restarting=True)) == (None, None)


def test_a_camera_that_never_sent_anything_is_told_once_the_connection_stands() -> None:
    host = Host()
    host.connection.processor._last_frame_at = host.now  # As its start does, without a worker.
    host.go(5, room=None)
    assert host.words(NOTHING)[0] is None
    assert host.words(CONNECTED)[0] == CAMERA["missing"]


def test_a_report_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {camera_watch.KEY: {"report": {"camera": "muted", "restarting": True, "connected": True, "more": 1}}}
    monkeypatch.setattr(camera_watch.st, "session_state", told)
    assert read_report() == Report(camera="muted", restarting=True, connected=True)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*Report.model_fields, "x"]), inner),
    max_leaves=8,
)


@given(report=JSON)
def test_what_is_no_report_says_nothing(report: object) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(camera_watch.st, "session_state", {camera_watch.KEY: {"report": report}})
        assert isinstance(read_report(), Report)
