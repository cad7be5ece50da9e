"""How much room the browser's window gives: the stage stands beside the preview where there is room for both."""

from __future__ import annotations

import streamlit as st

SIDE_BY_SIDE = 1100
"""Window width in pixels from which preview and stage stand side by side (ui.md)."""

# Only the answer is sent, not the width: a window being dragged would run the page at every pixel.
_REPORT = """
export default function ({ data, setStateValue, parentElement }) {
  const query = window.matchMedia(`(min-width: ${data.from}px)`);
  const report = () => setStateValue('wide', query.matches);
  if (parentElement.dataset?.reported !== String(query.matches)) {
    report();
    if (parentElement.dataset) parentElement.dataset.reported = String(query.matches);
  }
  query.onchange = report;
  return () => { query.onchange = null; };
}
"""

_viewport = st.components.v2.component("backdrop_viewport", js=_REPORT)


def is_wide() -> bool:
    """Whether preview and stage fit side by side; taken to be so until the browser has told."""
    answer = _viewport(key="viewport", data={"from": SIDE_BY_SIDE}, on_wide_change=lambda: None, height=1).get("wide")
    return answer is not False
