"""Backdrop Studio: `streamlit run app.py`."""

import streamlit as st

st.navigation(
    [
        st.Page("pages/studio.py", title="Studio", icon=":material/videocam:", default=True),
        st.Page("pages/watch.py", title="Watch", icon=":material/live_tv:"),
        st.Page("pages/backgrounds.py", title="Backgrounds", icon=":material/photo_library:"),
    ],
    position="top",
).run()
