"""Who else is on the stage, seen and heard, and how to invite an audience."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from pydantic import SecretStr

from components.settings import Settings
from components.stage.local import LocalStage
from components.stage.roster import Present
from components.stage.token_source import PastedTokens, TokenSource
from components.stage.tokens import ParticipantToken
from components.ui.fields import secret, typed
from components.ui.ivs_access import made
from components.ui.links import room_link, token_link
from components.ui.network import rtc_configuration
from components.ui.on_stage import OnStage
from components.ui.plain import plain
from components.ui.roster import draw_roster
from components.ui.viewer import draw_ivs_viewer, draw_local_viewer


def draw_people(on_stage: OnStage, settings: Settings) -> None:
    """The others, and "Invite"."""
    if on_stage.local is not None:
        _draw_local(on_stage, on_stage.local, settings)
    elif on_stage.tokens is not None:
        _draw_ivs(on_stage, on_stage.tokens, settings)


def _draw_local(on_stage: OnStage, stage: LocalStage, settings: Settings) -> None:
    people = stage.roster()
    own = {person.id for person in people if _is_own(on_stage, stage, person)}
    st.caption("Room code: whoever has it can come on stage. To let people watch, invite them.")
    st.code(stage.code, language=None)
    _draw_invite(room_link(stage.watch_code), "Whoever opens this link sees and hears the stage, and cannot come on.")
    if on_stage.is_host:
        _draw_host(stage, [person for person in people if person.id not in own])
    st.markdown("**On stage with you**")
    draw_local_viewer(stage, rtc_configuration(settings), key="studio-viewer", exclude=own, performer=True)


def _is_own(on_stage: OnStage, stage: LocalStage, person: Present) -> bool:
    participant = stage.participant(person.id)
    return participant is not None and participant.media is on_stage.feed


def _draw_host(stage: LocalStage, others: Sequence[Present]) -> None:
    """What the host alone may do."""
    with st.popover("Manage", icon=":material/admin_panel_settings:", width="stretch"):
        st.toggle(
            "Lock the stage",
            value=stage.locked,
            key=f"lock-{stage.code}",
            help="Nobody else can come on until you unlock it. Whoever is on, or has been, can stay and come back.",
            on_change=_toggle_lock,
            args=(stage,),
        )
        if not others:
            st.caption("Nobody else is on the stage.")
        for person in others:
            st.button(
                f"Take off {plain(person.name)}",
                key=f"remove-{person.id}",
                icon=":material/person_remove:",
                width="stretch",
                help="They leave the stage and cannot come on again.",
                on_click=stage.remove,
                args=(person.id,),
            )


def _toggle_lock(stage: LocalStage) -> None:
    stage.locked = bool(st.session_state[f"lock-{stage.code}"])


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
