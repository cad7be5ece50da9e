"""What every page does first: a deep link can reach a page without app.py (streamlit-webrtc.md A3)."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from components.errors import SettingsError
from components.settings import Settings, read_settings
from components.ui._client_messages import limit_client_messages
from components.ui._compat import (
    leave_stream,
    mend_consent,
    mend_message_queue,
    mend_sound_buffer,
    raise_preview_bitrate,
    relay_newest_frames,
)
from components.ui.collector import spare_frames
from components.ui.log_limits import limit_logs
from components.ui.secrets import export_secrets
from components.ui.session import leave_camera

LOGO = Path(__file__).parents[2] / "assets" / "logo.svg"

SIDEBAR = 360
"""Width in pixels: two thumbnails side by side, with their names in full."""


def guard(*, camera: bool = False) -> Settings:
    """Set the page up and give the settings; a setting that cannot be used ends the page with a sentence.

    `camera`: whether the page shows the camera, which every other page ends.
    """
    if not camera:
        leave_stream()
        leave_camera()
    st.set_page_config(
        page_title="Backdrop Studio", page_icon=":material/videocam:", layout="wide", initial_sidebar_state=SIDEBAR
    )
    st.logo(str(LOGO), size="large")
    relay_newest_frames()
    raise_preview_bitrate()
    mend_sound_buffer()
    mend_message_queue()
    mend_consent()
    limit_client_messages()
    limit_logs()
    spare_frames()
    try:
        return _settings()
    except SettingsError as error:
        st.error(f"The studio cannot start: a setting cannot be used. {error}", icon=":material/settings_alert:")
        st.stop()


@st.cache_resource(show_spinner=False)
def _settings() -> Settings:
    export_secrets()
    return read_settings()
