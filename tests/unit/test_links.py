"""Links to the Watch page, wherever the app lives."""

from types import SimpleNamespace

import pytest
import streamlit as st
from hypothesis import given
from hypothesis import strategies as some
from streamlit import config

from components.ui.links import PAGES, app_root, room_link, token_link


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


@pytest.mark.parametrize(
    ("path", "base", "root"),
    [
        ("/studio", "studio", "/studio"),
        ("/studio/", "/studio/", "/studio"),
        ("/studio/studio", "studio", "/studio"),
        ("/studio/backgrounds/", "studio", "/studio"),
        ("/a/studio", "a/studio", "/a/studio"),
        ("/a/studio/studio", "a/studio", "/a/studio"),
        ("/watch", "watch", "/watch"),
        ("/watch/watch", "watch", "/watch"),
        ("/studio/no-such-page", "studio", "/studio"),
        ("/~/+/", "", "/~/+"),
        ("/~/+/studio", "", "/~/+"),
        ("/", "", ""),
        ("", "", ""),
    ],
)
def test_the_base_path_of_the_server_is_kept_and_the_page_is_cut_off(path: str, base: str, root: str) -> None:
    assert app_root(path, base, None) == root


PREFIXES = some.sampled_from(["", "/~/+", "/live", "/studio", "/watch", "/proxy/8501"])
BASES = some.sampled_from(["", "studio", "a/studio", "watch", "/backgrounds/", "app"])


@given(PREFIXES, BASES, some.sampled_from(["", *PAGES]), some.sampled_from(["", "/"]))
def test_whatever_a_proxy_puts_before_it_the_apps_root_is_found_where_the_page_is_known(
    prefix: str, base: str, page: str, slash: str
) -> None:
    root = prefix + (f"/{base.strip('/')}" if base else "")
    assert app_root(f"{root}/{page}".rstrip("/") + slash, base, page) == root


def test_a_link_is_made_with_the_servers_own_base_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "context", SimpleNamespace(url="https://example.org/studio"))
    before = config.get_option("server.baseUrlPath")
    config.set_option("server.baseUrlPath", "studio")
    try:
        assert room_link("0123") == "https://example.org/studio/watch?room=0123"
    finally:
        config.set_option("server.baseUrlPath", before)
