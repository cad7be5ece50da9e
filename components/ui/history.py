"""What a visitor has kept: a row of thumbnails in the sidebar, and the library as a grid with search and paging."""

from __future__ import annotations

from datetime import UTC, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from components.backgrounds.entries import Entry
from components.backgrounds.index import MAX_SEARCH_CHARACTERS
from components.backgrounds.library import UNDO, Library, Page
from components.backgrounds.workshop import Workshop
from components.errors import StudioError
from components.ui.plain import plain
from components.ui.prompt import use_made
from components.ui.session import Session
from components.ui.thumbnails import draw_thumbnail, tile_columns
from components.ui.visitor import EVERYBODY

RECENT = 4
ON_A_PAGE = 24


def draw_history(session: Session, workshop: Workshop, owner: str) -> None:
    """The newest few, in the sidebar."""
    try:
        page = workshop.library.find(owner, limit=RECENT)
    except StudioError as error:
        st.caption(str(error))
        return
    if not page.entries:
        return
    st.subheader("History", anchor=False)
    for column, entry in zip(tile_columns(len(page.entries)), page.entries, strict=True):
        with column:
            _draw_picture(session, workshop.library, entry)
            st.button(
                f"Use {plain(shortened(entry, 28))}",
                key=f"history-{entry.id}",
                help=words(entry),
                width="stretch",
                wrap=True,
                on_click=use_entry,
                args=(session, workshop, entry),
            )
    if st.button(
        "Open library",
        key="open-library",
        icon=":material/photo_library:",
        width="stretch",
        help="Everything that was kept, and the camera stays on.",
    ):
        _open_library(session, workshop, owner, session.choices)


@st.dialog("Library", width="large", icon=":material/photo_library:", on_dismiss="rerun")
def _open_library(session: Session, workshop: Workshop, owner: str, choices: int) -> None:
    """The library over the studio, which it leaves as it was; a click on "Use" closes it."""
    if session.choices != choices:
        st.rerun()
    draw_library(session, workshop, owner)


def draw_library(session: Session, workshop: Workshop, owner: str) -> None:
    """Everything kept, newest first."""
    search = st.text_input(
        "Search",
        key="search",
        placeholder="words of a description",
        icon=":material/search:",
        max_chars=MAX_SEARCH_CHARACTERS,
    )
    try:
        page, pages = _found(workshop.library, owner, search)
    except StudioError as error:
        st.error(str(error), icon=":material/folder_off:")
        return
    if workshop.library.shared:
        st.caption(EVERYBODY)
    with st.container():  # What comes and goes moves nothing below it.
        if page.note:
            st.caption(page.note)
        if page.problems:
            st.caption(f"{page.problems} of these pictures are damaged and left out.")
        _draw_deleted(session, workshop.library)
        if not page.entries:
            st.caption("Nothing found." if search else "Nothing here yet. What you generate or upload is kept here.")
    # Three in a row: a picture's buttons then stand in one.
    for column, entry in zip(tile_columns(len(page.entries), 3), page.entries, strict=True):
        with column, st.container(border=True):
            _draw_picture(session, workshop.library, entry)
            st.markdown(plain(shortened(entry, 90)), help=words(entry))
            _draw_actions(session, workshop, entry)
    if pages > 1:
        st.pagination(pages, key="library-page")


def _found(library: Library, owner: str, search: str) -> tuple[Page, int]:
    """The page that is open, or the last one if there are fewer now; and how many there are."""
    number = st.session_state.setdefault("library-page", 1)
    page = library.find(owner, search, limit=ON_A_PAGE, offset=(number - 1) * ON_A_PAGE)
    pages = max(1, -(-page.total // ON_A_PAGE))
    if number > pages:
        st.session_state["library-page"] = pages
        page = library.find(owner, search, limit=ON_A_PAGE, offset=(pages - 1) * ON_A_PAGE)
    return page, pages


def _draw_picture(session: Session, library: Library, entry: Entry) -> None:
    try:
        thumbnail = library.thumbnail(entry)
    except StudioError as error:
        st.caption(str(error))
        return
    draw_thumbnail(entry.prompt or entry.name, thumbnail, session.shows("kept", entry.id))


def _draw_actions(session: Session, workshop: Workshop, entry: Entry) -> None:
    st.button("Use", key=f"use-{entry.id}", width="stretch", on_click=use_entry, args=(session, workshop, entry))
    with st.container(horizontal=True, gap="small"):
        _draw_download(workshop.library, entry)
        if entry.prompt:
            st.button(
                "Copy prompt", key=f"copy-{entry.id}", icon=":material/content_copy:", on_click=_copy, args=(entry,)
            )
        if not workshop.library.shared:  # What belongs to everybody is not one visitor's to pin or delete.
            st.button(
                "Unpin" if entry.pinned else "Pin",
                key=f"pin-{entry.id}",
                icon=":material/keep_off:" if entry.pinned else ":material/keep:",
                help="A pinned picture stays when the oldest ones are removed because the library is full.",
                on_click=_pin,
                args=(session, workshop.library, entry),
            )
            st.button(
                "Delete",
                key=f"delete-{entry.id}",
                icon=":material/delete:",
                on_click=_delete,
                args=(session, workshop.library, entry),
            )


def _draw_download(library: Library, entry: Entry) -> None:
    """A link where the bucket has one; else the picture itself, read now: a click has no place for what goes wrong."""
    key, icon = f"download-{entry.id}", ":material/download:"
    try:
        if link := library.link(entry):
            st.link_button("Download", link, key=key, icon=icon)
            return
        data = library.read(entry)
    except StudioError as error:
        st.caption(str(error))
        return
    name = f"background-{entry.hash[:8]}.jpg"
    st.download_button("Download", data, name, entry.media_type, key=key, icon=icon, on_click="ignore")


def _draw_deleted(session: Session, library: Library) -> None:
    if session.library_problem:
        st.error(session.library_problem, icon=":material/error:")
    deleted = session.deleted
    if deleted is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        minutes = round(UNDO / timedelta(minutes=1))
        st.caption(
            f"Deleted: {plain(shortened(deleted, 60))}. It can be brought back for {minutes} minutes.", width="content"
        )
        st.button(
            "Undo delete",
            key="undo-delete",
            icon=":material/undo:",
            on_click=_restore,
            args=(session, library, deleted),
        )


def use_entry(session: Session, workshop: Workshop, entry: Entry) -> None:
    """Put a kept picture behind the person."""
    session.prompt_problem = session.library_problem = None
    # What was on screen not long ago need not be read and decoded again, which takes a tenth of a second.
    if (chosen := session.timeline.find("kept", entry.id)) is not None:
        session.use(chosen)
        return
    try:
        use_made(session, workshop.fetch(entry))
    except StudioError as error:
        session.prompt_problem = session.library_problem = str(error)


def _copy(entry: Entry) -> None:
    st.session_state["prompt"] = entry.prompt
    st.session_state["style"] = None
    st.toast("The description is in the studio's field.", icon=":material/content_copy:")


def _delete(session: Session, library: Library, entry: Entry) -> None:
    session.library_problem = None
    try:
        library.delete(entry)
        session.deleted = entry
    except StudioError as error:
        session.library_problem = str(error)


def _pin(session: Session, library: Library, entry: Entry) -> None:
    session.library_problem = None
    try:
        library.pin(entry, not entry.pinned)
    except StudioError as error:
        session.library_problem = str(error)


def _restore(session: Session, library: Library, entry: Entry) -> None:
    session.deleted = session.library_problem = None
    try:
        library.restore(entry)
    except StudioError as error:
        session.library_problem = str(error)


def shortened(entry: Entry, most: int) -> str:
    """What the picture is called, in at most so many characters and whole words."""
    name = entry.prompt or entry.name or "picture"
    if len(name) <= most:
        return name
    return f"{name[: most - 1].rsplit(' ', 1)[0].rstrip(' ,')}…"


def words(entry: Entry) -> str:
    """All that is known of the picture, for people."""
    made = f"{entry.generator}, {entry.model}" if entry.generator else "uploaded"
    seed = f", seed {entry.seed}" if entry.seed is not None else ""
    size = f"{entry.width} × {entry.height}"
    when = entry.created_at.astimezone(_visitors_zone())
    return f"{plain(entry.prompt or entry.name)} · {plain(made)}{seed} · {size} · {when:%Y-%m-%d %H:%M}"


def _visitors_zone() -> tzinfo:
    """As their browser says; UTC where it says nothing that this machine knows."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a name longer than a file's may be.
        return UTC
