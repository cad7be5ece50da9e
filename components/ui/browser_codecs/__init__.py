"""What the visitor's own browser cannot do on a stage, said before they join one."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

BLIND = (
    "Your audience will see and hear you, but this browser cannot show you the others on the stage: it has no H.264. "
    "In Firefox, open about:addons, choose “Plugins”, switch “OpenH264 Video Codec” to “Always Activate” and reload "
    "this page. Or use a current Chrome, Edge or Safari."
)

_mount = st.components.v2.component(
    "backdrop_browser_codecs", js=(Path(__file__).parent / "browser_codecs.js").read_text()
)


def draw_browser_codecs() -> None:
    """A sentence if this browser cannot show what others send on a stage."""
    if _mount(key="browser-codecs", on_blind_change=lambda: None, height=1).get("blind"):
        st.info(BLIND, icon=":material/visibility_off:")
