"""How much room the page gives: the stage stands beside the preview where there is room for both."""

from __future__ import annotations

import streamlit as st

SIDE_BY_SIDE = 740
"""Width in pixels, beside the sidebar, from which preview and stage stand side by side: that of a laptop's window of
1280 pixels with the sidebar open, or of a tablet with it closed. The preview is then wider than the stage."""

# Only the answer is sent, not the width: a window being dragged would run the page at every pixel.
_REPORT = """
export default function ({ data, setStateValue, parentElement }) {
  const place = parentElement.host ?? parentElement;
  const observer = new ResizeObserver(() => {
    const wide = String(place.clientWidth >= data.from);
    if (!place.clientWidth || place.dataset.reported === wide) return;
    place.dataset.reported = wide;
    setStateValue('wide', wide === 'true');
  });
  observer.observe(place);
  return () => observer.disconnect();
}
"""

_viewport = st.components.v2.component("backdrop_viewport", js=_REPORT)


def is_wide() -> bool:
    """Whether preview and stage fit side by side; taken to be so until the browser has told."""
    answer = _viewport(key="viewport", data={"from": SIDE_BY_SIDE}, on_wide_change=lambda: None, height=1).get("wide")
    return answer is not False
