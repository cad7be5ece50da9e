"""Fields for addresses, codes, tokens and keys; what is typed lasts for the visit."""

from __future__ import annotations

import streamlit as st

LONGEST = 4096
"""Characters of a token or an address; more is no such thing."""


def text(label: str, key: str, *, placeholder: str = "", most: int = LONGEST) -> None:
    """A field in plain sight."""
    # live, in both: what is typed must be there for the click that follows at once, on a busy server too.
    st.text_input(label, key=key, live=True, placeholder=placeholder, max_chars=most, persist_state="session")


def secret(label: str, key: str, *, placeholder: str = "") -> None:
    """A field that shows dots."""
    # And Streamlit (1.67) forgets what was typed when Tab goes on to its eye button.
    st.text_input(
        label,
        key=key,
        type="password",
        live=True,
        placeholder=placeholder,
        max_chars=LONGEST,
        persist_state="session",
    )


def typed(key: str) -> str:
    """What stands in the field, without blanks around it; empty also where the field was never drawn.

    The browser alone holds `max_chars`, and a stranger's need not.
    """
    return str(st.session_state.get(key) or "")[: LONGEST + 1].strip()
