"""A still picture, as people have them, to plain RGB pixels.

Only pixels survive: EXIF (with its place and time), XMP and embedded profiles are used for the picture and dropped.

One picture is decoded at a time in the whole process. Large ones, and those whose decoders are less tried, are decoded
in a child process with limits on memory and time (picture_child.py).
"""

from __future__ import annotations

import io
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import GifImagePlugin, Image, ImageCms, ImageFile, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from components.backgrounds.bare import Bare
from components.backgrounds.bare.gif import bare_gif
from components.backgrounds.bare.jpeg import bare_jpeg
from components.backgrounds.bare.png import bare_png
from components.backgrounds.bare.webp import bare_webp
from components.backgrounds.headers import Kind, iso_picture_size, jpeg_keeps_busy, png_keeps_busy
from components.backgrounds.limited_process import ChildFailed, run_limited
from components.backgrounds.stop import Stop
from components.backgrounds.turns import PICTURES, UPLOAD_PATIENCE_SECONDS
from components.errors import UploadError

MAX_PIXELS = 50_000_000
"""For JPEG, which is decoded at a fraction of its size: above the 48 to 50 megapixels of phones."""
MAX_PIXELS_WHOLE = 25_000_000
"""For the others, which are decoded whole: WebP takes 20 bytes for a pixel, so about 500 MB for a moment."""
MAX_PIXELS_HERE = 8_000_000
"""Larger pictures are decoded in a child process: starting it takes a fifth of a second, they take longer."""
MAX_SIDE = 1920
"""Longest side of what is kept, in pixels: a composite is never larger."""
_CHILD_SECONDS = 30.0

Pixels = npt.NDArray[np.uint8]

# The plugins themselves and not Image.open(), which tries other formats too and judges sizes by a process-wide number.
_PLUGINS: dict[Kind, type[ImageFile.ImageFile]] = {
    Kind.JPEG: JpegImagePlugin.JpegImageFile,
    Kind.PNG: PngImagePlugin.PngImageFile,
    Kind.WEBP: WebPImagePlugin.WebPImageFile,
    Kind.GIF: GifImagePlugin.GifImageFile,
}
_BARE = {Kind.JPEG: bare_jpeg, Kind.PNG: bare_png, Kind.WEBP: bare_webp, Kind.GIF: bare_gif}


def decode_picture(
    data: bytes, kind: Kind, called: str, *, patience: float = UPLOAD_PATIENCE_SECONDS, stop: Stop | None = None
) -> tuple[Pixels, bool]:
    """The first picture of a file as contiguous uint8 HxWx3 RGB, and whether the file holds more than one.

    Longest side at most `MAX_SIDE`. `called` is the file's name for error texts. Blocks, up to seconds for a large
    picture, and at most `patience` seconds for its turn. Raises `UploadError`, and Stopped where `stop` was set.
    """
    bare = bare_picture(data, kind)
    if bare is None:
        raise UploadError(_damaged(called))
    width, height = bare.size or (0, 0)
    _check_size((width, height), kind, called)
    with PICTURES.take(patience, busy(called), stop):
        if kind in _PLUGINS and width * height <= MAX_PIXELS_HERE:
            return decode_here(bare, kind, called)
        return _decode_apart(data, kind, called, stop)


def bare_picture(data: bytes, kind: Kind) -> Bare | None:
    """The file without its metadata; None for one that is built to keep its decoder busy. Decodes nothing."""
    if (kind is Kind.JPEG and jpeg_keeps_busy(data)) or (kind is Kind.PNG and png_keeps_busy(data)):
        return None
    if kind in _BARE:
        return _BARE[kind](data)
    return Bare(data, iso_picture_size(data))


def open_bare(bare: Bare, kind: Kind) -> ImageFile.ImageFile:
    """A JPEG, PNG, WebP or GIF file for Pillow, nothing decoded yet. Raises nearly anything for damaged bytes."""
    image = _PLUGINS[kind](io.BytesIO(bare.data))
    image.info.update(bare.info)
    return image


def decode_here(bare: Bare, kind: Kind, called: str) -> tuple[Pixels, bool]:
    """As `decode_picture`, in this process and without waiting for a turn; not for AVIF and HEIC."""
    try:
        with open_bare(bare, kind) as image:
            _check_size(image.size, kind, called)
            image.draft(None, _fit(image.size, 2 * MAX_SIDE))  # Only JPEG can; the others ignore it.
            image.load()
            return to_pixels(image), bare.animated
    except UploadError:
        raise
    except Exception as error:  # Of damaged bytes Pillow raises nearly anything: struct.error, KeyError…
        raise UploadError(_damaged(called)) from error


def _decode_apart(data: bytes, kind: Kind, called: str, stop: Stop | None) -> tuple[Pixels, bool]:
    try:
        answer = run_limited(
            "components.backgrounds.picture_child",
            [kind.value],
            data,
            seconds=_CHILD_SECONDS,
            most_bytes=MAX_SIDE * MAX_SIDE * 3,
            stop=stop,
        )
    except ChildFailed:
        raise UploadError(
            f"{called} takes more memory or time to open than one picture may; upload a smaller JPEG of it."
        ) from None
    if "problem" in answer.head:
        raise UploadError(_unopened(called, kind))
    shape = int(answer.head["height"]), int(answer.head["width"]), 3
    return np.frombuffer(answer.body, np.uint8).reshape(shape).copy(), bool(answer.head["animated"])


def to_pixels(image: Image.Image) -> Pixels:
    """A decoded picture upright, at most `MAX_SIDE` on its longest side, in sRGB, on white where it is transparent."""
    plain = _without_palette(image)
    small = plain.resize(_fit(plain.size, MAX_SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    _turn_upright(small)
    colours = _to_srgb(small, image.info.get("icc_profile"))
    if "A" in small.getbands():
        white = Image.new("RGB", colours.size, (255, 255, 255))
        white.paste(colours, mask=small.getchannel("A"))
        colours = white
    return np.ascontiguousarray(np.asarray(colours, dtype=np.uint8))


def busy(called: str) -> str:
    """What is said where no turn came in time."""
    return f"The server is busy with other pictures; upload {called} again in a moment."


def _check_size(size: tuple[int, int], kind: Kind, called: str) -> None:
    width, height = size
    limit = MAX_PIXELS if kind is Kind.JPEG else MAX_PIXELS_WHOLE
    if width * height > limit:
        raise UploadError(
            f"{called} has {width * height / 1e6:.0f} megapixels; "
            f"make it smaller than {limit // 1_000_000} megapixels and upload it again."
        )


def _damaged(called: str) -> str:
    return f"{called} is damaged or incomplete; save it again from a picture editor, or choose another file."


def _unopened(called: str, kind: Kind) -> str:
    words = {Kind.HEIC: "a HEIC photo", Kind.AVIF: "an AVIF picture"}.get(kind)
    if words is None:
        return _damaged(called)
    return f"{called} is {words} that cannot be opened here; upload a JPEG, PNG, WebP or GIF picture of it."


def _fit(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """The size in the same ratio whose longest side is at most `longest`, never less than one pixel."""
    shrink = min(1.0, longest / max(size))
    return max(1, round(size[0] * shrink)), max(1, round(size[1] * shrink))


def _without_palette(image: Image.Image) -> Image.Image:
    """In a mode whose values can be averaged, with transparency as a channel of its own."""
    if image.mode.startswith("I"):
        return _sixteen_bits_to_eight(image)
    if image.has_transparency_data:
        return image if image.mode in ("RGBA", "LA") else image.convert("RGBA")
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _sixteen_bits_to_eight(image: Image.Image) -> Image.Image:
    """Pillow clips 16-bit grey at 255 where it should scale."""
    values = np.asarray(image).astype(np.uint16)
    grey = Image.fromarray((values >> 8).astype(np.uint8))
    see_through = image.info.get("transparency")
    if isinstance(see_through, int):
        grey.putalpha(Image.fromarray(np.where(values == see_through, 0, 255).astype(np.uint8)))
    # What `_turn_upright` reads; the transparency is a channel now.
    grey.info = {key: value for key, value in image.info.items() if key != "transparency"}
    return grey


def _turn_upright(image: Image.Image) -> None:
    with suppress(Exception):  # A broken EXIF block says nothing, and the picture is good without it.
        ImageOps.exif_transpose(image, in_place=True)


def _to_srgb(image: Image.Image, profile: Any) -> Image.Image:
    """RGB in sRGB, alpha left out; an embedded profile that is broken or of another colour model is passed over."""
    colours = image.convert({"RGBA": "RGB", "LA": "L"}.get(image.mode, image.mode))
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(colours, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            converted = None
        if converted is not None:
            return converted
    return colours.convert("RGB")
