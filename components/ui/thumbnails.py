"""Thumbnails, with a mark on the one in use, and their places on the page."""

from __future__ import annotations

import io

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageOps
from streamlit.delta_generator import DeltaGenerator

from components.backgrounds.gallery import picture

SIZE = (320, 180)
"""Twice the size on the page, for sharp screens."""

MARK = (209, 68, 26)
"""The dark theme's primary colour (.streamlit/config.toml): one picture serves both themes."""


@st.cache_data(show_spinner=False)
def scene_thumbnail(key: str, size: tuple[int, int]) -> bytes:
    """The built-in scene's thumbnail, of its painting at this size."""
    return jpeg(picture(key, size))


def jpeg(pixels: NDArray[np.uint8]) -> bytes:
    """uint8 HxWx3 RGB as a JPEG of `SIZE`, cropped to its shape."""
    return _encoded(ImageOps.fit(Image.fromarray(pixels), SIZE))


def marked(thumbnail: bytes) -> bytes:
    """The same thumbnail with a frame and a tick."""
    tile = Image.open(io.BytesIO(thumbnail)).convert("RGB")
    width, height = tile.size
    draw = ImageDraw.Draw(tile)
    draw.rectangle((0, 0, width - 1, height - 1), outline=MARK, width=10)
    x, y, r = width - 40, 40, 24
    draw.ellipse((x - r, y - r, x + r, y + r), fill=MARK)
    draw.line([(x - 11, y + 1), (x - 3, y + 9), (x + 12, y - 8)], fill="white", width=6, joint="curve")
    return _encoded(tile)


def draw_thumbnail(name: str, thumbnail: bytes, current: bool) -> None:
    """Draw the thumbnail, marked if it is in use."""
    st.image(marked(thumbnail) if current else thumbnail, width="stretch", alt=f"{name}, in use" if current else name)


def tile_columns(tiles: int, columns: int = 2) -> list[DeltaGenerator]:
    """A place for each tile, row by row, so that a name of two lines shifts its whole row."""
    rows = (st.columns(columns, gap="small") for _ in range(0, tiles, columns))
    return [column for row in rows for column in row][:tiles]


def _encoded(tile: Image.Image) -> bytes:
    buffer = io.BytesIO()
    tile.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()
