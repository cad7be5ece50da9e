"""The product, on one page: leaving a page stops its camera."""

import streamlit as st

from components.ui.backgrounds import draw_backgrounds
from components.ui.guard import guard
from components.ui.history import draw_history
from components.ui.models import segmenter_factory
from components.ui.picture import draw_edges, draw_figures
from components.ui.preview import draw_controls, draw_preview
from components.ui.prompt import draw_prompt
from components.ui.quality import draw_quality
from components.ui.session import visitor_session
from components.ui.visitor import owner_of
from components.ui.workshop import workshop_of

settings = guard()
session = visitor_session(settings)
workshop = workshop_of(settings)

# As wide as leaves the start button on a laptop's screen.
with st.container(horizontal_alignment="center"), st.container(width=920):
    preview = st.container()
    camera = draw_controls(session)
    with preview:
        draw_preview(session, settings, camera, segmenter_factory(settings))
    edges, figures = st.columns(2)
    with edges:
        draw_quality(session)
        draw_edges(session)
    with figures:
        draw_figures(session)

# Last, as the scenes of a new process are still being painted: the camera need not wait for them.
with st.sidebar:
    owner = owner_of(session)
    draw_prompt(session, workshop, owner)
    draw_history(session, workshop, owner)
    draw_backgrounds(session, workshop.library, owner)
