"""How much room the page gives: the stage stands beside the preview where there is room for both."""

from __future__ import annotations

from enum import StrEnum

import streamlit as st

SIDE_BY_SIDE = 740
"""Width in pixels, beside the sidebar, from which preview and stage stand side by side: that of a laptop's window of
1280 pixels with the sidebar open, or of a tablet with it closed. The preview is then wider than the stage."""

PHONE = 768
"""Width of the window in pixels up to which Streamlit shows the sidebar only when asked."""


class Room(StrEnum):
    """What fits beside each other."""

    WIDE = "wide"
    NARROW = "narrow"
    PHONE = "phone"


# Only the answer is sent, not the width: a window being dragged would run the page at every pixel.
_REPORT = """
export default function ({ data, setStateValue, parentElement }) {
  const place = parentElement.host ?? parentElement;
  const observer = new ResizeObserver(() => {
    if (!place.clientWidth) return;
    const room = innerWidth <= data.phone ? 'phone' : place.clientWidth < data.wide ? 'narrow' : 'wide';
    if (place.dataset.room === room) return;
    place.dataset.room = room;
    setStateValue('room', room);
  });
  observer.observe(place);
  return () => observer.disconnect();
}
"""

_viewport = st.components.v2.component("backdrop_viewport", js=_REPORT)


def room() -> Room:
    """What the browser has told; before that, or if it tells something else, wide."""
    widths = {"wide": SIDE_BY_SIDE, "phone": PHONE}
    told = _viewport(key="viewport", data=widths, on_room_change=lambda: None, height=1).get("room")
    return Room(told) if told in list(Room) else Room.WIDE
