"""Who a visitor is to the library: a random name that their browser keeps, so that their pictures outlive a reload."""

from __future__ import annotations

import re

import streamlit as st

from components.ui.session import Session

_REMEMBER = """
export default function ({ setStateValue }) {
  let name = localStorage.getItem('backdrop-studio-visitor');
  if (!/^[0-9a-f]{32}$/.test(name ?? '')) {
    name = Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');
    localStorage.setItem('backdrop-studio-visitor', name);
  }
  setStateValue('name', name);
}
"""

_remember = st.components.v2.component("backdrop_visitor", js=_REMEMBER)


def owner_of(session: Session) -> str:
    """The visitor's name in the library; until the browser has told it, the session's own.

    128 random bits that never leave this browser and this server: nobody can guess another's.
    """
    result = _remember(key="visitor-name", on_name_change=lambda: None, height=1)
    name = result.get("name")
    return name if isinstance(name, str) and re.fullmatch(r"[0-9a-f]{32}", name) else session.id
