"""Who else is on the IVS stage that one publishes to, in words: for everybody, also who has not asked to see them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from components.settings import Settings
from components.stage.ivs_rtmps import IvsRtmps
from components.stage.roster import Present
from components.stage.roster_watch import RosterWatch
from components.stage.secret import Secret
from components.stage.tokens import ParticipantToken
from components.ui._compat import event_loop
from components.ui.ivs_access import ivs_access
from components.ui.on_stage import OnStage
from components.ui.plain import plain


def draw_roster(on_stage: OnStage, settings: Settings) -> None:
    """One line. Nothing where it cannot be known."""
    token = _token(on_stage)
    if token is None:
        return
    present = _watch(on_stage, token, settings).look()
    if present is not None:
        others = [person for person in present if person.id != on_stage.own_id]
        st.caption(", ".join(map(_described, others)) if others else "Nobody else is on yet.")


def _token(on_stage: OnStage) -> ParticipantToken | None:
    """The publication's own. By RTMPS one has none: a blank one names no socket to listen to, so AWS alone is asked."""
    if isinstance(on_stage.ivs, IvsRtmps):
        return ParticipantToken(Secret(""), stage_arn=on_stage.ivs.stage_arn)
    return on_stage.ivs.token if on_stage.ivs else None


def _watch(on_stage: OnStage, token: ParticipantToken, settings: Settings) -> RosterWatch:
    """The publication's own; another one after it came back with another token. Who is not looked at ends by itself."""
    if on_stage.roster is None or on_stage.roster.token != token:
        on_stage.roster = RosterWatch(event_loop(), token, str(settings.ivs_events_url), _poll(token, settings))
    return on_stage.roster


def _poll(token: ParticipantToken, settings: Settings) -> Callable[[], tuple[Present, ...]] | None:
    api = ivs_access(settings).api
    return partial(api.participants, token.stage_arn) if api is not None and token.stage_arn else None


def _described(person: Present) -> str:
    marks = (" :material/mic_off:" if person.muted else "") + (" :material/videocam_off:" if person.hidden else "")
    return plain(person.name) + marks
