"""GIF (GIF89a, sections 17 to 27)."""

from __future__ import annotations

from components.backgrounds.bare import Bare
from components.backgrounds.headers import MAX_GIF_STEPS, colour_table_bytes, gif_layout

_EXTENSION, _PICTURE, _END = 0x21, 0x2C, b"\x3b"
_CONTROL = 0xF9


def bare_gif(data: bytes) -> Bare:
    """The first picture, with the control block that says what is transparent; comments and the rest are left out."""
    layout = gif_layout(data)
    size = layout.width, layout.height
    animated = layout.pictures > 1
    if len(data) < 13:
        return Bare(data, size, animated=animated)
    at = 13 + colour_table_bytes(data[10])
    head, control = data[:at], b""
    while at + 2 <= len(data) and data[at] == _EXTENSION:
        end = _after_blocks(data, at + 2)
        if data[at + 1] == _CONTROL and data[at + 2] == 4 and end == at + 8:
            control = data[at:end]
        at = end
    if at + 10 > len(data) or data[at] != _PICTURE:
        return Bare(data, size, animated=animated)
    end = _after_blocks(data, at + 11 + colour_table_bytes(data[at + 9]))
    return Bare(head + control + data[at:end] + _END, size, animated=animated)


def _after_blocks(data: bytes, at: int) -> int:
    """The place after a row of sub-blocks and the empty one that ends it."""
    for _ in range(MAX_GIF_STEPS):
        if at >= len(data):
            return len(data)
        length = data[at]
        at += 1 + length
        if length == 0:
            return at
    return len(data)
