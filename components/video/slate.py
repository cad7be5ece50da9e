"""Pictures with a sentence, shown where no composite can be: they hold nothing of the camera."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from components.video.planes import I420, Size

STARTING = "Starting your camera…"
BUSY = "The studio is busy"
PAUSED = "Your room stays private"

_TOP, _BOTTOM, _INK = 50, 32, 215
"""Luma at the top and the bottom, and of the words."""
_U, _V = 134, 126
"""A little blue."""


KEPT = 8
"""Slates kept: 25 MB if all are as large as a camera picture may be (`camera_size.py`)."""


@lru_cache(maxsize=KEPT)
def slate(sentence: str, size: Size) -> I420:
    """The sentence, centred on a dark soft gradient, of an even size. Any thread; a ms or two the first time.

    Drawn in luma straight away: by way of RGB it would take 40 ms at 1920x1080, and the event loop asks for it.
    """
    width, height = size
    rows = np.linspace(_TOP, _BOTTOM, height, dtype=np.float32).astype(np.uint8)
    luma = np.repeat(rows[:, None], width, axis=1)
    font = ImageFont.load_default(max(10, min(width // 18, height // 10)))
    left, top, right, bottom = (int(edge) for edge in font.getbbox(sentence, anchor="mm"))
    words = Image.new("L", (right - left + 2, bottom - top + 2))
    ImageDraw.Draw(words).text((-left, -top), sentence, fill=255, font=font, anchor="mm")
    share = np.asarray(words)[:height, :width].astype(np.uint16)
    y, x = (height - share.shape[0]) // 2, (width - share.shape[1]) // 2
    under = luma[y : y + share.shape[0], x : x + share.shape[1]]
    under[:] = (under * (255 - share) + _INK * share) // 255
    chroma = (height // 2, width // 2)
    return I420(luma, np.full(chroma, _U, np.uint8), np.full(chroma, _V, np.uint8))
