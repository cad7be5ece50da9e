"""The sidebar's section "Background": what stands behind the person, one click each."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.backgrounds.gallery import FEATURED, OTHERS, SIZE, SKETCH, Size, picture, ready
from components.backgrounds.library import Library
from components.backgrounds.painter import Scene
from components.ui.session import Session
from components.ui.thumbnails import draw_thumbnail, scene_thumbnail, tile_columns
from components.ui.timeline import Chosen
from components.ui.uploads import draw_upload
from components.video.backdrop import Blur, Still, Strength

MARK = ":material/check_circle:"
"""On the one in use, where there is no thumbnail to be marked."""

STRENGTHS = {Strength.LIGHT: "Light", Strength.MEDIUM: "Medium", Strength.STRONG: "Strong"}


def draw_backgrounds(session: Session, library: Library, owner: str) -> None:
    """Draw the built-in scenes, blur, colour and uploads; a click applies before the page is drawn again."""
    st.subheader("Background", anchor=False)
    draw_scenes(session)
    _draw_plain(session)
    draw_upload(session, library, owner)


def draw_scenes(session: Session, columns: int = 2) -> None:
    """Draw the built-in scenes; those behind "More scenes" have thumbnails from when that is opened."""
    with st.container():  # Here and below: see draw_prompt.
        _await_scenes(FEATURED, SIZE)
    for column, scene in zip(tile_columns(len(FEATURED), columns), FEATURED, strict=True):
        with column:
            if not ready(scene.key):
                st.skeleton(height=100)
                continue
            draw_thumbnail(scene.name, scene_thumbnail(scene.key, SIZE), session.shows("scene", scene.key))
            _draw_use(session, scene)
    more = st.expander("More scenes", icon=":material/landscape:", key="more-scenes", on_change="rerun")
    with more:
        with st.container():
            if more.open:
                _await_scenes(OTHERS, SKETCH)
        for column, scene in zip(tile_columns(len(OTHERS), columns), OTHERS, strict=True):
            current = session.shows("scene", scene.key)
            with column:
                if more.open and ready(scene.key, SKETCH):
                    draw_thumbnail(scene.name, scene_thumbnail(scene.key, SKETCH), current)
                elif more.open:
                    st.skeleton(height=70)
                _draw_use(session, scene, MARK if current else None)


def _draw_use(session: Session, scene: Scene, icon: str | None = None) -> None:
    st.button(
        f"Use {scene.name}",
        key=f"use-{scene.key}",
        icon=icon,
        width="stretch",
        wrap=True,
        on_click=_use_scene,
        args=(session, scene),
    )


def _await_scenes(scenes: Sequence[Scene], size: Size) -> None:
    """While some are still being painted: draw the page anew when there is one more."""
    drawn = _ready(scenes, size)
    if drawn < len(scenes):
        _await_more(scenes, size, drawn)


@st.fragment(run_every=0.7)
def _await_more(scenes: Sequence[Scene], size: Size, drawn: int) -> None:
    if _ready(scenes, size) > drawn:
        st.rerun()


def _ready(scenes: Sequence[Scene], size: Size) -> int:
    return sum([ready(scene.key, size) for scene in scenes])


def _draw_plain(session: Session) -> None:
    blur, colour = st.columns(2, gap="small")
    kind = session.timeline.current.kind
    blur.button(
        "Blur",
        key="use-blur",
        icon=MARK if kind == "blur" else ":material/blur_on:",
        width="stretch",
        on_click=_use_blur,
        args=(session,),
        help="Your own room, blurred. The only background that shows anything of it.",
    )
    colour.button(
        "Colour",
        key="use-colour",
        icon=MARK if kind == "colour" else ":material/palette:",
        width="stretch",
        on_click=_use_colour,
        args=(session,),
        help="One plain colour.",
    )
    with st.container():
        if kind == "blur":
            _draw_strength(session)
        if kind == "colour":
            st.color_picker(
                "Backdrop colour",
                session.colour,
                key=session.key("colour"),
                on_change=_change_colour,
                args=(session, session.revision),
            )


def _draw_strength(session: Session) -> None:
    st.segmented_control(
        "Blur strength",
        list(Strength),
        default=session.strength,
        required=True,
        format_func=STRENGTHS.__getitem__,
        key=session.key("blur-strength"),
        on_change=_change_strength,
        args=(session, session.revision),
    )


def _use_scene(session: Session, scene: Scene) -> None:
    session.use(Chosen("scene", scene.key, Still(picture(scene.key))))


def _use_blur(session: Session) -> None:
    session.use(Chosen("blur", session.strength.name, Blur(session.strength)))


def _change_strength(session: Session, revision: int) -> None:
    if session.is_current(revision):
        session.strength = st.session_state[session.key("blur-strength")]
        _use_blur(session)


def _use_colour(session: Session) -> None:
    red, green, blue = bytes.fromhex(session.colour[1:7])
    session.use(Chosen("colour", session.colour, Still.colour(red, green, blue)))


def _change_colour(session: Session, revision: int) -> None:
    if session.is_current(revision):
        session.colour = st.session_state[session.key("colour")]
        _use_colour(session)
