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
from components.ui.stage_panel import STAGE_WIDTH, draw_stage
from components.ui.viewport import Room, room
from components.ui.visitor import owner_of
from components.ui.workshop import workshop_of

settings = guard(camera=True)
session = visitor_session(settings)
workshop = workshop_of(settings)

there = room()
wide = there is Room.WIDE
# Only the direction changes with the window's width: the streamer keeps its place, and with it the connection.
with st.container(horizontal=wide, gap="medium"):
    with st.container(width="stretch"):
        preview = st.container()
        camera = draw_controls(session)
        with preview:
            draw_preview(session, settings, camera, segmenter_factory(settings))
        with st.container():
            if there is Room.PHONE:
                st.caption("Change your background: open :material/keyboard_double_arrow_right: at the top.")
        # As wide as the preview: the figures in two lines, four levels in one row.
        draw_figures(session)
        draw_quality(session)
        draw_edges(session)
    with st.container(width=STAGE_WIDTH if wide else "stretch", border=True):
        draw_stage(session, settings)

# Last, as the scenes of a new process are still being painted: the camera need not wait for them.
with st.sidebar:
    owner = owner_of(session)
    draw_prompt(session, workshop, owner)
    with st.container():  # It grows, and moves nothing below it.
        draw_history(session, workshop, owner)
    draw_backgrounds(session, workshop.library, owner)
