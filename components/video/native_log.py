"""What MediaPipe's libraries write to the process's standard error by themselves."""

from __future__ import annotations

import os
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

KNOWN = re.compile(
    rb"INFO: Created TensorFlow Lite XNNPACK delegate for CPU\."
    rb"|WARNING: Logging before InitGoogle\(\) is written to STDERR"
    rb"|W0000 .* inference_feedback_manager\.cc:\d+\] Feedback manager requires a model with a single signature "
    rb"inference\. Disabling support for feedback tensors\."
)
"""Lines of each camera's start that look like faults and are none: the models have one signature each, and feedback
tensors are not used (MediaPipe 1.2). No setting or variable of MediaPipe silences them."""

STANDARD_ERROR = 2

_lock = threading.Lock()


@contextmanager
def without_known_lines() -> Iterator[None]:
    """Keep the known lines out of standard error while the block runs; all other lines come when it ends.

    For the whole process, other threads' lines too, so the block must be short. Any thread; one at a time.
    """
    with _lock, tempfile.TemporaryFile() as kept:
        try:
            original = os.dup(STANDARD_ERROR)
        except OSError:  # The process has no standard error.
            yield
            return
        os.dup2(kept.fileno(), STANDARD_ERROR)
        try:
            yield
        finally:
            os.dup2(original, STANDARD_ERROR)
            os.close(original)
            kept.seek(0)
            _write(b"".join(line for line in kept if not KNOWN.fullmatch(line.rstrip(b"\r\n"))))


def _write(text: bytes) -> None:
    while text:
        text = text[os.write(STANDARD_ERROR, text) :]
