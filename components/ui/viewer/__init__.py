"""The audience's side: one component that shows who is on a stage, whichever kind of stage it is.

Both functions belong into a fragment that runs every second: that is how somebody who comes or goes is noticed, and
how a browser's offer gets its answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st
from pydantic import SecretStr, ValidationError
from streamlit_webrtc.config import RTCConfiguration, compile_ice_servers

from components.loops import call_on
from components.stage.local import LocalStage, LocalStages
from components.stage.local_viewer import OFFERS, Seat
from components.ui._compat import event_loop

logger = logging.getLogger(__name__)

HERE = Path(__file__).parent

PATIENCE_SECONDS = 0.4
"""The longest a page waits for the event loop; what comes later is shown by its next run."""

SEATS = 4
"""Stages that one visit keeps open at a time; the one looked at longest ago is left for a fifth."""

# One module: a component is given its script as text, so its files cannot import each other.
_mount = st.components.v2.component(
    "stage_viewer",
    css=(HERE / "viewer.css").read_text(),
    js="\n".join((HERE / name).read_text() for name in ("grid.js", "local.js", "ivs.js", "viewer.js")),
)


@st.cache_resource(show_spinner=False)
def local_stages() -> LocalStages:
    """This process's own stages."""
    return LocalStages()


def draw_local_viewer(
    stage: LocalStage, ice: RTCConfiguration, *, key: str, exclude: Collection[str] = (), performer: bool = False
) -> None:
    """Show who is on this server's stage, but for the participants with these ids (one's own).

    `performer`: the visitor is on it themselves, and comes before the audience where there is little room. `ice` is for
    both ends. The connections are closed when the visitor's session ends or its websocket drops; the browser makes new
    ones by itself when it is back.
    """
    place = _place(stage.code, key, performer, stage)
    _take(place, (st.session_state.get(key) or {}).get("offers"), ice)
    people = [
        {"id": person.id, "name": person.name, "muted": person.muted, "hidden": person.hidden}
        for person in stage.roster()
        if person.id not in exclude
    ]
    _draw(
        key,
        source="local",
        participants=people,
        ice=ice.get("iceServers") or [],
        answers={who: answer.model_dump() for who, answer in place.seat.answers.items()},
    )


def draw_ivs_viewer(token: SecretStr | None, sdk_url: str, *, key: str, exclude: Collection[str] = ()) -> None:
    """Show who is on the IVS stage that this token may watch, but for these participant ids and user ids (one's own).

    The token goes to this visitor's browser, and must not be the one that publishes: the second user of a token
    throws the first out. None: the browser takes it from its own address, where an invitation has it in the fragment.
    """
    _draw(key, source="ivs", token=token.get_secret_value() if token else None, sdk=sdk_url, exclude=sorted(exclude))


def _draw(key: str, **data: Any) -> None:
    _mount(key=key, data=data, default={"offers": {}}, on_offers_change=_nothing)


def _nothing() -> None:
    """Streamlit wants a callback for each state; the next lines of the page read it instead."""


@dataclass(frozen=True)
class _Place:
    """A seat, and the loop on which it lives: when the session ends, Streamlit may not be there to be asked."""

    seat: Seat
    loop: asyncio.AbstractEventLoop

    def leave(self) -> None:
        """Any thread, the loop's own too: does not wait."""
        call_on(self.loop, lambda: asyncio.ensure_future(self.seat.release()))


@st.cache_resource(scope="session", max_entries=SEATS, on_release=_Place.leave, show_spinner=False)
def _place(code: str, key: str, performer: bool, _stage: LocalStage) -> _Place:
    return _Place(Seat(_stage, performer=performer), event_loop())


def _take(place: _Place, offers: object, ice: RTCConfiguration) -> None:
    """Let the browser's offers be answered on the event loop; in time for this run, or for the next one."""
    try:
        checked = OFFERS.validate_python(offers or {})
    except ValidationError:
        logger.info("A viewer's offers could not be read")
        return
    servers = compile_ice_servers(ice.get("iceServers") or [])
    work = asyncio.run_coroutine_threadsafe(place.seat.take(checked, servers), place.loop)
    try:
        work.result(PATIENCE_SECONDS)
    except TimeoutError:
        logger.info("The event loop is busy; answers come with the next run")
