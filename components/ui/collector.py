"""Keeps Python's garbage collector out of the frames' way.

A full collection holds every thread for as long as it takes to walk all objects: 100 ms with those that the libraries
make when they are imported, three frames' time, and a few ms without. Streamlit would run one after every run of every
fragment, six a second for one visitor: 60 % of the server's time, and 19 of 30 fps, in a browser on two cores.
`.streamlit/config.toml` ends that, and this makes those cheap that Python itself runs.
"""

from __future__ import annotations

import gc
import importlib

import streamlit as st


@st.cache_resource(show_spinner=False)
def spare_frames() -> None:
    """Once for the process, with all its libraries: the first page calls this, whichever it is."""
    importlib.import_module("components.video.segmenter")
    settle()


def settle() -> None:
    """Collect what is garbage, and put what is left out of the collector's sight. Any thread; 200 ms."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    # The next one comes when a quarter of what the last one saw has been added: that must not be the libraries.
    gc.collect()
