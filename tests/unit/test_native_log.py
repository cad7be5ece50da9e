"""What native libraries write to standard error: known lines are left out, all others come through."""

import os

import pytest

from components.video.native_log import without_known_lines

NOISE = [
    b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n",
    b"WARNING: Logging before InitGoogle() is written to STDERR\n",
    b"W0000 00:00:1796020456.718271   11324 inference_feedback_manager.cc:121] Feedback manager requires a model with "
    b"a single signature inference. Disabling support for feedback tensors.\n",
]
FAULTS = [
    b"E0000 00:00:1796020456.718271   11324 graph.cc:12] The model could not be read\n",
    b"W0000 00:00:1796020456.718271   11324 inference_feedback_manager.cc:121] Something else\n",
    b"WARNING: something nobody has seen yet\n",
    b"half a line",
]


def test_known_lines_are_left_out_and_others_come_in_their_order(capfd: pytest.CaptureFixture[str]) -> None:
    with without_known_lines():
        for lines in zip(NOISE, FAULTS[:3], strict=True):
            os.write(2, b"".join(lines))
        os.write(2, FAULTS[3])
    os.write(2, b"\nafter\n")
    assert capfd.readouterr().err == (b"".join(FAULTS) + b"\nafter\n").decode()


def test_an_exception_and_what_was_written_before_it_come_through(capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        with without_known_lines():
            os.write(2, NOISE[0] + FAULTS[0])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert capfd.readouterr().err == FAULTS[0].decode()
