"""The preview and what belongs to the camera: start, stop, device, resolution, mirror."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st
from streamlit_webrtc import WebRtcMode, WebRtcStreamerContext, webrtc_streamer
from streamlit_webrtc.config import Translations

from components.settings import Settings
from components.stage.sdp_limits import TooLarge
from components.ui._compat import STREAMER, answer_newest_offer, keep_stream
from components.ui.camera_watch import Report, draw_watch, read_report
from components.ui.camera_words import GIVEN_UP, RESTARTING, camera_words, microphone_words
from components.ui.network import ADVICE, rtc_configuration
from components.ui.session import Session
from components.video.planes import to_rgb
from components.video.segmenter import Segmenter

logger = logging.getLogger(__name__)

Context = WebRtcStreamerContext[Any, Any]

RESOLUTIONS = {"480p": (640, 480), "720p": (1280, 720)}

STILL_SIZE = (1280, 720)
"""Flat enough to leave the start button on a laptop's screen."""

PATIENCE_SECONDS = 15
"""After this long without a camera frame the page says what to try."""

STUCK_SECONDS = 3
"""After this long without a composite, though camera frames come, the page says so."""

NOT_ANSWERED = "The server could not answer your camera. Stop the camera and start it again."

BUSY = "The studio is busy: as many cameras are on as this server can carry. You are let in as soon as one stops."

PROMISE = (
    ":material/lock: The camera is needed to cut you out of your room. The room is taken out on this server, "
    "and never sent on."
)

WORDS: Translations = {
    "start": "Start camera",
    "stop": "Stop camera",
    "select_device": "Choose camera",
    "select_camera": "Choose camera",
    "select_microphone": "Choose microphone",
    "device_ask_permission": "Please allow the use of your camera in the browser's question.",
    "device_not_available": "No camera or microphone was found. Plug it in, or switch “Microphone” off, then retry.",
    "device_access_denied": "The browser keeps the camera from this page. Allow it beside the address, then try again.",
    "media_api_not_available": "This browser gives no camera to this page. Open it by https or on localhost.",
}


@dataclass(frozen=True)
class Camera:
    """What the controls say."""

    size: tuple[int, int]
    mirror: bool
    microphone: bool
    live: bool
    composed: bool


def draw_controls(session: Session) -> Camera:
    """Resolution, mirror and microphone, in one line."""
    live, composed = _state(session)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        resolution = st.segmented_control(
            "Resolution",
            list(RESOLUTIONS),
            default="480p",
            required=True,
            key="resolution",
            persist_state="session",
            label_visibility="collapsed",
            disabled=live,
            help="720p is sharper and costs about twice the computing. Stop the camera to change it.",
        )
        mirror = st.toggle(
            "Mirror",
            value=True,
            key="mirror",
            persist_state="session",
            help="Shows you to yourself as a mirror would. Nobody else sees it mirrored.",
        )
        microphone = st.toggle(
            "Microphone",
            value=True,
            key="microphone",
            persist_state="session",
            disabled=live,
            help="Your voice, for the stage alone. Stop the camera to change it.",
        )
    return Camera(RESOLUTIONS[resolution or "480p"], mirror, microphone, live, composed)


def draw_preview(
    session: Session, settings: Settings, camera: Camera, make_segmenter: Callable[[], Segmenter] | None
) -> None:
    """The live picture; before the camera is on, the chosen background in its place."""
    context: Context | None = st.session_state.get(STREAMER)
    report = read_report()
    running = _heed(session, context, report)
    # The still has a place of its own, so that the streamer never changes its place on the page.
    with st.container():
        if not (running and camera.live):
            _draw_still(session)
    if make_segmenter is None:
        return
    # A camera that is started again keeps its streamer, also where somebody else has its seat meanwhile.
    if not (running or report.restarting or session.studio.live) and session.studio.seats.free == 0:
        _draw_busy(session)
        return
    constraints = _picture(camera)
    draw_watch(constraints, WORDS["start"], WORDS["stop"])
    try:
        _draw_streamer(session, settings, camera, constraints, make_segmenter)
    except TooLarge as error:
        st.error(f"The camera cannot be started. {error}", icon=":material/videocam_off:")
    except Exception as error:  # noqa: BLE001 - whatever aiortc makes of an offer, the page goes on
        # The type alone: an offer holds the visitor's addresses.
        logger.warning("A camera's offer could not be answered (%s)", type(error).__name__)
        st.error(NOT_ANSWERED, icon=":material/wifi_off:")
    _watch(session, (camera.live, camera.composed))


def _heed(session: Session, context: Context | None, report: Report) -> bool:
    """Whether the streamer is running. A stage waits for a camera that is being started again, and for no other."""
    if context is not None and (context.state.playing or context.state.signalling):
        return True
    if report.restarting:
        session.studio.expect()
    else:
        session.studio.dismiss()
        session.had_frames = False
    return False


def _picture(camera: Camera) -> dict[str, Any]:
    width, height = camera.size
    return {"width": {"ideal": width}, "height": {"ideal": height}, "frameRate": {"ideal": 30, "max": 30}}


def _draw_still(session: Session) -> None:
    picture = session.studio.look.backdrop.bare(STILL_SIZE)
    st.image(to_rgb(picture), width="stretch", output_format="JPEG", alt="The background you have chosen")
    st.caption(PROMISE)


def _draw_streamer(
    session: Session,
    settings: Settings,
    camera: Camera,
    picture: dict[str, Any],
    make_segmenter: Callable[[], Segmenter],
) -> None:
    # One connection object for each run: only the run that answers the browser's offer uses its own.
    connection = session.studio.connect(make_segmenter, camera.size)
    width, height = camera.size
    configuration = rtc_configuration(settings)
    keep_stream()
    answer_newest_offer()
    webrtc_streamer(
        STREAMER,
        WebRtcMode.SENDRECV,
        rtc_configuration=configuration,
        media_stream_constraints={"video": picture, "audio": camera.microphone},
        source_video_track=connection.track,
        sink_video_track=connection.sink,
        sink_audio_track=connection.microphone if camera.microphone else None,
        sendback_audio=False,
        video_html_attrs={
            "autoPlay": True,
            "playsInline": True,
            "muted": True,
            "controls": False,
            "style": {
                "width": "100%",
                "aspectRatio": f"{width} / {height}",
                "borderRadius": "12px",
                "backgroundColor": "#14161f",
                # Not before there is a person: a slate's words would be mirrored too.
                "transform": "scaleX(-1)" if camera.mirror and camera.composed else "none",
            },
        },
        translations=WORDS,
        # "Mute mic" and "Hide camera" stand beside the stage; black frames of a camera switched off would look broken.
        media_toggle_controls=False,
    )


def _state(session: Session) -> tuple[bool, bool]:
    """What the page's look depends on: whether the camera is live, and whether there has been a composite."""
    figures = session.studio.figures
    return session.studio.live is not None, figures is not None and figures.frames > 0


@st.fragment(run_every=1)
def _watch(session: Session, drawn: tuple[bool, bool]) -> None:
    """Say what is wrong with the camera; draw the page anew when it shows another state than this one."""
    if drawn != _state(session):
        st.rerun()
    report = read_report()
    running = _heed(session, st.session_state.get(STREAMER), report)
    if session.studio.refused:
        st.warning(BUSY, icon=":material/hourglass_top:")
    elif report.restarting:
        st.warning(RESTARTING, icon=":material/sync:")
    elif not _say_of_picture(session):
        _say_of_connection(session, report, running)
    if words := camera_words(report, session.studio.live):
        st.warning(words, icon=":material/videocam_off:")
    if words := microphone_words(report, session.studio.live):
        st.warning(words, icon=":material/mic_off:")


def _say_of_picture(session: Session) -> bool:
    """Whether camera frames come; a sentence where nothing can be made of them."""
    figures = session.studio.figures
    if figures is None or not figures.arrived:
        return False
    session.had_frames = True
    session.connecting_since = None
    if figures.fps_in and not figures.fps_out and _patience_over(session, "stuck_since", STUCK_SECONDS):
        reason = figures.last_failure or "the segmenter does not answer"
        st.error(
            f"Your picture cannot be cut out right now ({reason}), so only the background is shown. "
            "If this does not pass, stop the camera and start it again.",
            icon=":material/visibility_off:",
        )
    elif figures.fps_out:
        session.stuck_since = None
    return True


def _say_of_connection(session: Session, report: Report, running: bool) -> None:
    """What to try when no connection comes about; where pictures have come before, the network is not to blame."""
    if not running:
        session.connecting_since = None
        if report.given_up:
            st.warning(GIVEN_UP, icon=":material/sync_problem:")
        elif report.unreachable:
            st.warning(ADVICE, icon=":material/wifi_off:")
    elif not (session.had_frames or report.connected) and _patience_over(session, "connecting_since", PATIENCE_SECONDS):
        st.warning(ADVICE, icon=":material/wifi_off:")


def _patience_over(session: Session, since: Literal["connecting_since", "stuck_since"], seconds: float) -> bool:
    now = time.monotonic()
    if getattr(session, since) is None:
        setattr(session, since, now)
    return now - float(getattr(session, since)) > seconds


def _draw_busy(session: Session) -> None:
    st.warning(BUSY, icon=":material/hourglass_top:")
    _await_seat(session)


@st.fragment(run_every=3)
def _await_seat(session: Session) -> None:
    if session.studio.seats.free:
        st.rerun()
    st.caption("Looking for a free place every 3 seconds…")
