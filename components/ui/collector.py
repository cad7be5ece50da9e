"""Keeps Python's garbage collector out of the frames' way.

A full collection holds every thread for as long as it takes to walk all objects: 100 ms with those that the libraries
make when they are imported, three frames' time, and a few ms without. Streamlit would run one after every run of every
fragment, six a second for one visitor: 60 % of the server's time, and 19 of 30 fps, in a browser on two cores.
`.streamlit/config.toml` ends that, and this makes those cheap that Python itself runs.
"""

from __future__ import annotations

import gc
import importlib
import threading

import streamlit as st

from components.video.studio import Seats

QUIET_S = 60.0
"""A camera's connection has been torn down so long after its seat was freed; what still is would stay frozen."""


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


class SettlingSeats(Seats):
    """Seats that settle when nobody has had one for `quiet_s`: what was alive the last time is garbage by then, and no
    other collection sees it."""

    def __init__(self, limit: int, quiet_s: float = QUIET_S) -> None:
        super().__init__(limit)
        self._everybodys = limit
        self._quiet_s = quiet_s
        self._settling = threading.Lock()
        self._timer: threading.Timer | None = None

    def claim(self, holder: object) -> bool:
        """As in `Seats`; after a collection that has begun. That is no longer than it would hold this thread anyway."""
        with self._settling:
            self._forget_timer()
            return super().claim(holder)

    def release(self, holder: object) -> None:
        """As in `Seats`; the collection comes later, in a thread of its own."""
        super().release(holder)
        with self._settling:
            self._forget_timer()
            if self.free == self._everybodys:
                self._timer = threading.Timer(self._quiet_s, self._settle)
                self._timer.daemon = True
                self._timer.start()

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _settle(self) -> None:
        with self._settling:  # Nobody becomes live meanwhile, and nobody has since this was due.
            if self._timer is threading.current_thread():
                settle()
