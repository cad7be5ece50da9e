"""The pages of the app and the navigation at their top: the same for every address that a visitor opens first."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from components.ui._compat import is_discovered_page

STUDIO = "studio"
"""The studio's own name in an address. It is the first page too, whose address has no name."""

ICON = Path(__file__).parents[2] / "assets" / "icon.svg"
"""For the browser's tab: a Material symbol would be fetched from Google by each visitor's browser."""

SIDEBAR = 360
"""Width in pixels: two thumbnails side by side, with their names in full."""


def navigate() -> None:
    """Draw the navigation and run the page that the address names."""
    # Before the navigation: a tab without an icon would get the page's Material symbol.
    st.set_page_config(page_title="Backdrop Studio", page_icon=str(ICON), layout="wide", initial_sidebar_state=SIDEBAR)
    # Streamlit serves the first page at the root only, and reserves its name: "home" leaves "studio" to the page below.
    studio = st.Page("pages/studio.py", title="Studio", icon=":material/videocam:", url_path="home", default=True)

    def to_first_page() -> None:
        st.switch_page(studio, query_params=st.query_params.to_dict())

    st.navigation(
        [
            studio,
            st.Page("pages/watch.py", title="Watch", icon=":material/live_tv:"),
            st.Page("pages/backgrounds.py", title="Backgrounds", icon=":material/photo_library:"),
            st.Page(to_first_page, title="Studio", url_path=STUDIO, visibility="hidden"),
        ],
        position="top",
    ).run()


def require_navigation() -> None:
    """Start the run again, by app.py, if Streamlit has run a page of `pages/` without it. Call before drawing anything.

    Until `st.navigation` has run once in a process, Streamlit lists the folder `pages/` in the sidebar by itself and
    runs the page that the address names alone. The list is hidden by `client.showSidebarNavigation = false`.
    """
    if is_discovered_page():
        st.rerun()
