"""Backdrop Studio: `streamlit run app.py`."""

from components.ui.navigation import navigate

navigate()
