"""The sidebar's section "Background": what stands behind the person, one click each."""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.backgrounds.clips import open_clip
from components.backgrounds.gallery import picture
from components.backgrounds.painter import SCENES, Scene
from components.backgrounds.upload import Picture, read_upload
from components.errors import UploadError
from components.ui.session import Session, Upload
from components.ui.thumbnails import jpeg, marked, scene_thumbnail
from components.video.backdrop import Blur, Still, Strength
from components.video.clip import Clip

COLUMNS = 2
FILE_TYPES = ["jpg", "jpeg", "png", "webp", "gif", "mp4", "webm"]
MOST_UPLOADS = 4
"""Uploads kept on the page; each holds a picture of up to 8 MB."""

STRENGTHS = {Strength.LIGHT: "Light", Strength.MEDIUM: "Medium", Strength.STRONG: "Strong"}


def draw_backgrounds(session: Session) -> None:
    """Draw the section; a click applies before the page is drawn again."""
    st.header("Background")
    _draw_tiles(session)
    _draw_plain(session)
    _draw_upload(session)


def _draw_tiles(session: Session) -> None:
    for column, scene in zip(_columns(len(SCENES)), SCENES, strict=True):
        with column:
            current = session.choice == ("scene", scene.key)
            _draw_thumbnail(scene.name, scene_thumbnail(scene.key), current)
            st.button(
                f"Use {scene.name}",
                key=f"use-{scene.key}",
                width="stretch",
                wrap=True,
                on_click=_use_scene,
                args=(session, scene),
            )


def _columns(tiles: int) -> list[DeltaGenerator]:
    """A place for each tile, row by row, so that a name of two lines shifts its whole row."""
    rows = (st.columns(COLUMNS, gap="small") for _ in range(0, tiles, COLUMNS))
    return [column for row in rows for column in row][:tiles]


def _draw_thumbnail(name: str, thumbnail: bytes, current: bool) -> None:
    picture = marked(thumbnail) if current else thumbnail
    st.image(picture, width="stretch", alt=f"{name}, in use" if current else name)


def _draw_plain(session: Session) -> None:
    blur, colour = st.columns(2, gap="small")
    kind = session.choice[0]
    mark = ":material/check_circle:"
    blur.button(
        "Blur",
        key="use-blur",
        icon=mark if kind == "blur" else ":material/blur_on:",
        width="stretch",
        on_click=_use_blur,
        args=(session,),
        help="Your own room, blurred. The only background that shows anything of it.",
    )
    colour.button(
        "Colour",
        key="use-colour",
        icon=mark if kind == "colour" else ":material/palette:",
        width="stretch",
        on_click=_use_colour,
        args=(session,),
        help="One plain colour.",
    )
    if kind == "blur":
        st.segmented_control(
            "Blur strength",
            list(Strength),
            default=session.strength,
            required=True,
            format_func=STRENGTHS.__getitem__,
            key="blur-strength",
            on_change=_change_strength,
            args=(session,),
        )
    if kind == "colour":
        st.color_picker("Backdrop colour", session.colour, key="colour", on_change=_change_colour, args=(session,))


def _draw_upload(session: Session) -> None:
    st.file_uploader(
        "Upload a picture",
        FILE_TYPES,
        key="upload",
        max_upload_size=20,
        help="A picture, or a short clip that plays in a loop. Only its pixels are kept: no place, no date, no name.",
        on_change=_take_upload,
        args=(session,),
    )
    if session.upload_problem:
        st.error(session.upload_problem, icon=":material/broken_image:")
    elif session.upload_note:
        st.caption(session.upload_note)
    for index, (column, upload) in enumerate(zip(_columns(len(session.uploads)), session.uploads, strict=True)):
        with column:
            _draw_thumbnail(upload.name, upload.thumbnail, session.choice == ("upload", upload.name))
            st.button(
                f"Use {upload.name}",
                key=f"use-upload-{index}",
                width="stretch",
                wrap=True,
                on_click=_use_upload,
                args=(session, upload),
            )


def _use_scene(session: Session, scene: Scene) -> None:
    session.studio.choose(Still(picture(scene.key)))
    session.choice = ("scene", scene.key)


def _use_blur(session: Session) -> None:
    session.studio.choose(Blur(session.strength))
    session.choice = ("blur", "")


def _change_strength(session: Session) -> None:
    session.strength = st.session_state["blur-strength"]
    _use_blur(session)


def _use_colour(session: Session) -> None:
    red, green, blue = bytes.fromhex(session.colour[1:7])
    session.studio.choose(Still.colour(red, green, blue))
    session.choice = ("colour", "")


def _change_colour(session: Session) -> None:
    session.colour = st.session_state["colour"]
    _use_colour(session)


def _use_upload(session: Session, upload: Upload) -> None:
    session.studio.choose(upload.backdrop)
    session.choice = ("upload", upload.name)


def _take_upload(session: Session) -> None:
    file = st.session_state["upload"]
    session.upload_problem = session.upload_note = None
    if file is None:
        return
    try:
        upload = read_upload(file.name, file.getvalue())
    except UploadError as error:
        session.upload_problem = str(error)
        return
    session.upload_note = upload.note
    if isinstance(upload, Picture):
        taken = Upload(_short(file.name), Still(upload.pixels), jpeg(upload.pixels))
    else:
        taken = Upload(_short(file.name), Clip(partial(open_clip, upload.data), upload.still), jpeg(upload.still))
    session.uploads = [taken, *(u for u in session.uploads if u.name != taken.name)][:MOST_UPLOADS]
    _use_upload(session, taken)


def _short(name: str) -> str:
    plain = "".join(letter for letter in name if letter.isalnum() or letter in " ._-").strip() or "upload"
    return plain if len(plain) <= 20 else f"{plain[:12]}…{plain[-7:]}"
