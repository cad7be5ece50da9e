"""Streamlit pieces, each drawn by a page; they call the other rooms and hold no logic of their own."""
