"""Picture files without what is not pixels.

A sound picture may carry megabytes of text, a broken comment or a profile that nobody can read; decoders refuse such
files whole. Each module here walks one format's blocks, decodes nothing, and gives a file of the pixels' blocks alone,
with the little that matters for how they are shown (`Bare`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_METADATA_BYTES = 1_000_000
"""Of an EXIF or XMP block. Larger ones are left out."""
MAX_PROFILE_BYTES = 4_000_000
"""Of a colour profile, unpacked. Real ones with large tables have about 2 MB; larger ones are left out."""


@dataclass(frozen=True, slots=True)
class Bare:
    """A picture file of pixels alone.

    `size` is its width and height in pixels as the header says, None where it says nothing. `info` holds what Pillow
    would have found: "exif", "xmp" and "icc_profile" as bytes, "Raw profile type exif" as text. `animated`: the file
    holds more than one picture, and `data` the first alone.
    """

    data: bytes
    size: tuple[int, int] | None
    info: dict[str, bytes | str] = field(default_factory=dict)
    animated: bool = False
