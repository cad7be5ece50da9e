"""What every page does first: an address can lead to a page before app.py has run."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from components.errors import SettingsError
from components.settings import Settings, read_settings
from components.ui._client_messages import limit_client_messages
from components.ui._compat import (
    bound_signalling,
    leave_stream,
    mend_buffers,
    mend_consent,
    mend_message_queue,
    raise_preview_bitrate,
    relay_newest_frames,
)
from components.ui._compat_camera import ask_for_a_good_picture, describe_preview_colours, read_camera_colours
from components.ui._uploads import limit_uploads
from components.ui.collector import spare_frames
from components.ui.log_limits import limit_logs
from components.ui.navigation import require_navigation
from components.ui.secrets import export_secrets
from components.ui.session import leave_camera
from components.ui.shutdown import end_in_order

LOGO = Path(__file__).parents[2] / "assets" / "logo.svg"


def guard(*, camera: bool = False) -> Settings:
    """Make the page ready and give the settings; a setting that cannot be used ends the page with a sentence.

    `camera`: whether the page shows the camera, which every other page ends.
    """
    require_navigation()
    if not camera:
        leave_stream()
        leave_camera()
    st.logo(str(LOGO), size="large")
    relay_newest_frames()
    raise_preview_bitrate()
    mend_buffers()
    ask_for_a_good_picture()
    read_camera_colours()
    describe_preview_colours()
    mend_message_queue()
    mend_consent()
    limit_client_messages()
    limit_uploads()
    limit_logs()
    bound_signalling()
    spare_frames()
    end_in_order()
    try:
        return _settings()
    except SettingsError as error:
        st.error(f"The studio cannot start: a setting cannot be used. {error}", icon=":material/settings_alert:")
        st.stop()


@st.cache_resource(show_spinner=False)
def _settings() -> Settings:
    export_secrets()
    return read_settings()
