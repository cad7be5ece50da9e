"""The panels "Edges" and "Figures"."""

from __future__ import annotations

import streamlit as st

from components.ui.session import Session
from components.video.edges import Edges
from components.video.figures import Figures

FIGURE_SPACE = "\u2007"
"""As wide as a digit, so that nothing jumps when a number grows."""

FIXED_SPACE = "\u00a0"


def draw_edges(session: Session) -> None:
    """Sliders for where the person ends, and how softly."""
    edges = session.studio.look.edges
    with st.expander("Edges", icon=":material/blur_linear:"):
        st.slider(
            "Edge position",
            *Edges.POSITION_RANGE,
            edges.position,
            step=0.05,
            key=session.key("edge-position"),
            on_change=_refine,
            args=(session, session.revision),
            help="Further right keeps less around you; further left keeps more hair.",
        )
        st.slider(
            "Edge softness",
            *Edges.SOFTNESS_RANGE,
            edges.softness,
            step=0.05,
            key=session.key("edge-softness"),
            on_change=_refine,
            args=(session, session.revision),
            help="Further right is softer.",
        )
        st.button("Reset edges", key="edge-reset", icon=":material/restart_alt:", on_click=_reset, args=(session,))


def _refine(session: Session, revision: int) -> None:
    if session.is_current(revision):
        position, softness = (st.session_state[session.key(name)] for name in ("edge-position", "edge-softness"))
        session.studio.refine(Edges(position, softness))


def _reset(session: Session) -> None:
    session.studio.refine(Edges())
    session.revision += 1


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
    parts = [
        f"{figures.fps_in:{FIGURE_SPACE}>2.0f} fps in",
        f"{figures.fps_out:{FIGURE_SPACE}>2.0f} fps out",
        f"{figures.frame_ms:{FIGURE_SPACE}>3.0f} ms per frame",
        f"{width} × {height}",
        figures.quality,
        f"{figures.skipped} skipped" if figures.skipped else "",
        f"{figures.failures} failed" if figures.failures else "",
    ]
    # A narrow page breaks the line between two figures only, after the dot.
    return f"{FIXED_SPACE}· ".join(part.replace(" ", FIXED_SPACE) for part in parts if part)
