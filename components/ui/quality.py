"""The control "Quality" and the panel "Advanced"."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from components.ui.session import Session
from components.video.quality import LADDER, LEVELS, Override, Quality

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
    look = session.studio.look
    st.segmented_control(
        "Quality",
        [level.value for level in (Quality.AUTO, Quality.FASTEST, Quality.BALANCED, Quality.BEST)],
        default=look.quality.value,
        required=True,
        key="quality",
        wrap=True,
        on_change=_aim,
        args=(session,),
        help="Auto does as much for your edges as this server can carry at a steady frame rate.",
    )
    # The level's steps, and what was set by hand.
    steps = look.override.on(LADDER[0].steps if look.quality is Quality.AUTO else LEVELS[look.quality])
    with st.expander("Advanced", icon=":material/tune:"):
        if look.quality is Quality.AUTO:
            st.caption("What you leave alone here comes and goes with the load.")
        for name, (label, text) in TOGGLES.items():
            on: bool = getattr(steps, name)
            args = session, name, session.revision
            st.toggle(label, on, key=_key(session, name), on_change=_adjust, args=args, help=text)
        for name, (label, text) in SHARES.items():
            st.slider(
                label,
                0,
                100,
                round(100 * getattr(steps, name)),
                step=5,
                format="%d %%",
                key=_key(session, name),
                on_change=_adjust,
                args=(session, name, session.revision),
                help=text,
            )
        st.slider(
            "Frames per outline",
            1,
            LONGEST_STRIDE,
            steps.stride,
            key=_key(session, "stride"),
            on_change=_adjust,
            args=(session, "stride", session.revision),
            help="With 1 your outline is found in every frame; with more it costs less, and is late in fast movements.",
        )
        st.button("Reset steps", key="steps-reset", icon=":material/restart_alt:", on_click=_reset, args=(session,))


def _aim(session: Session) -> None:
    session.studio.aim(Quality(st.session_state["quality"]))
    session.revision += 1


def _adjust(session: Session, name: str, revision: int) -> None:
    if not session.is_current(revision):
        return
    value = st.session_state[_key(session, name)]
    by_hand = value / 100 if name in SHARES else value
    session.studio.adjust(replace(session.studio.look.override, **{name: by_hand}))


def _reset(session: Session) -> None:
    session.studio.adjust(Override())
    session.revision += 1


def _key(session: Session, name: str) -> str:
    return session.key(f"step-{name}")
