"""Backdrop Studio: `streamlit run app.py`."""

import streamlit as st

st.navigation([st.Page("pages/studio.py", title="Studio", icon=":material/videocam:", default=True)]).run()
