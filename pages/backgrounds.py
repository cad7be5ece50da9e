"""The library: everything a visitor has kept, to use again, download or delete; and the built-in scenes."""

import streamlit as st

from components.ui.backgrounds import draw_scenes
from components.ui.guard import guard
from components.ui.history import draw_library
from components.ui.session import visitor_session
from components.ui.visitor import owner_of
from components.ui.workshop import workshop_of

settings = guard()
session = visitor_session(settings)

st.header("Backgrounds", anchor=False)
st.caption(
    "“Use” puts a picture behind you in the studio. Leaving the studio stops the camera; "
    "“Open library” over there shows all this with the camera on."
)
draw_library(session, workshop_of(settings), owner_of(session))
st.subheader("Scenes", anchor=False)
draw_scenes(session, columns=4)
