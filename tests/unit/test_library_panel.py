"""The library as a grid, and what is known of each picture, as Streamlit runs it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from components.backgrounds.workshop import Workshop
from components.ui.history import ON_A_PAGE, words
from components.ui.session import Session
from tests.library_material import png, prompted
from tests.panels import a_session, a_workshop, drawn


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return a_workshop(tmp_path)


@pytest.fixture
def session() -> Session:
    return a_session()


def library_panel() -> None:
    import streamlit as st

    from components.ui.history import draw_library

    draw_library(st.session_state["visitor"], st.session_state["workshop"], "me")


def keep(workshop: Workshop, *prompts: str) -> None:
    for number, prompt in enumerate(prompts):
        workshop.library.keep("me", png(number), prompted(prompt))


def shown(app: AppTest) -> list[str]:
    """The descriptions on the page, in order."""
    return [text.value for text in app.markdown]


def captions(app: AppTest) -> list[str]:
    return [caption.value for caption in app.caption]


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def test_a_search_finds_what_is_on_another_page_and_a_page_that_is_gone_is_the_last_one(
    session: Session, workshop: Workshop
) -> None:
    keep(workshop, *(f"lake {number}" for number in range(ON_A_PAGE)), "beach")
    app = drawn(library_panel, session, workshop)
    assert shown(app)[0] == "beach"
    assert len(shown(app)) == ON_A_PAGE
    app.pagination[0].set_value(2).run()
    assert shown(app) == ["lake 0"]
    app.text_input(key="search").set_value("beach").run()
    assert shown(app) == ["beach"]
    assert "Nothing found." not in captions(app)
    app.text_input(key="search").set_value("").run()
    app.pagination[0].set_value(2).run()
    next(button for button in app.button if button.label == "Delete").click().run()
    assert shown(app)[-1] == "lake 1"
    app.text_input(key="search").set_value("desert").run()
    assert "Nothing found." in captions(app)


def test_a_deleted_picture_is_brought_back(session: Session, workshop: Workshop) -> None:
    keep(workshop, "beach")
    app = drawn(library_panel, session, workshop)
    next(button for button in app.button if button.label == "Delete").click().run()
    assert shown(app) == []
    app.button(key="undo-delete").click().run()
    assert shown(app) == ["beach"]


def test_in_a_shared_library_nobody_deletes_and_everybody_is_told(tmp_path: Path, session: Session) -> None:
    sentence = "Everybody who opens this app sees what is uploaded or generated here."
    alone, shared = a_workshop(tmp_path / "alone"), a_workshop(tmp_path / "shared", shared=True)
    for workshop in (alone, shared):
        keep(workshop, "beach")
    app = drawn(library_panel, session, alone)
    assert "Delete" in labels(app)
    assert sentence not in captions(app)
    app = drawn(library_panel, session, shared)
    assert shown(app) == ["beach"]
    assert "Delete" not in labels(app)
    assert sentence in captions(app)


def test_a_picture_that_cannot_be_downloaded_says_why_and_the_others_can(
    session: Session, workshop: Workshop, tmp_path: Path
) -> None:
    keep(workshop, "broken", "whole")
    broken = workshop.library.find("me", "broken").entries[0]
    (path,) = tmp_path.rglob(f"pictures/*/{broken.hash}.jpg")
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    app = drawn(library_panel, session, workshop)
    assert not app.exception
    assert [button.label for button in app.download_button] == ["Download"]
    assert "The picture cannot be read: its file is damaged. Delete it, or generate it again." in captions(app)


def test_where_the_library_has_a_link_it_is_the_download(
    session: Session, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(workshop, "beach")
    monkeypatch.setattr(workshop.library, "link", lambda entry: f"https://d111.cloudfront.net/{entry.hash}.jpg")
    app = drawn(library_panel, session, workshop)
    (entry,) = workshop.library.find("me").entries
    assert [link.url for link in app.link_button] == [f"https://d111.cloudfront.net/{entry.hash}.jpg"]
    assert not app.download_button


def test_copy_prompt_puts_the_description_into_the_studios_field(session: Session, workshop: Workshop) -> None:
    keep(workshop, "beach with palm trees")
    app = drawn(library_panel, session, workshop)
    next(button for button in app.button if button.label == "Copy prompt").click().run()
    assert app.session_state["prompt"] == "beach with palm trees"


@pytest.mark.parametrize(
    ("zone", "time"),
    [("Pacific/Auckland", "2026-11-06 01:30"), (None, "2026-11-05 12:30"), ("Mars", "2026-11-05 12:30")],
)
def test_times_are_the_visitors(
    zone: str | None, time: str, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(streamlit.context), "timezone", zone)
    entry = workshop.library.keep("me", png(), prompted("beach"))
    assert words(replace(entry, created_at=datetime(2026, 11, 5, 12, 30, tzinfo=UTC))).endswith(time)


def test_a_picture_is_pinned_and_unpinned_and_a_trouble_with_that_is_told(session: Session, workshop: Workshop) -> None:
    keep(workshop, "beach")
    app = drawn(library_panel, session, workshop)
    assert "Pin" in labels(app)
    next(button for button in app.button if button.label == "Pin").click().run()
    assert workshop.library.find("me").entries[0].pinned
    assert "Unpin" in labels(app)
    next(button for button in app.button if button.label == "Unpin").click().run()
    assert not workshop.library.find("me").entries[0].pinned
    workshop.library.delete(workshop.library.find("me").entries[0])
    next(button for button in app.button if button.label == "Pin").click().run()
    assert [error.value for error in app.error] == ["The picture is no longer in the library."]
