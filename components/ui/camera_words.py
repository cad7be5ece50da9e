"""What is said beside the camera while it is on: a silent camera or microphone, a lost connection.

Two look: the browser at its tracks, and this server at what arrives. The browser knows the reason, so it is believed
first.
"""

from __future__ import annotations

from components.ui.camera_watch import Report
from components.video.studio import Connection

MISSING_SECONDS = 1.5
"""After so long without a frame, or without sound, it is said."""

BLACK_SECONDS = 1.5
SILENT_SECONDS = 1.5

RESTARTING = "The connection to your camera was lost. It is being started again; on a stage a slate stands in for you."
GIVEN_UP = "The connection to your camera was lost and did not come back. Press “Start camera” to try again."

CAMERA = {
    "ended": (
        "Your camera is gone: it was unplugged or switched off. Plug it in again, or stop the camera and choose "
        "another. Until then only the background is shown."
    ),
    "muted": (
        "Your camera gives no picture: it is switched off at its own button, or the system keeps it back. Switch it on "
        "again. Until then only the background is shown."
    ),
    "missing": (
        "No picture comes from your camera, so only the background is shown. Look whether it is plugged in and "
        "switched on; if it is, stop the camera and start it again."
    ),
    "black": "Your camera's picture is black. Open its cover, switch it on at its own button, or turn on a light.",
}

MICROPHONE = {
    "ended": (
        "Your microphone is gone: it was unplugged or its Bluetooth was lost. Connect it again, or stop the camera and "
        "choose another. Until then nobody hears you."
    ),
    "muted": (
        "Your microphone is muted at its own button or by the system, so nobody hears you. Switch it on again there."
    ),
    "missing": (
        "No sound comes from your microphone, so nobody hears you. Look whether it is connected; if it is, stop the "
        "camera and start it again."
    ),
    "silent": "Your microphone is silent. If you are speaking, look at its mute button and at the system's settings.",
}


def camera_words(report: Report, live: Connection | None) -> str | None:
    """A sentence if no picture comes from the camera, or a black one."""
    if report.camera is not None:
        return CAMERA[report.camera]
    if live is None or report.restarting:
        return None
    if live.processor.missing_seconds >= MISSING_SECONDS and (report.connected or live.processor.has_frames):
        return CAMERA["missing"]
    return CAMERA["black"] if live.processor.black_seconds >= BLACK_SECONDS else None


def microphone_words(report: Report, live: Connection | None) -> str | None:
    """A sentence if nobody can hear the visitor, though the microphone is meant to be on."""
    if report.microphone is not None:
        return MICROPHONE[report.microphone]
    if live is None or report.restarting or not live.microphone.hasTrack():
        return None
    if live.microphone.missing_seconds >= MISSING_SECONDS:
        # A connection that brings neither is not the microphone's matter.
        return MICROPHONE["missing"] if live.processor.missing_seconds < MISSING_SECONDS else None
    return MICROPHONE["silent"] if live.microphone.silent_seconds >= SILENT_SECONDS else None
