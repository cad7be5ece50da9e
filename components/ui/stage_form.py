"""Where the picture is to go: the destination, its fields, and joining."""

from __future__ import annotations

import time

import streamlit as st

from components.errors import JoinRefused, StageError
from components.settings import Settings
from components.stage import whip_errors
from components.stage.destination import Destination
from components.stage.ivs import Stage
from components.stage.ivs_rtmps import IvsRtmps
from components.stage.local import LocalDestination
from components.stage.rtmps import RtmpDestination
from components.stage.token_source import TokenSource
from components.stage.tokens import warning
from components.stage.webrtc_destinations import IvsStage, WhipEndpoint
from components.ui.browser_codecs import draw_browser_codecs
from components.ui.fields import secret, text, typed
from components.ui.ivs_access import IvsAccess, ivs_access
from components.ui.network import leg_servers
from components.ui.on_stage import OnStage
from components.ui.session import Session
from components.ui.viewer import local_stages

IVS, LOCAL, WHIP, RTMPS = "IVS stage", "This server", "WHIP endpoint", "RTMPS"

TWO_PILLS = 260
"""Pixels: the four destinations stand two and two, as they do not fit into the panel's width side by side."""

NAMES = {"ivs": IVS, "server": LOCAL, "whip": WHIP, "rtmps": RTMPS}
"""By their names in STAGE_DESTINATIONS."""


def draw_form(session: Session, settings: Settings) -> None:
    """The destination and its fields."""
    access = ivs_access(settings)
    destination = st.pills(
        "Destination",
        offered(settings),
        default=_usual(settings, access),
        required=True,
        key="destination",
        persist_state="session",
        width=TWO_PILLS,
        on_change=_turn,
        args=(session,),
    )
    # None until the control has been drawn once.
    destination = destination or _usual(settings, access)
    if destination == IVS:
        _draw_ivs(session, access)
    elif destination == LOCAL:
        _draw_room(session.on_stage)
    elif destination == WHIP:
        text("WHIP address", "whip-url", placeholder="https://…")
        secret("Bearer token", "whip-token", placeholder="blank if the server asks for none")
    else:
        _draw_rtmps(session, access)
    text("Your name", "stage-name", placeholder="Host", most=40)
    if destination in (IVS, LOCAL):
        draw_browser_codecs()


def _turn(session: Session) -> None:
    """What was wrong with the fields of another destination is not said of these."""
    session.on_stage.problem = None


def _draw_room(on_stage: OnStage) -> None:
    if on_stage.room is not None:
        # Who has left the stage, by whichever way, and joins again finds the audience where it was.
        st.session_state["room-code"] = on_stage.room
        on_stage.room = None
    text("Room code", "room-code", placeholder="blank: a room of your own")


def _draw_ivs(session: Session, access: IvsAccess) -> None:
    makes = access.can_make_tokens(_stage_arn(session, access))
    secret(
        "Participant token",
        "participant-token",
        placeholder="made for you on joining" if makes else "from the IVS console, with PUBLISH",
    )
    if makes:
        return
    secret("Viewer token", "viewer-token", placeholder="a second one, with SUBSCRIBE")
    if access.can_create_stage:
        st.button(
            "Create a stage",
            key="create-stage",
            icon=":material/add:",
            width="stretch",
            help="A stage in this app's AWS account, one for everybody here. Empty, it costs nothing.",
            disabled=session.on_stage.asking,
            on_click=_create_stage,
            args=(session, access),
        )


def _draw_rtmps(session: Session, access: IvsAccess) -> None:
    own = access.api is not None and _stage_arn(session, access) is not None
    hint = "made for you on joining" if own else ""
    text("Server address", "rtmps-url", placeholder=hint or "rtmps://host:443/app")
    secret("Stream key", "rtmps-key", placeholder=hint)
    st.caption("Goes through where UDP is blocked; two or three seconds later than the other ways.")
    if _in_the_clear(typed("rtmps-url")):
        st.caption(":material/lock_open: rtmp:// is not encrypted: anybody on the way can see the stream and the key.")


def _in_the_clear(server: str) -> bool:
    try:
        return not RtmpDestination(server, key="any", private=True).is_encrypted
    except StageError:
        return False  # No address yet.


def join(session: Session, settings: Settings) -> None:
    """Go onto the stage that the fields say. A callback: its words are drawn by the panel."""
    connection = session.studio.showing
    if connection is None or session.on_stage.busy:
        return
    session.on_stage.problem = None
    name = typed("stage-name") or "Host"
    try:
        destination, tokens = _chosen(session, settings, name)
    except StageError as error:
        session.on_stage.refuse(error)
        return
    session.on_stage.join(connection, destination, name=name, kbps=settings.stage_video_kbps, tokens=tokens)
    if isinstance(destination, LocalDestination):
        session.on_stage.room = destination.stage.code


def expiry(tokens: TokenSource | None) -> str | None:
    """A sentence if the token in use expires soon."""
    if tokens is None or tokens.expires_at is None:
        return None
    try:
        return warning(tokens.publish_token(), time.time())
    except StageError as error:
        return str(error)


def _chosen(session: Session, settings: Settings, name: str) -> tuple[Destination, TokenSource | None]:
    access, kbps = ivs_access(settings), settings.stage_video_kbps
    chosen = st.session_state["destination"] or _usual(settings, access)
    if chosen == IVS:
        tokens = access.tokens(typed("participant-token"), typed("viewer-token"), _stage_arn(session, access), name)
        words = whip_errors.IVS_OR_RTMPS if RTMPS in offered(settings) else whip_errors.IVS
        url, servers = str(settings.ivs_whip_url), leg_servers(settings)
        return IvsStage(tokens, url, video_kbps=kbps, ice_servers=servers, words=words), tokens
    if chosen == WHIP:
        url, bearer = typed("whip-url"), typed("whip-token")
        private = settings.stage_private_addresses
        servers, visit = leg_servers(settings), session.visit
        return WhipEndpoint(url, bearer, video_kbps=kbps, ice_servers=servers, private=private, visit=visit), None
    if chosen == RTMPS:
        return _rtmps(session, access, name)
    return _room(session, typed("room-code"), name), None


def _room(session: Session, code: str, name: str) -> LocalDestination:
    on_stage = session.on_stage
    if code:
        try:
            return LocalDestination(local_stages(), code, name, visit=session.visitor)
        except JoinRefused:
            if code != on_stage.own_room:
                raise
            # One's own that was empty for too long is no mistake: it is followed by another.
            st.toast("Your last room was empty for too long; this is a new one.", icon=":material/meeting_room:")
    destination = LocalDestination(local_stages(), None, name, visit=session.visitor)
    on_stage.own_room = destination.stage.code
    return destination


def _rtmps(session: Session, access: IvsAccess, name: str) -> tuple[Destination, TokenSource | None]:
    server, key, kbps = typed("rtmps-url"), typed("rtmps-key"), access.settings.stage_video_kbps
    arn = _stage_arn(session, access)
    if not server and not key and access.api is not None and arn is not None:
        # The tokens are for the audience, and to see who else is on.
        destination = IvsRtmps(access.api, arn, access.counted, name, video_kbps=kbps)
        return destination, access.tokens("", "", arn, name)
    private = access.settings.stage_private_addresses
    return RtmpDestination(server, key, video_kbps=kbps, private=private, visit=session.visit), None


def _stage_arn(session: Session, access: IvsAccess) -> str | None:
    return session.on_stage.stage_arn or access.settings.ivs_stage_arn


def _create_stage(session: Session, access: IvsAccess) -> None:
    counted = access.counted  # The question is asked in another thread, which knows no visitor.

    def use(stage: Stage) -> None:
        session.on_stage.stage_arn = stage.arn
        st.toast("Stage created. Set IVS_STAGE_ARN to what the log says, to use it every time.", icon=":material/add:")

    session.on_stage.ask(lambda: access.create_stage(counted), use)


def _usual(settings: Settings, access: IvsAccess) -> str:
    """An IVS stage where this app has anything to do with IVS, and this server's own where it has not."""
    named = {"ivs_stage_arn", "ivs_signing_key", "ivs_whip_url"} & settings.model_fields_set
    usual = IVS if named or access.api is not None else LOCAL
    return usual if usual in offered(settings) else offered(settings)[0]


def offered(settings: Settings) -> list[str]:
    """The destinations that this app allows."""
    return [NAMES[name] for name in settings.destinations]
