"""Links to the Watch page, for the page that is open now."""

from __future__ import annotations

from urllib.parse import quote, urlsplit, urlunsplit

import streamlit as st

ROOM = "room"
"""The query parameter with a room's code."""

TOKEN = "token"  # noqa: S105 - a name, no token
"""The name in the fragment with a viewer's token: a fragment is never sent to a server."""


def room_link(code: str) -> str:
    """Where to watch a room of this server's own."""
    return _watch(query=f"{ROOM}={quote(code)}")


def token_link(token: str) -> str:
    """Where to watch an IVS stage with this token."""
    return _watch(fragment=f"{TOKEN}={quote(token)}")


def _watch(query: str = "", fragment: str = "") -> str:
    here = urlsplit(st.context.url or "")
    # The studio is the first page: its path is where the app lives.
    path = here.path.rstrip("/").removesuffix("/studio")
    return urlunsplit((here.scheme, here.netloc, f"{path}/watch", query, fragment))


_LOOK = """
export default function ({ data, setStateValue, parentElement }) {
  const report = () => setStateValue('there', new URLSearchParams(location.hash.slice(1)).has(data.name));
  if (!parentElement.querySelector('i')) {
    parentElement.append(document.createElement('i'));
    report();
  }
  window.addEventListener('hashchange', report);
  return () => window.removeEventListener('hashchange', report);
}
"""

_fragment = st.components.v2.component("backdrop_invitation", js=_LOOK)


def invited() -> bool:
    """Whether the browser's address has a viewer's token in its fragment. The token itself stays there."""
    answer = _fragment(key="invitation", data={"name": TOKEN}, on_there_change=lambda: None, height=1).get("there")
    return answer is True
