"""Picture files without their metadata: whatever surrounds the pixels, sound or not, the pixels are read."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from components.backgrounds.headers import Kind, iso_picture_size, kind_of
from components.backgrounds.pictures import bare_picture
from components.backgrounds.upload import Picture, read_upload
from components.backgrounds.verify import verified
from components.errors import UploadError

GREEN = (30, 160, 40)
KINDS = {"JPEG": Kind.JPEG, "PNG": Kind.PNG, "WEBP": Kind.WEBP, "GIF": Kind.GIF}


def saved(kind: str, **options: object) -> bytes:
    """A green picture of 96x64 with a white top left quarter."""
    image = Image.new("RGB", (96, 64), GREEN)
    image.paste((255, 255, 255), (0, 0, 48, 32))
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def pixels(data: bytes) -> np.ndarray:
    result = read_upload("picture", data)
    assert isinstance(result, Picture)
    return result.pixels


def chunk(name: bytes, body: bytes, *, crc: int | None = None) -> bytes:
    checked = zlib.crc32(name + body) if crc is None else crc
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", checked)


def in_png(*chunks: bytes) -> bytes:
    png = saved("PNG")
    return png[:33] + b"".join(chunks) + png[33:]


def in_jpeg(*segments: tuple[int, bytes]) -> bytes:
    jpeg = saved("JPEG")
    added = b"".join(bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body for marker, body in segments)
    return jpeg[:2] + added + jpeg[2:]


def in_webp(*chunks: tuple[bytes, bytes]) -> bytes:
    """Chunks before and after those of a lossless picture."""
    body = saved("WEBP", lossless=True)[12:]
    flags = bytes([0x2C, 0, 0, 0]) + (95).to_bytes(3, "little") + (63).to_bytes(3, "little")
    packed = [name + struct.pack("<I", len(text)) + text + b"\0" * (len(text) % 2) for name, text in chunks]
    content = b"WEBPVP8X" + struct.pack("<I", 10) + flags + packed[0] + body + b"".join(packed[1:])
    return b"RIFF" + struct.pack("<I", len(content)) + content


def in_gif(*extensions: bytes) -> bytes:
    gif = saved("GIF")
    at = 13 + (3 << (gif[10] & 7) + 1)
    return gif[:at] + b"".join(extensions) + gif[at:]


LONG = zlib.compress(bytes(4_000_000))
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
SURROUNDED = {
    "png with a long compressed text": in_png(chunk(b"zTXt", b"Comment\0\0" + LONG)),
    "png with a long international text": in_png(chunk(b"iTXt", b"Comment\0\1\0\0\0" + LONG)),
    "png with a long packed XMP": in_png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + LONG)),
    "png with much text": in_png(*[chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(900_000)))] * 100),
    "png with a long profile": in_png(chunk(b"iCCP", b"icc\0\0" + zlib.compress(PROFILE + bytes(3_000_000)))),
    "png with an endless profile": in_png(chunk(b"iCCP", b"icc\0\0" + zlib.compress(bytes(40_000_000)))),
    "png with half a profile": in_png(chunk(b"iCCP", b"icc\0\0" + zlib.compress(PROFILE)[:200])),
    "png with a wrong sum of a text": in_png(chunk(b"tEXt", b"Title\0A", crc=1)),
    "png with wrong sums of everything else": in_png(
        *[chunk(name, b"x", crc=1) for name in (b"iCCP", b"eXIf", b"tIME", b"gAMA", b"cHRM", b"pHYs", b"bKGD", b"prVt")]
    ),
    "png with texts without an end": in_png(
        chunk(b"zTXt", b""), chunk(b"iTXt", b"XML:com.adobe.xmp\0"), chunk(b"tEXt", b"\0")
    ),
    "png with an animation that is none": in_png(chunk(b"acTL", struct.pack(">II", 9, 0)), chunk(b"fcTL", b"x")),
    "png with a short physical size": in_png(chunk(b"pHYs", b"\0"), chunk(b"sRGB", b""), chunk(b"gAMA", b"\0")),
    "jpeg with short headers of its own": in_jpeg((0xE0, b"JFIF\0\1"), (0xEE, b"Adobe"), (0xE1, b"Exif\0\0")),
    "jpeg with broken EXIF": in_jpeg((0xE1, b"Exif\0\0II*\0\xff\xff\xff\x7f" + b"\xff" * 60_000)),
    "jpeg with half a profile": in_jpeg((0xE2, b"ICC_PROFILE\0\1\3" + PROFILE)),
    "jpeg with a broken profile": in_jpeg((0xE2, b"ICC_PROFILE\0\1\1not a profile")),
    "jpeg with a broken Photoshop block": in_jpeg((0xED, b"Photoshop 3.0\08BIM\4\4\0\0\xff\xff\xff\xff")),
    "jpeg with a broken index of pictures": in_jpeg((0xE2, b"MPF\0II*\0\xff\xff\xff\xff")),
    "jpeg with much EXIF": in_jpeg(*[(0xE1, b"Exif\0\0" + bytes(65_000))] * 40),
    "jpeg with many comments": in_jpeg(*[(0xFE, b"x" * 65_000)] * 50),
    "webp with broken blocks": in_webp(
        (b"ICCP", b"not a profile"), (b"EXIF", b"Exif\0\0II*\0\xff\xff"), (b"XMP ", b"<x")
    ),
    "webp with long blocks": in_webp(
        (b"ICCP", bytes(5_000_000)), (b"EXIF", bytes(2_000_001)), (b"XMP ", bytes(2_000_000))
    ),
    "webp with unknown blocks": in_webp((b"abcd", b"?"), (b"VP8X", b"")),
    "webp that is longer than it says": in_webp((b"ICCP", PROFILE)) + bytes(1000),
    "webp whose last block is cut": in_webp((b"ICCP", PROFILE), (b"EXIF", bytes(500)))[:-300],
    "gif with a comment": in_gif(b"\x21\xfe" + (b"\xff" + b"c" * 255) * 5000 + b"\0"),
    "gif with broken extensions": in_gif(
        b"\x21\xf9\0", b"\x21\xff\x01N\0", b"\x21\xff\x0bNETSCAPE2.0\0", b"\x21\x01\0"
    ),
}


@pytest.mark.parametrize("data", SURROUNDED.values(), ids=SURROUNDED.keys())
def test_a_sound_picture_with_large_or_broken_metadata_is_accepted(data: bytes) -> None:
    found = pixels(data)
    assert found.shape == (64, 96, 3)
    assert np.abs(found[48, 72].astype(int) - GREEN).max() <= 3
    assert np.abs(found[8, 8].astype(int) - 255).max() <= 3


@pytest.mark.parametrize("name", [name for name in SURROUNDED if name.startswith(("png", "jpeg"))])
def test_a_generated_picture_with_such_metadata_is_not_lost(name: str) -> None:
    assert (verified(SURROUNDED[name]).width, verified(SURROUNDED[name]).height) == (96, 64)


def exif(orientation: int) -> bytes:
    block = Image.Exif()
    block[0x0112] = orientation
    return block.tobytes()


def raw_profile(orientation: int) -> PngImagePlugin.PngInfo:
    """As ImageMagick writes EXIF into older PNG files."""
    block = exif(orientation)
    info = PngImagePlugin.PngInfo()
    info.add_text("Raw profile type exif", f"\nexif\n{len(block):8}\n{block.hex()}\n", zip=True)
    return info


def xmp(orientation: int) -> bytes:
    return b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf tiff:Orientation="%d"/></x:xmpmeta>' % orientation


TURNED: dict[str, Callable[[int], bytes]] = {
    "png": lambda turn: saved("PNG", exif=exif(turn)),
    "png by a raw profile": lambda turn: saved("PNG", pnginfo=raw_profile(turn)),
    "png by XMP": lambda turn: in_png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(turn))),
    "jpeg": lambda turn: saved("JPEG", exif=exif(turn)),
    "jpeg by XMP": lambda turn: saved("JPEG", xmp=xmp(turn)),
    "webp": lambda turn: saved("WEBP", exif=exif(turn)),
}


@pytest.mark.parametrize("name", TURNED)
def test_what_turns_a_picture_still_turns_it(name: str) -> None:
    upside_down = pixels(TURNED[name](3))
    assert np.abs(upside_down[60, 90].astype(int) - 255).max() <= 3
    assert np.abs(upside_down[4, 4].astype(int) - GREEN).max() <= 3


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_profile_still_changes_the_colours(kind: str) -> None:
    swapped = bytearray(PROFILE)
    red, blue = swapped.index(b"rXYZ"), swapped.index(b"bXYZ")
    swapped[red + 4 : red + 12], swapped[blue + 4 : blue + 12] = (
        swapped[blue + 4 : blue + 12],
        swapped[red + 4 : red + 12],
    )
    found = pixels(saved(kind, icc_profile=bytes(swapped)))
    assert np.abs(found[48, 72].astype(int) - GREEN[::-1]).max() <= 12
    # Larger than a JPEG's segment, so it comes in pieces; Pillow alone refuses it in a PNG.
    large = pixels(saved(kind, icc_profile=bytes(swapped) + bytes(2_000_000)))
    assert np.array_equal(large, found)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_of_an_animation_the_first_picture_stays_and_is_told_from_one_alone(kind: str) -> None:
    later = Image.new("RGB", (96, 64), (200, 30, 30))
    bare = bare_picture(saved(kind, save_all=True, append_images=[later], duration=100), KINDS[kind])
    alone = bare_picture(saved(kind), KINDS[kind])
    assert bare is not None
    assert alone is not None
    assert (bare.animated, alone.animated) == (True, False)
    with Image.open(io.BytesIO(bare.data)) as first:
        assert getattr(first, "n_frames", 1) == 1
        assert np.abs(np.asarray(first.convert("RGB"))[48, 72].astype(int) - GREEN).max() <= 6


@pytest.mark.parametrize("kind", KINDS)
def test_the_size_is_known_before_anything_is_decoded(kind: str) -> None:
    bare = bare_picture(saved(kind), KINDS[kind])
    assert bare is not None
    assert bare.size == (96, 64)


def test_a_webp_that_hides_its_size_behind_another_block_is_judged_by_what_is_decoded() -> None:
    hidden = b"VP8L" + struct.pack("<I", 5) + b"\x2f" + struct.pack("<I", 9_999 | 9_999 << 14) + b"\0"
    content = b"WEBPICCP" + struct.pack("<I", 4) + b"icc " + hidden
    with pytest.raises(UploadError, match="100 megapixels"):
        read_upload("picture", b"RIFF" + struct.pack("<I", len(content)) + content)


def iso(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + name + body


def sized(*sizes: tuple[int, int]) -> bytes:
    each = b"".join(iso(b"ispe", bytes(4), struct.pack(">II", *size)) for size in sizes)
    return iso(b"ftyp", b"heic", bytes(4)) + iso(b"meta", bytes(4), iso(b"iprp", iso(b"ipco", each)))


def test_a_heif_files_size_is_the_largest_that_it_names() -> None:
    assert iso_picture_size(sized((512, 512), (8064, 6048), (320, 240))) == (8064, 6048)
    assert iso_picture_size(sized()) == (0, 0)
    with pytest.raises(UploadError, match="49 megapixels"):
        read_upload("IMG_1.HEIC", sized((8064, 6048)))


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"heic\0\0\0\0mif1heic", Kind.HEIC),
        (b"mif1\0\0\0\0mif1heic", Kind.HEIC),
        (b"mif1\0\0\0\0mif1miafavif", Kind.AVIF),
        (b"avis\0\0\0\0avifavis", Kind.AVIF),
        (b"mif1\0\0\0\0mif1", None),
        (b"crx \0\0\0\1crx isom", None),
        (b"qt  \0\0\0\0qt  ", Kind.MP4),
        (b"M4V \0\0\0\1isom", Kind.MP4),
        (b"3gp5\0\0\0\1isom", Kind.MP4),
    ],
)
def test_brands_tell_photos_from_films(head: bytes, kind: Kind | None) -> None:
    assert kind_of(iso(b"ftyp", head)) is kind


def test_a_quicktime_film_without_a_brand_is_a_film() -> None:
    assert {kind_of(iso(name, bytes(8))) for name in (b"moov", b"mdat", b"wide", b"free", b"skip")} == {Kind.MP4}


@given(st.sampled_from(sorted(KINDS)), st.binary(max_size=400))
def test_walking_arbitrary_bytes_never_fails(kind: str, rest: bytes) -> None:
    bare_picture(rest, KINDS[kind])
    bare_picture(saved(kind)[:60] + rest, KINDS[kind])
    iso_picture_size(rest)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted(KINDS)),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6),
    st.floats(0, 1),
)
def test_a_bare_file_is_never_longer_than_the_file(kind: str, flips: list[tuple[float, int]], keep: float) -> None:
    data = bytearray(saved(kind))
    for where, value in flips:
        data[int(where * len(data))] = value
    cut = bytes(data[: int(keep * len(data))])
    bare = bare_picture(cut, KINDS[kind])
    assert bare is None or len(bare.data) <= len(cut) + 30


@given(st.lists(st.tuples(st.from_regex(rb"[a-z][a-zA-Z]{3}", fullmatch=True), st.binary(max_size=80)), max_size=8))
def test_a_png_shows_the_same_with_any_chunks_beside_its_pixels(chunks: list[tuple[bytes, bytes]]) -> None:
    plain = pixels(saved("PNG"))
    others = [(name, body) for name, body in chunks if name not in (b"tRNS", b"eXIf", b"iCCP")]
    assert np.array_equal(pixels(in_png(*[chunk(name, body) for name, body in others])), plain)


@given(st.lists(st.tuples(st.integers(0xE2, 0xED), st.binary(max_size=80)), max_size=8))
def test_a_jpeg_shows_the_same_with_any_application_segments(segments: list[tuple[int, bytes]]) -> None:
    assert np.array_equal(pixels(in_jpeg(*segments)), pixels(saved("JPEG")))
