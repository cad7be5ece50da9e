"""Contrast by WCAG 2.2, of the colours in .streamlit/config.toml."""

import tomllib
from pathlib import Path

import pytest

from components.ui.thumbnails import MARK

THEME = tomllib.loads(Path(".streamlit/config.toml").read_text())["theme"]
AA_TEXT, AA_CONTROL = 4.5, 3.0


def luminance(colour: str) -> float:
    parts = [value / 255 for value in bytes.fromhex(colour[1:])]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def faded(text: str, ground: str) -> str:
    """As Streamlit writes captions: six tenths of the text's colour."""
    pairs = zip(bytes.fromhex(text[1:]), bytes.fromhex(ground[1:]), strict=True)
    return "#" + "".join(f"{round(0.6 * above + 0.4 * below):02x}" for above, below in pairs)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_text_captions_buttons_and_links_are_legible(mode: str) -> None:
    theme = THEME[mode]
    assert contrast("#ffffff", theme["primaryColor"]) >= AA_TEXT
    for ground in (theme["backgroundColor"], theme["secondaryBackgroundColor"], theme["sidebar"]["backgroundColor"]):
        assert contrast(theme["textColor"], ground) >= AA_TEXT
        assert contrast(faded(theme["textColor"], ground), ground) >= AA_TEXT
        assert contrast(theme["primaryColor"], ground) >= AA_CONTROL
        assert contrast(theme.get("linkColor", theme["primaryColor"]), ground) >= AA_TEXT


def test_the_thumbnails_mark_has_the_dark_themes_colour() -> None:
    assert bytes(MARK).hex() == THEME["dark"]["primaryColor"][1:]
