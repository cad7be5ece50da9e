"""Links to the Watch page, wherever the app lives."""

from types import SimpleNamespace

import pytest
import streamlit as st

from components.ui.links import room_link, token_link


@pytest.mark.parametrize(
    ("page", "watch"),
    [
        ("https://studio.example/", "https://studio.example/watch"),
        ("https://studio.example/studio", "https://studio.example/watch"),
        ("https://example.org/live/studio?embed=true#top", "https://example.org/live/watch"),
    ],
)
def test_links_lead_to_the_watch_page_beside_this_one(page: str, watch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "context", SimpleNamespace(url=page))
    assert room_link("0123-4567-89ab-cdef") == f"{watch}?room=0123-4567-89ab-cdef"
    # In the fragment: it is never sent to a server, and so in no log.
    assert token_link("a.b+c.d/e=") == f"{watch}#token=a.b%2Bc.d/e%3D"
