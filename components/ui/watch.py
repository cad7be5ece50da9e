"""What an audience sees: the stage of an invitation, or two fields to get there by hand."""

from __future__ import annotations

import streamlit as st
from pydantic import SecretStr

from components.errors import StageError
from components.settings import Settings
from components.stage.local import LocalStage
from components.ui.links import ROOM, invited
from components.ui.network import rtc_configuration
from components.ui.viewer import draw_ivs_viewer, draw_local_viewer, local_stages


def draw_watch(settings: Settings) -> None:
    """The stage that the link, or the visitor, names."""
    if code := st.query_params.get(ROOM):
        _draw_room(code, settings)
    elif token := st.session_state.get("watch-token"):
        _draw_stage(SecretStr(token), settings)
    elif invited():
        _draw_stage(None, settings)
    else:
        _draw_entrance()


def _draw_room(code: str, settings: Settings) -> None:
    try:
        stage = local_stages().find(code)
    except StageError as error:
        st.warning(str(error), icon=":material/link_off:")
        st.button("Watch another stage", key="watch-other", on_click=st.query_params.clear)
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
        st.text_input("Room code", key="watch-code", placeholder="xxxx-xxxx-xxxx-xxxx", max_chars=64)
        st.text_input(
            "Viewer token",
            key="watch-token-field",
            type="password",
            live=True,
            max_chars=4096,
            placeholder="for a stage on Amazon IVS",
        )
        st.button("Watch", key="watch", type="primary", icon=":material/visibility:", on_click=_enter)


def _enter() -> None:
    if code := st.session_state["watch-code"].strip():
        st.query_params[ROOM] = code
    elif token := st.session_state["watch-token-field"].strip():
        st.session_state["watch-token"] = token
