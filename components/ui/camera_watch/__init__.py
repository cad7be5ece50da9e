"""Looks after the camera in the browser: what goes wrong is said in sentences, and a lost connection is started again.

streamlit-webrtc's page (0.79) is an iframe of this server's own. The scripts here reach into it from its parent page:
- its alerts, which show a browser's exception as it is, get a sentence instead (words.js);
- `getUserMedia` is asked for the camera's size each time, also where the streamer names the camera alone (devices.js);
- the tracks that it sends are watched (devices.js), and its connection, which it closes for good when the browser says
  "disconnected" for a moment; its own two buttons are pressed to start a lost camera again (watch.js).

Where the iframe is not found, or is built otherwise, that has no effect: exceptions are shown raw, and the visitor
presses "Start camera" again. The server's own look at what arrives (`components.ui.camera_words`) goes on.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import streamlit as st
from pydantic import BaseModel, ConfigDict, ValidationError

HERE = Path(__file__).parent

KEY = "camera-watch"

Trouble = Literal["ended", "muted"]

WORDS = {
    "blocked": (
        "The browser blocks the camera on this page. Allow camera and microphone beside the page's address, "
        "then press “Start camera” again."
    ),
    "microphone_blocked": (
        "The browser blocks the microphone on this page. Allow it beside the page's address, or switch “Microphone” "
        "off, then press “Start camera” again."
    ),
    "dismissed": (
        "The camera was not allowed yet. Press “Start camera” again and choose “Allow” in the browser's question."
    ),
    "system": (
        "The computer's own privacy settings keep the camera from this browser. Allow the browser to use camera and "
        "microphone there, then press “Start camera” again."
    ),
    "none": (
        "No camera or microphone was found. Plug it in, or switch “Microphone” off, then press “Start camera” again."
    ),
    "no_camera": "No camera was found. Plug one in or switch it on, then press “Start camera” again.",
    "no_microphone": (
        "No microphone was found. Plug one in, or switch “Microphone” off, then press “Start camera” again."
    ),
    "used": (
        "The camera or the microphone is used by another program. Close it there, or unplug the device and plug it in "
        "again, then press “Start camera” again."
    ),
    "unsuitable": "This camera cannot give such a picture. Choose another one with “Choose camera”.",
    "forbidden": (
        "This browser's settings forbid the camera altogether. Allow it in the settings, or use another browser."
    ),
    "insecure": (
        "Browsers give the camera to secure pages only. Open this page by https://, or as localhost on the server."
    ),
    "no_webrtc": "WebRTC is switched off in this browser; the camera needs it. Switch it on, or use another browser.",
    "other": (
        "The camera could not be started. Close other programs that use it, then press “Start camera” again; "
        "if that does not help, load the page anew."
    ),
}
"""What is shown for a browser's exception, by the names that words.js knows."""


class Report(BaseModel):
    """What the browser tells. It comes from outside: what does not fit is not believed."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    camera: Trouble | None = None
    microphone: Trouble | None = None
    connected: bool = False
    """The connection stands, so that what does not come through it is the device's matter."""
    restarting: bool = False
    """A lost connection is being started again."""
    given_up: bool = False
    """That did not succeed."""
    unreachable: bool = False
    """The very first connection never stood."""


NOTHING = Report()

# One module: a component is given its script as text, so its files cannot import each other.
_mount = st.components.v2.component(
    "camera_watch", js="\n".join((HERE / name).read_text() for name in ("words.js", "devices.js", "watch.js"))
)


def draw_watch(video: dict[str, Any], start: str, stop: str) -> None:
    """Watch the streamer that this page draws. `video`: the constraints of its picture; `start`, `stop`: its buttons.

    Draw it before the streamer, so that it is there first.
    """
    data = {"video": video, "start": start, "stop": stop, "words": WORDS}
    _mount(key=KEY, data=data, default={"report": None}, on_report_change=_nothing, height=1)


def read_report() -> Report:
    """The browser's newest report."""
    try:
        return Report.model_validate((st.session_state.get(KEY) or {}).get("report") or {})
    except ValidationError:
        return NOTHING


def _nothing() -> None:
    """Streamlit wants a callback for each state; the next lines of the page read it instead."""
