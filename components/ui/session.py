"""What one visitor's session holds, in one place and typed; nobody else ever sees it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import cast

import streamlit as st

from components.backgrounds.entries import Entry
from components.backgrounds.gallery import picture
from components.backgrounds.painter import SCENES
from components.backgrounds.upload_job import UploadJob
from components.backgrounds.workshop import Job
from components.lookup import Visit
from components.settings import Settings
from components.stage.publisher import Publisher
from components.ui._compat import event_loop
from components.ui.collector import SettlingSeats
from components.ui.on_stage import OnStage
from components.ui.timeline import Chosen, Timeline
from components.video.backdrop import Still, Strength
from components.video.frame_path import Look
from components.video.studio import Seats, Studio


@dataclass(frozen=True)
class Upload:
    """A clip, or a picture that could not be kept, for the visit; `thumbnail` is a JPEG."""

    chosen: Chosen
    label: str
    thumbnail: bytes


@dataclass
class Session:
    """Created on the first run of a visitor's page. `choices` counts how often a background was chosen, `revision` how
    often something else than a control itself changed what it shows."""

    studio: Studio
    timeline: Timeline
    on_stage: OnStage
    visit: Visit = field(default_factory=Visit)
    id: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    uploads: list[Upload] = field(default_factory=list)
    upload_seen: str = ""
    upload_job: UploadJob | None = None
    upload_problem: str | None = None
    upload_note: str | None = None
    colour: str = "#2f6f62"
    strength: Strength = Strength.MEDIUM
    had_frames: bool = False
    """Whether this start of the camera has brought pictures: then the network lets it through."""
    connecting_since: float | None = None
    stuck_since: float | None = None
    job: Job | None = None
    prompt_problem: str | None = None
    prompt_note: str | None = None
    prompt_news: str | None = None
    deleted: Entry | None = None
    library_problem: str | None = None
    last_request: tuple[str, str | None] | None = None
    choices: int = 0
    revision: int = 0

    def __post_init__(self) -> None:
        self.visitor = self.id
        """The visitor's name once their browser has told it (`visitor.py`): it outlives a reload."""

    def key(self, name: str) -> str:
        """The key of a control that shows the look: it is made anew when something else changes what it shows.

        A value that the script gives to a control in place may be lost: Streamlit (1.67) takes for the visitor's wish
        what the browser still reports of the old value, and forgets a first one where a page is rerun while it loads.
        So the value is the control's own default, and a callback asks `is_current` of the revision it was made in.
        """
        return f"{name}-{self.revision}"

    def is_current(self, revision: int) -> bool:
        """Whether controls of that revision are still on the page; what the browser reports of others is old news."""
        return revision == self.revision

    def use(self, chosen: Chosen) -> None:
        """Put this behind the person, from the next frame on."""
        self.timeline.put(chosen)
        self._stand(self.timeline.current)

    def undo(self) -> None:
        """Back to what stood there before."""
        self.revision += 1
        self._stand(self.timeline.undo())

    def redo(self) -> None:
        """Forward again."""
        self.revision += 1
        self._stand(self.timeline.redo())

    def _stand(self, chosen: Chosen) -> None:
        self.studio.choose(chosen.backdrop)
        self.choices += 1
        if chosen.kind == "blur":
            self.strength = Strength[chosen.name]
        elif chosen.kind == "colour":
            self.colour = chosen.name
        # What the page says of an earlier attempt is over.
        self.prompt_problem = self.prompt_note = self.upload_problem = self.upload_note = None

    def shows(self, kind: str, name: str) -> bool:
        """Whether this stands behind the person now."""
        current = self.timeline.current
        return (current.kind, current.name) == (kind, name)


def visitor_session(settings: Settings) -> Session:
    """This visitor's session, made with the first scene chosen."""
    if "visitor" not in st.session_state:
        first = Chosen("scene", SCENES[0].key, Still(picture(SCENES[0].key)))
        studio = Studio(_seats(settings.max_live_sessions), Look(first.backdrop))
        st.session_state["visitor"] = Session(studio, Timeline([first]), OnStage(Publisher(event_loop())))
    # Cast, not checked: a new version that Streamlit loads in mid-stream makes classes anew, and the stream goes on.
    return cast("Session", st.session_state["visitor"])


def leave_camera() -> None:
    """The visitor is on a page without the camera: it ends, and does not come back by itself."""
    if "visitor" in st.session_state:
        cast("Session", st.session_state["visitor"]).studio.dismiss()


@st.cache_resource(show_spinner=False)
def _seats(limit: int) -> Seats:
    return SettlingSeats(limit)
