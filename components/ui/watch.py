"""What an audience sees: the stage of an invitation, or two fields to get there by hand."""

from __future__ import annotations

import time

import streamlit as st
from pydantic import SecretStr

from components.errors import StageError
from components.settings import Settings
from components.stage.local import LocalStage
from components.stage.tokens import Capability, read_token
from components.ui.fields import secret, text, typed
from components.ui.links import ROOM, invited
from components.ui.network import rtc_configuration
from components.ui.viewer import draw_ivs_viewer, draw_local_viewer, local_stages


def draw_watch(settings: Settings) -> None:
    """The stage that the link, or the visitor, names."""
    if code := st.query_params.get(ROOM):
        _draw_room(code, settings)
    elif token := st.session_state.get("watch-token"):
        _draw_stage(SecretStr(token), settings)
    elif invited() and not st.session_state.get("watch-by-hand"):
        _draw_stage(None, settings)
    else:
        _draw_entrance()
        return
    st.button("Watch another stage", key="watch-other", icon=":material/undo:", on_click=_turn_back)


def _draw_room(code: str, settings: Settings) -> None:
    try:
        stage = local_stages().find_to_watch(code)
    except StageError as error:
        st.warning(str(error), icon=":material/link_off:")
        return
    _follow_room(stage, settings)


@st.fragment(run_every=1)
def _follow_room(stage: LocalStage, settings: Settings) -> None:
    draw_local_viewer(stage, rtc_configuration(settings), key="watch-viewer")


def _draw_stage(token: SecretStr | None, settings: Settings) -> None:
    draw_ivs_viewer(token, str(settings.ivs_web_sdk_url), key="watch-viewer")


def _draw_entrance() -> None:
    with st.container(width=480):
        st.header("Watch", anchor=False)
        st.caption("Open the link that you were sent, or type what it stands for.")
        text("Room code", "watch-code", placeholder="xxxx-xxxx-xxxx-xxxx", most=64)
        secret("Viewer token", "watch-token-field", placeholder="for a stage on Amazon IVS")
        st.button("Watch", key="watch", type="primary", icon=":material/visibility:", on_click=_enter)
        if problem := st.session_state.get("watch-problem"):
            st.error(problem, icon=":material/error:")


def _enter() -> None:
    """To the stage that the fields name; what is wrong with them is said beside them."""
    code, token = typed("watch-code"), typed("watch-token-field")
    st.session_state["watch-problem"] = None
    try:
        if code:
            local_stages().find_to_watch(code)
            st.query_params[ROOM] = code
        elif token:
            read_token(token, time.time(), Capability.SUBSCRIBE)
            st.session_state["watch-token"] = token
        else:
            st.session_state["watch-problem"] = "Enter a room code or a viewer token."
    except StageError as error:
        st.session_state["watch-problem"] = str(error)


def _turn_back() -> None:
    st.query_params.clear()
    st.session_state["watch-token"] = st.session_state["watch-problem"] = None
    # An invitation stays in the browser's address, where this server cannot take it away.
    st.session_state["watch-by-hand"] = True
