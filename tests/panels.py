"""What the panels of a page are drawn with, as Streamlit's AppTest runs them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from components.backgrounds import gallery
from components.backgrounds.budget import Budget
from components.backgrounds.library import folder_library
from components.backgrounds.workshop import Workshop
from components.ui.session import Session
from components.ui.timeline import Chosen, Timeline
from components.video.backdrop import Still
from components.video.frame_path import Look
from components.video.studio import Seats, Studio
from tests.fake_generator import Painter


def a_session() -> Session:
    """A visitor before a green wall, without a stage."""
    backdrop = Still.colour(0, 160, 60)
    no_stage: Any = None
    return Session(Studio(Seats(1), Look(backdrop)), Timeline([Chosen("scene", "green", backdrop)]), no_stage)


def a_workshop(folder: Path, painter: Painter | None = None, shared: bool = False) -> Workshop:
    """One with that painter, whose library and counts are in the folder."""
    budget = Budget(folder / "budget.sqlite", per_session=9, per_day=9)
    return Workshop(painter or Painter(), budget, folder_library(folder, shared=shared))


def paint_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let scenes be of one colour, and those with a thumbnail be there already."""
    monkeypatch.setattr(gallery, "paint", lambda *_: np.zeros((72, 128, 3), np.uint8))
    monkeypatch.setattr(gallery, "_paintings", {})
    for scene in gallery.FEATURED:
        gallery.picture(scene.key)


def drawn(script: Callable[[], None], session: Session, workshop: Workshop) -> AppTest:
    """The page that this function draws; it finds both in `st.session_state`, as "visitor" and "workshop"."""
    app = AppTest.from_function(script, default_timeout=20)
    app.session_state["visitor"] = session
    app.session_state["workshop"] = workshop
    return app.run()
