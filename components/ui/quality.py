"""The control "Quality" and the panel "Advanced"."""

from __future__ import annotations

from dataclasses import fields, replace

import streamlit as st

from components.ui.session import Session
from components.video.quality import LADDER, LEVELS, Override, Quality, Steps

TOGGLES = {
    "follow": ("Follow me", "Looks closer at you, so that your outline is as good when you sit further away."),
    "square": ("Closer look", "In wide pictures a slower model finds you: a finer outline, for twice the time."),
    "low_light": ("Low light", "Finds you in a dark room. The picture itself is not brightened."),
    "edge_aware": ("Fine edges", "Follows hair and shoulders more closely. Of all steps this one costs most."),
    "steady": ("Steady edges", "Less flicker along your outline."),
    "flow": ("Steady in motion", "Your outline is as steady while you or the camera move."),
    "clean": ("Tidy up", "Closes holes in you and removes specks of the room."),
    "reuse": ("Rest when still", "While nothing moves, your outline is not looked for anew."),
}
SHARES = {
    "light_match": ("Light match", "Moves your brightness and colour towards the background's light."),
    "light_wrap": ("Light wrap", "Lets bright parts of the background shine over your edge."),
    "spill": ("Colour spill", "Takes the colour of a loud room back from your edge."),
}

LONGEST_STRIDE = 3


def draw_quality(session: Session) -> None:
    """One knob, and what it stands for."""
    if not st.session_state.get("quality"):  # It may be there, and None: see `_aim`.
        st.session_state["quality"] = session.studio.look.quality.value
    st.segmented_control(
        "Quality",
        [level.value for level in (Quality.AUTO, Quality.FASTEST, Quality.BALANCED, Quality.BEST)],
        required=True,
        key="quality",
        wrap=True,
        on_change=_aim,
        args=(session,),
        help="Auto does as much for your edges as this server can carry at a steady frame rate.",
    )
    _show(session)
    with st.expander("Advanced", icon=":material/tune:"):
        if session.studio.look.quality is Quality.AUTO:
            st.caption("What you leave alone here comes and goes with the load.")
        for name, (label, text) in TOGGLES.items():
            st.toggle(label, key=_key(name), on_change=_adjust, args=(session, name), help=text)
        for name, (label, text) in SHARES.items():
            st.slider(
                label,
                0,
                100,
                step=5,
                format="%d %%",
                key=_key(name),
                on_change=_adjust,
                args=(session, name),
                help=text,
            )
        st.slider(
            "Frames per outline",
            1,
            LONGEST_STRIDE,
            key=_key("stride"),
            on_change=_adjust,
            args=(session, "stride"),
            help="With 1 your outline is found in every frame; with more it costs less, and is late in fast movements.",
        )
        st.button("Reset steps", key="steps-reset", icon=":material/restart_alt:", on_click=_reset, args=(session,))


def _aim(session: Session) -> None:
    # None: a page that is rerun while it first loads reports the control before it has drawn it (Streamlit 1.67).
    if chosen := st.session_state["quality"]:
        session.studio.aim(Quality(chosen))


def _adjust(session: Session, name: str) -> None:
    value = st.session_state[_key(name)]
    by_hand = value / 100 if name in SHARES else value
    session.studio.adjust(replace(session.studio.look.override, **{name: by_hand}))


def _reset(session: Session) -> None:
    session.studio.adjust(Override())


def _show(session: Session) -> None:
    """Put the widgets where the look is: the level's steps, and what was set by hand."""
    look = session.studio.look
    steps = look.override.on(LADDER[0].steps if look.quality is Quality.AUTO else LEVELS[look.quality])
    for field in fields(Override):
        st.session_state[_key(field.name)] = _shown(steps, field.name)


def _shown(steps: Steps, name: str) -> bool | int:
    value: bool | int = getattr(steps, name)
    return round(100 * value) if name in SHARES else value


def _key(name: str) -> str:
    return f"step-{name}"
