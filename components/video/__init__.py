"""Frames in, frames out. No Streamlit and no network, except to fetch the model once."""
