"""A low line behind a figure: how it went in the last minute."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

HERE = Path(__file__).parent

HEIGHT = 30
"""Pixels, as in sparkline.css."""

_mount = st.components.v2.component(
    "backdrop_sparkline",
    css=(HERE / "sparkline.css").read_text(),
    js=(HERE / "sparkline.js").read_text(),
)


def draw_sparkline(values: Sequence[float], *, key: str) -> None:
    """Draw the values, oldest first; nothing where there are fewer than two."""
    _mount(key=key, data={"values": [round(value, 2) for value in values]}, height=HEIGHT)
