"""Who a visitor is to library and budget: a random name that their browser keeps. Their pictures outlive a reload, and
what they have spent today does too."""

from __future__ import annotations

import re

import streamlit as st

from components.ui.session import Session

EVERYBODY = "Everybody who opens this app sees what is uploaded or generated here."
"""Said wherever something is kept in a shared library."""

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
    """The visitor's name; until the browser has told it, the session's own.

    128 random bits that never leave this browser and this server: nobody can guess another's.
    """
    result = _remember(key="visitor-name", on_name_change=lambda: None, height=1)
    name = result.get("name")
    if isinstance(name, str) and re.fullmatch(r"[0-9a-f]{32}", name):
        session.visitor = name
    return session.visitor
