"""The part of the section "Background" that takes files: pictures, and clips that play in a loop."""

from __future__ import annotations

from functools import partial

import streamlit as st

from components.backgrounds.clips import open_clip
from components.backgrounds.entries import Details
from components.backgrounds.library import Library
from components.backgrounds.upload import MAX_UPLOAD_BYTES, Picture
from components.backgrounds.upload_job import UploadJob
from components.errors import LibraryError
from components.ui.plain import plain
from components.ui.session import Session, Upload
from components.ui.thumbnails import draw_thumbnail, jpeg, tile_columns
from components.ui.timeline import MOST_UPLOADS, Chosen
from components.ui.visitor import EVERYBODY
from components.video.backdrop import Backdrop, Still
from components.video.clip import Clip

QUICK_SECONDS = 2.0
"""So long the page waits for a file before it is drawn without: nearly every picture is there by then."""


def draw_upload(session: Session, library: Library, owner: str) -> None:
    """Draw the control, what is said of the last file, and the visit's uploads; a finished one applies before."""
    _cancel_with_page(session)
    # No list of types: names are the sender's words, and what works is judged by content (headers.py).
    file = st.file_uploader("Upload a picture", key="upload", max_upload_size=MAX_UPLOAD_BYTES // 1_000_000)
    st.caption("A picture, or a clip that plays in a loop, up to 20 MB. Places and dates in it are dropped.")
    if library.shared:
        st.caption(EVERYBODY)
    with st.container():
        _read_file(session, library, owner, file)
        if session.upload_job is not None:
            _await_upload(session)
        elif session.upload_problem:
            st.error(session.upload_problem, icon=":material/broken_image:")
        elif session.upload_note:
            st.caption(session.upload_note)
    _draw_uploads(session)


def _read_file(
    session: Session, library: Library, owner: str, file: st.runtime.uploaded_file_manager.UploadedFile | None
) -> None:
    """Begin with a new file, give up what the visitor has taken away, and apply what is finished."""
    job = session.upload_job
    if job is not None and (file is None or job.cancelled or file.file_id != session.upload_seen):
        job.cancel()
        job = session.upload_job = None
        session.upload_seen = ""
    if file is not None and file.file_id != session.upload_seen:
        session.upload_seen = file.file_id
        session.upload_problem = session.upload_note = None
        job = session.upload_job = UploadJob(file.name, file.getvalue())
        with st.spinner("Preparing your clip…" if job.is_clip else "Reading your file…"):
            job.wait(QUICK_SECONDS)
    if job is not None and job.done and not job.cancelled:
        session.upload_job = None
        _take(session, library, owner, job)
        st.rerun()


@st.fragment(run_every=0.5)
def _await_upload(session: Session) -> None:
    job = session.upload_job
    if job is None or job.done:
        st.rerun()
    if job.is_clip:
        st.caption(
            ":material/hourglass_top: Preparing your clip… Usually 3 to 30 seconds, up to two minutes for a large one. "
            "Your stream goes on."
        )
    else:
        st.caption(":material/hourglass_top: Reading your file…")


def _draw_uploads(session: Session) -> None:
    for index, (column, upload) in enumerate(zip(tile_columns(len(session.uploads)), session.uploads, strict=True)):
        with column:
            current = session.timeline.current == upload.chosen
            draw_thumbnail(upload.label, upload.thumbnail, current)
            st.button(
                f"Use {plain(upload.label)}",
                key=f"use-upload-{index}",
                width="stretch",
                wrap=True,
                on_click=session.use,
                args=(upload.chosen,),
            )


def _take(session: Session, library: Library, owner: str, job: UploadJob) -> None:
    upload = job.upload
    if upload is None:
        session.upload_problem, session.upload_note = job.problem, None
        return
    entry, note = None, upload.note
    if isinstance(upload, Picture):
        still = upload.pixels
        backdrop: Backdrop = Still(still)
        try:
            entry = library.keep_pixels(owner, still, Details.uploaded(job.name))
            note = " ".join(filter(None, (note, library.news(owner)))) or None
        except LibraryError as error:
            note = f"It is on screen, but it was not kept: {error}"
    else:
        still, backdrop = upload.still, Clip(partial(open_clip, upload.data), upload.still)
    if entry:
        session.use(Chosen("kept", entry.id, backdrop))
    else:
        chosen = Chosen("upload", session.upload_seen, backdrop)
        session.uploads = [Upload(chosen, _short(job.name), jpeg(still)), *session.uploads][:MOST_UPLOADS]
        session.use(chosen)
    session.upload_note = note


def _short(name: str) -> str:
    plain = "".join(letter for letter in name if letter.isalnum() or letter in " ._-").strip() or "upload"
    return plain if len(plain) <= 20 else f"{plain[:12]}…{plain[-7:]}"


def cancel_upload(session: Session) -> None:
    """The page is closed: nobody waits for the file. A visitor who comes back finds it read anew. Any thread."""
    if session.upload_job is not None:
        session.upload_job.cancel()


@st.cache_resource(scope="session", on_release=cancel_upload, show_spinner=False)
def _cancel_with_page(_session: Session) -> Session:
    return _session
