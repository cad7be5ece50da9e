"""The panels "Edges" and "Figures"."""

from __future__ import annotations

import streamlit as st

from components.ui.session import Session
from components.video.edges import Edges
from components.video.figures import Figures

FIGURE_SPACE = "\u2007"
"""As wide as a digit, so that nothing jumps when a number grows."""


def draw_edges(session: Session) -> None:
    """Sliders for where the person ends, and how softly."""
    edges = session.studio.look.edges
    st.session_state.setdefault("edge-position", edges.position)
    st.session_state.setdefault("edge-softness", edges.softness)
    with st.expander("Edges", icon=":material/blur_linear:"):
        st.slider(
            "Edge position",
            *Edges.POSITION_RANGE,
            step=0.05,
            key="edge-position",
            on_change=_refine,
            args=(session,),
            help="Further right keeps less around you; further left keeps more hair.",
        )
        st.slider(
            "Edge softness",
            *Edges.SOFTNESS_RANGE,
            step=0.05,
            key="edge-softness",
            on_change=_refine,
            args=(session,),
            help="Further right is softer.",
        )
        st.button("Reset edges", key="edge-reset", icon=":material/restart_alt:", on_click=_reset, args=(session,))


def _refine(session: Session) -> None:
    session.studio.refine(Edges(st.session_state["edge-position"], st.session_state["edge-softness"]))


def _reset(session: Session) -> None:
    usual = Edges()
    st.session_state["edge-position"], st.session_state["edge-softness"] = usual.position, usual.softness
    session.studio.refine(usual)


def draw_figures(session: Session) -> None:
    """What the picture costs, once a second."""
    with st.expander("Figures", expanded=True, icon=":material/speed:"):
        _draw_line(session)


@st.fragment(run_every=1)
def _draw_line(session: Session) -> None:
    figures = session.studio.figures
    if figures is None:
        st.caption("Start the camera to see frame rate, time per frame and size.")
        return
    st.caption(line(figures))


def line(figures: Figures) -> str:
    """The figures in one line, in columns of steady width."""
    width, height = figures.size or (0, 0)
    skipped = f" · {figures.skipped} skipped" if figures.skipped else ""
    failed = f" · {figures.failures} failed" if figures.failures else ""
    numbers = f"{figures.fps_in:2.0f} fps in · {figures.fps_out:2.0f} fps out · {figures.frame_ms:3.0f} ms per frame"
    quality = f" · {figures.quality}" if figures.quality else ""
    return f"{numbers} · {width} × {height}{quality}{skipped}{failed}".replace("  ", FIGURE_SPACE * 2)
