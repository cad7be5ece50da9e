"""What one visitor's session holds, in one place and typed; nobody else ever sees it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import streamlit as st

from components.backgrounds.gallery import picture
from components.backgrounds.painter import SCENES
from components.settings import Settings
from components.video.backdrop import Backdrop, Still, Strength
from components.video.frame_path import Look
from components.video.studio import Seats, Studio


@dataclass(frozen=True)
class Upload:
    """A picture or clip that the visitor brought; `thumbnail` is a JPEG."""

    name: str
    backdrop: Backdrop
    thumbnail: bytes


Choice = tuple[str, str]
"""What stands behind the person, as kind and name: ("scene", "beach"), ("blur", ""), ("upload", "cat.jpg")."""


@dataclass
class Session:
    """Created on the first run of a visitor's page."""

    studio: Studio
    choice: Choice
    uploads: list[Upload] = field(default_factory=list)
    upload_problem: str | None = None
    upload_note: str | None = None
    colour: str = "#2f6f62"
    strength: Strength = Strength.MEDIUM
    connecting_since: float | None = None


def visitor_session(settings: Settings) -> Session:
    """This visitor's session, made with the first scene chosen."""
    if "visitor" not in st.session_state:
        first = SCENES[0]
        studio = Studio(_seats(settings.max_live_sessions), Look(Still(picture(first.key))))
        st.session_state["visitor"] = Session(studio, ("scene", first.key))
    # Cast, not checked: a new version that Streamlit loads in mid-stream makes classes anew, and the stream goes on.
    return cast("Session", st.session_state["visitor"])


@st.cache_resource(show_spinner=False)
def _seats(limit: int) -> Seats:
    return Seats(limit)
