"""The stage, beside the preview: where the picture goes, whether it is live, how it does, and who else is there."""

from __future__ import annotations

import math
import time
from typing import Literal

import streamlit as st

from components.settings import Settings
from components.stage.publication import Snapshot, State
from components.ui.on_stage import OnStage
from components.ui.presence import note_presence
from components.ui.session import Session
from components.ui.stage_figures import draw_stage_figures, note_figures
from components.ui.stage_form import draw_form, expiry, join
from components.ui.stage_people import draw_people

STAGE_WIDTH = 340
"""Pixels beside the preview: two figures side by side, and two destinations."""

BADGES: dict[State, tuple[str, Literal["gray", "blue", "orange"]]] = {
    State.IDLE: ("Not on a stage", "gray"),
    State.FAILED: ("Not on a stage", "gray"),
    State.JOINING: ("Joining…", "blue"),
    State.RECONNECTING: ("Reconnecting…", "orange"),
    State.LEAVING: ("Leaving…", "gray"),
}


NO_MICROPHONE = "No microphone: switch “Microphone” on and start the camera again."


@st.fragment(run_every=1)
def draw_stage(session: Session, settings: Settings) -> None:
    """The whole panel; by itself once a second, so that a lost connection is seen at once."""
    on_stage = session.on_stage
    note_presence(session.studio)
    on_stage.hear()
    snapshot = on_stage.publisher.snapshot()
    note_figures(on_stage, snapshot)
    _draw_head(snapshot)
    # Each part has a place of its own that is always there, so that nothing shifts when one comes or goes.
    with st.container():
        if snapshot.state.resting:
            draw_form(session, settings)
    with st.container():
        _draw_buttons(session, settings, snapshot)
    with st.container():
        _draw_words(on_stage, snapshot)
    with st.container():
        if on_stage.live:
            studio = session.studio
            large = st.session_state.get("resolution") == "720p"
            draw_stage_figures(on_stage, snapshot, studio.figures, studio.look, large=large)
    with st.container():
        if on_stage.live:
            draw_people(on_stage, settings)


def _draw_head(snapshot: Snapshot) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader("Stage", anchor=False, width="content")
        # Live is said once, large enough to see from a metre away.
        if snapshot.state is State.LIVE:
            with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content"):
                st.subheader(":red[:material/radio_button_checked:]", anchor=False, width="content")
                st.subheader(":red[Live]", anchor=False, width="content")
        else:
            words, colour = BADGES[snapshot.state]
            st.badge(words, color=colour, width="content")


def _draw_buttons(session: Session, settings: Settings, snapshot: Snapshot) -> None:
    on_stage = session.on_stage
    if snapshot.state.resting:
        ready = session.studio.showing is not None
        st.button(
            "Join stage",
            key="join-stage",
            type="primary" if ready else "secondary",
            icon=":material/sensors:",
            width="stretch",
            disabled=not ready or on_stage.asking,
            help=_why_not(session) if not ready else None,
            on_click=join,
            args=(session, settings),
        )
        return
    feed = on_stage.feed
    if feed is not None:
        with st.container(horizontal=True, gap="small"):
            st.button(
                "Unmute mic" if feed.muted else "Mute mic",
                key="mute-mic",
                icon=":material/mic_off:" if feed.muted else ":material/mic:",
                width="stretch",
                disabled=not on_stage.microphone,
                help=None if on_stage.microphone else NO_MICROPHONE,
                on_click=_toggle_sound,
                args=(on_stage,),
            )
            st.button(
                "Show camera" if feed.hidden else "Hide camera",
                key="hide-camera",
                icon=":material/videocam_off:" if feed.hidden else ":material/videocam:",
                width="stretch",
                on_click=_toggle_picture,
                args=(on_stage,),
            )
    st.button(
        "Leave stage",
        key="leave-stage",
        icon=":material/logout:",
        width="stretch",
        disabled=snapshot.state is State.LEAVING,
        on_click=on_stage.leave,
    )


def _draw_words(on_stage: OnStage, snapshot: Snapshot) -> None:
    if on_stage.asking:
        st.status("Asking Amazon IVS…", type="compact")
    if problem := on_stage.problem:
        st.error(problem, icon=":material/error:")
        if snapshot.state.resting:
            return  # Why the last publication ended is old news.
    if snapshot.state is State.FAILED and snapshot.reason:
        st.error(snapshot.reason, icon=":material/error:")
    elif snapshot.state is State.RECONNECTING:
        st.warning(_reconnecting(snapshot, time.time()), icon=":material/sync:")
    elif snapshot.state is State.JOINING:
        st.status(f"Joining {snapshot.destination} (usually 1–5 s)…", type="compact")
    elif snapshot.state is State.IDLE and snapshot.reason:
        st.info(snapshot.reason, icon=":material/info:")
    elif on_stage.live and (sentence := expiry(on_stage.tokens)):
        st.warning(sentence, icon=":material/timer:")


def _why_not(session: Session) -> str:
    return "Your picture is on its way." if session.studio.live else "Start the camera first."


def _reconnecting(snapshot: Snapshot, now: float) -> str:
    wait = math.ceil(snapshot.next_try_at - now) if snapshot.next_try_at else 0
    when = f"next try in {wait} s" if wait > 0 else "trying now"
    return f"{snapshot.reason} Your preview goes on; attempt {snapshot.attempt}, {when}."


def _toggle_sound(on_stage: OnStage) -> None:
    if on_stage.feed is not None:
        on_stage.feed.muted = not on_stage.feed.muted


def _toggle_picture(on_stage: OnStage) -> None:
    if on_stage.feed is not None:
        on_stage.feed.hidden = not on_stage.feed.hidden
