"""Decodes a large, AVIF or HEIC picture: a child process (limited_process.py), started by pictures.py.

    python -m components.backgrounds.picture_child PARENT KIND

The picture comes on stdin. The answer's first line tells the size, then come the pixels (RGB); or it tells a problem.
"""

from __future__ import annotations

import io
import logging
import sys
import warnings
from typing import TYPE_CHECKING

from PIL import Image

from components.backgrounds.headers import Kind
from components.backgrounds.limited_process import write_answer
from components.backgrounds.limits import give_up_rights, limit_memory, limit_step
from components.backgrounds.pictures import MAX_PIXELS_WHOLE, Pixels, bare_picture, decode_here, to_pixels
from components.errors import UploadError

if TYPE_CHECKING:
    from PIL import ImageFile

_BYTES = 700 << 20
"""Beyond what the process has once the file is read; 25 megapixels of WebP take 450 MB."""
_SECONDS = 20.0
"""Of processor."""


def _opener(kind: Kind) -> type[ImageFile.ImageFile]:
    if kind is Kind.AVIF:
        from PIL import AvifImagePlugin

        AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # Threads take address space, which is limited.
        return AvifImagePlugin.AvifImageFile
    from pi_heif import HeifImageFile, options

    options.DECODE_THREADS = 1
    heic: type[ImageFile.ImageFile] = HeifImageFile
    return heic


def _decode_new(data: bytes, opener: type[ImageFile.ImageFile]) -> tuple[Pixels, bool]:
    """The same for the formats that have no walk of their own."""
    with opener(io.BytesIO(data)) as image:
        if image.width * image.height > MAX_PIXELS_WHOLE:
            raise UploadError("too large")
        image.load()
        return to_pixels(image), getattr(image, "n_frames", 1) > 1


def _main() -> None:
    give_up_rights(int(sys.argv[1]))
    logging.disable()
    warnings.simplefilter("ignore")
    kind = Kind(sys.argv[2])
    opener = _opener(kind) if kind in (Kind.AVIF, Kind.HEIC) else None
    Image.preinit()  # What Pillow imports late must not run into the limits.
    data = sys.stdin.buffer.read()
    limit_memory(_BYTES)
    limit_step(_SECONDS)
    try:
        if opener is not None:
            pixels, animated = _decode_new(data, opener)
        else:
            bare = bare_picture(data, kind)
            if bare is None:
                raise UploadError("busy")
            pixels, animated = decode_here(bare, kind, "It")
    except Exception:  # noqa: BLE001 - Damaged bytes raise nearly anything; the parent has the sentence.
        write_answer({"problem": "damaged"})
    else:
        write_answer({"width": pixels.shape[1], "height": pixels.shape[0], "animated": animated}, pixels.tobytes())


if __name__ == "__main__":
    _main()
