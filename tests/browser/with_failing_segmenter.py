"""Starts Streamlit as its command does, with a segmenter that fails: `with_failing_segmenter.py HOW run app.py …`."""

import sys
import threading

from streamlit.web import cli

from components.video.segmenter import SelfieSegmenter


def broken(self: SelfieSegmenter, picture: object, *, low_light: bool, wide: bool) -> object:
    match how:
        case "raise":
            raise RuntimeError("out of order")
        case "hang":
            threading.Event().wait(5)
            raise TimeoutError
    raise AssertionError(how)


how = sys.argv.pop(1)
SelfieSegmenter.probability = broken  # type: ignore[assignment, method-assign]
sys.exit(cli.main())
