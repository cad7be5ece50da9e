"""What Streamlit leaves out when it copies `secrets.toml` into the environment, where the settings are read."""

from __future__ import annotations

import os

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError


def export_secrets() -> None:
    """Copy the root-level booleans and lists too: `LIBRARY_SHARED = true` would be passed over without a word."""
    try:
        secrets = dict(st.secrets)
    except StreamlitSecretNotFoundError:
        return
    for name, value in secrets.items():
        if isinstance(value, bool):
            os.environ[name] = str(value).lower()
        elif isinstance(value, list):
            os.environ[name] = ", ".join(map(str, value))
