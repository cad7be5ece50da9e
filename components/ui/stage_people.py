"""Who else is on the stage, seen and heard, and how to invite an audience."""

from __future__ import annotations

import streamlit as st
from pydantic import SecretStr

from components.settings import Settings
from components.stage.local import LocalStage
from components.stage.token_source import PastedTokens, TokenSource
from components.stage.tokens import ParticipantToken
from components.ui.fields import secret, typed
from components.ui.ivs_access import made
from components.ui.links import room_link, token_link
from components.ui.network import rtc_configuration
from components.ui.on_stage import OnStage
from components.ui.roster import draw_roster
from components.ui.viewer import draw_ivs_viewer, draw_local_viewer


def draw_people(on_stage: OnStage, settings: Settings) -> None:
    """The others, and "Invite"."""
    if on_stage.local is not None:
        _draw_local(on_stage, on_stage.local, settings)
    elif on_stage.tokens is not None:
        _draw_ivs(on_stage, on_stage.tokens, settings)


def _draw_local(on_stage: OnStage, stage: LocalStage, settings: Settings) -> None:
    people = (stage.participant(person.id) for person in stage.roster())
    own = {person.id for person in people if person is not None and person.media is on_stage.feed}
    st.caption("Room code: whoever has it can watch and come on.")
    st.code(stage.code, language=None)
    _draw_invite(room_link(stage.code), "Whoever opens this link sees and hears the stage.")
    st.markdown("**On stage with you**")
    draw_local_viewer(stage, rtc_configuration(settings), key="studio-viewer", exclude=own, performer=True)


def _draw_ivs(on_stage: OnStage, tokens: TokenSource, settings: Settings) -> None:
    if made(tokens):
        if on_stage.invitation:
            _draw_invite(on_stage.invitation, "For one viewer: each needs a link of their own.")
        st.button(
            "Invite" if not on_stage.invitation else "Invite another viewer",
            key="invite-viewer",
            icon=":material/person_add:",
            width="stretch",
            disabled=on_stage.asking,
            help="Makes a link with a viewer's token in it. Everybody needs a link of their own.",
            on_click=_invite,
            args=(on_stage, tokens),
        )
    st.markdown("**On stage with you**")
    if on_stage.viewer_token is None:
        draw_roster(on_stage, settings)
        _draw_entrance(on_stage, tokens)
        return
    sdk = str(settings.ivs_web_sdk_url)
    draw_ivs_viewer(on_stage.viewer_token, sdk, key="studio-viewer", exclude={on_stage.own_id or ""})


def _draw_entrance(on_stage: OnStage, tokens: TokenSource) -> None:
    if not made(tokens):
        secret("Viewer token", "viewer-token", placeholder="a second one, with SUBSCRIBE")
    st.button(
        "See and hear who is there",
        key="watch-others",
        icon=":material/visibility:",
        width="stretch",
        disabled=on_stage.asking,
        on_click=_watch,
        args=(on_stage, tokens),
    )


def _draw_invite(link: str, words: str) -> None:
    with st.popover("Invite", icon=":material/person_add:", width="stretch"):
        st.caption(words)
        st.code(link, language=None, wrap_lines=True)


def _invite(on_stage: OnStage, tokens: TokenSource) -> None:
    def use(token: ParticipantToken) -> None:
        on_stage.invitation = token_link(token.secret.reveal())

    on_stage.ask(tokens.viewer_token, use)


def _watch(on_stage: OnStage, tokens: TokenSource) -> None:
    def use(token: ParticipantToken) -> None:
        on_stage.viewer_token = SecretStr(token.secret.reveal())

    if isinstance(tokens, PastedTokens):
        tokens.watch_with(typed("viewer-token"))
    on_stage.ask(tokens.viewer_token, use)
