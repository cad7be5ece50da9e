"""Links to the Watch page, for the page that is open now."""

from __future__ import annotations

from urllib.parse import quote, urlsplit, urlunsplit

import streamlit as st

from components.ui._compat import page_address

ROOM = "room"
"""The query parameter with a room's code."""

TOKEN = "token"  # noqa: S105 - a name, no token
"""The name in the fragment with a viewer's token: a fragment is never sent to a server."""

PAGES = frozenset({"studio", "watch", "backgrounds"})
"""The pages' names in an address."""


def room_link(code: str) -> str:
    """Where to watch a room of this server's own."""
    return _watch(query=f"{ROOM}={quote(code)}")


def token_link(token: str) -> str:
    """Where to watch an IVS stage with this token."""
    return _watch(fragment=f"{TOKEN}={quote(token)}")


def _watch(query: str = "", fragment: str = "") -> str:
    address, page = page_address()
    here = urlsplit(address or "")
    root = app_root(here.path, str(st.get_option("server.baseUrlPath") or ""), page)
    return urlunsplit((here.scheme, here.netloc, f"{root}/watch", query, fragment))


def app_root(path: str, base: str, page: str | None) -> str:
    """The part of a browser's path that is the app's own address, without a slash at its end.

    `base` is the server's `baseUrlPath`. `page` is the name in the address of the page that runs, "" for the first one
    and None where it is not known. A proxy may put a prefix before the base path that this server never sees.
    """
    parts = [part for part in path.split("/") if part]
    base_parts = [part for part in base.split("/") if part]
    names = PAGES if page is None else {page} - {""}
    ends_with_base = parts[len(parts) - len(base_parts) :] == base_parts
    if page == "" and ends_with_base:
        return "".join(f"/{part}" for part in parts)
    if page != "" and parts and parts[-1] in names and parts != base_parts:
        parts = parts[:-1]
    elif base_parts and parts[: len(base_parts)] == base_parts:
        # Under a name that does not exist: Streamlit shows the first page there too.
        parts = base_parts
    return "".join(f"/{part}" for part in parts)


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
