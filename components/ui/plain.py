"""Words that somebody typed, shown as they are: Streamlit reads most texts as Markdown, which can load pictures."""

from __future__ import annotations

import re

_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~:$&])")


def plain(text: str) -> str:
    """The text with everything escaped that Markdown or Streamlit's own marks would read."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
