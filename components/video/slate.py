"""Pictures with a sentence, shown where no composite can be: they hold nothing of the camera."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from components.video.planes import I420, Size, from_rgb

STARTING = "Starting your camera…"
BUSY = "The studio is busy"
PAUSED = "Your room stays private"


@lru_cache(maxsize=16)
def slate(sentence: str, size: Size) -> I420:
    """The sentence, centred on a dark soft gradient. Any thread; a few ms the first time."""
    width, height = size
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    top, bottom = np.array([38, 42, 58], np.float32), np.array([20, 22, 32], np.float32)
    shade = np.broadcast_to(top + (bottom - top) * rows, (height, width, 3))
    picture = Image.fromarray(shade.astype(np.uint8))
    font = ImageFont.load_default(max(10, min(width // 18, height // 10)))
    draw = ImageDraw.Draw(picture)
    draw.text((width / 2, height / 2), sentence, fill=(225, 228, 240), font=font, anchor="mm")
    return from_rgb(np.asarray(picture))
