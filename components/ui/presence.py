"""Whether the visitor's page is still open: with a closed tab, camera and stream end within seconds.

By WebRTC alone that is noticed when ICE consent expires, 30 s later; an audience looks at a frozen picture until then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from components.loops import call_on
from components.ui._compat import event_loop
from components.video.studio import Studio

logger = logging.getLogger(__name__)

ON_ITS_WAY_S = 0.5
"""Frames that were sent before the tab closed may come for so long."""

SILENT_S = 1.5
"""Without a camera frame for so long after that, nobody is there."""


@dataclass(frozen=True, eq=False)
class _Presence:
    """One websocket's, and the loop to look on: when it drops, Streamlit may not be there to be asked."""

    studio: Studio
    loop: asyncio.AbstractEventLoop

    def ended(self) -> None:
        """Any thread, the loop's own too: does not wait."""
        call_on(self.loop, lambda: asyncio.ensure_future(end_if_silent(self.studio, self._is_back)))

    def _is_back(self) -> bool:
        return self.studio.page is not self


def note_presence(studio: Studio) -> None:
    """The page is open. Call it on each run: after a websocket that dropped there is another one to watch."""
    studio.page = _presence(studio)


@st.cache_resource(scope="session", on_release=_Presence.ended, show_spinner=False)
def _presence(_studio: Studio) -> _Presence:
    return _Presence(_studio, event_loop())


async def end_if_silent(studio: Studio, is_back: Callable[[], bool] = lambda: False) -> None:
    """Give the camera up, and with it the stage and the seat, if no frame comes any more. Event loop.

    Frames that still come are those of a visitor whose websocket alone was cut: it will be back. `is_back`: whether the
    page is there again. A page that is there brings a lost camera back by itself.
    """
    await asyncio.sleep(ON_ITS_WAY_S)
    before = _arrived(studio)
    await asyncio.sleep(SILENT_S)
    if _arrived(studio) == before and not is_back():
        logger.info("A visitor's page is closed: the camera's connection ends")
        studio.dismiss()


def _arrived(studio: Studio) -> tuple[object, int]:
    """Whose camera frames, and how many; without a camera, none."""
    live = studio.live
    return live, live.processor.figures().arrived if live is not None else 0
