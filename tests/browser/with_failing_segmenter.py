"""Starts Streamlit as its command does, with a segmenter that fails: `with_failing_segmenter.py FILE run app.py …`.

The file says how: "raise" or "hang".
"""

import sys
import threading
from pathlib import Path

from streamlit.web import cli

from components.video.segmenter import SelfieSegmenter


def broken(self: SelfieSegmenter, picture: object, *, low_light: bool, wide: bool) -> object:
    match how.read_text():
        case "raise":
            raise RuntimeError("out of order")
        case "hang":
            threading.Event().wait(5)
            raise TimeoutError
    raise AssertionError(how)


how = Path(sys.argv.pop(1))
SelfieSegmenter.probability = broken  # type: ignore[assignment, method-assign]
sys.exit(cli.main())
