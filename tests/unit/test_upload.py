"""Uploads: what becomes a background, and the words for what does not."""

from __future__ import annotations

import io
import struct
import warnings
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from components.backgrounds.pictures import MAX_PIXELS_WHOLE
from components.backgrounds.upload import MAX_PIXELS, MAX_UPLOAD_BYTES, Picture, read_upload
from components.errors import UploadError

RED, GREEN, BLUE, WHITE = (220, 30, 30), (20, 160, 40), (30, 40, 210), (255, 255, 255)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def halves(width: int = 64, height: int = 48) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), BLUE)
    image.paste(RED, (0, 0, width // 2, height))
    return image


def picture(data: bytes, name: str = "beach.bin") -> Picture:
    result = read_upload(name, data)
    assert isinstance(result, Picture)
    assert result.pixels.dtype == np.uint8
    assert result.pixels.flags.c_contiguous
    return result


def assert_colour(pixel: np.ndarray, expected: tuple[int, int, int], within: int = 12) -> None:
    assert np.abs(pixel.astype(int) - expected).max() <= within, (pixel, expected)


def assert_halves(pixels: np.ndarray, size: tuple[int, int] = (64, 48)) -> None:
    assert pixels.shape == (size[1], size[0], 3)
    assert_colour(pixels[size[1] // 2, size[0] // 4], RED)
    assert_colour(pixels[size[1] // 2, size[0] * 3 // 4], BLUE)


def refusal(data: bytes, name: str = "beach.jpg") -> str:
    with pytest.raises(UploadError) as caught:
        read_upload(name, data)
    text = str(caught.value)
    assert text.endswith(".")
    assert "\n" not in text
    return text


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_of_each_kind_is_read_by_content_whatever_its_name(kind: str) -> None:
    result = picture(saved(halves(), kind), name="film.mp4")
    assert_halves(result.pixels)
    assert result.note is None


@pytest.mark.parametrize("kind", ["WEBP", "PNG"])
def test_an_animated_webp_or_png_is_its_first_frame_and_says_so(kind: str) -> None:
    data = saved(halves(), kind, save_all=True, append_images=[Image.new("RGB", (64, 48), GREEN)])
    result = picture(data)
    assert_halves(result.pixels)
    assert result.note == "Only the first frame of this animation is used."


def test_a_large_picture_is_bounded_and_keeps_its_ratio() -> None:
    assert picture(saved(halves(3000, 1500), "JPEG")).pixels.shape == (960, 1920, 3)
    assert picture(saved(halves(500, 2500), "PNG")).pixels.shape == (1920, 384, 3)
    assert picture(saved(halves(9000, 2), "PNG")).pixels.shape == (1, 1920, 3)


def test_shrinking_averages_fine_detail() -> None:
    stripes = np.zeros((16, 3840, 3), np.uint8)
    stripes[:, ::2] = 255
    pixels = picture(saved(Image.fromarray(stripes), "PNG")).pixels
    assert abs(float(pixels[:, 20:-20].mean()) - 127) < 3
    assert pixels[:, 20:-20].std() < 5


def test_one_pixel_is_enough() -> None:
    for kind in ("JPEG", "PNG", "WEBP", "GIF"):
        assert picture(saved(Image.new("RGB", (1, 1), RED), kind)).pixels.shape == (1, 1, 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(("orientation", "red_at"), [(3, (24, 48)), (6, (16, 24)), (8, (48, 24))])
def test_a_photo_is_turned_upright(kind: str, orientation: int, red_at: tuple[int, int]) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = picture(saved(halves(), kind, exif=exif)).pixels
    assert pixels.shape == ((48, 64, 3) if orientation == 3 else (64, 48, 3))
    assert_colour(pixels[red_at], RED)
    opposite = (pixels.shape[0] - 1 - red_at[0], pixels.shape[1] - 1 - red_at[1])
    assert_colour(pixels[opposite], BLUE)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # Pillow's word to the log; an error in these tests alone.
def test_a_broken_exif_block_does_not_spoil_the_picture() -> None:
    assert_halves(picture(saved(halves(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f")).pixels)


def see_through(kind: str) -> Image.Image:
    """Opaque red on the left; on the right fully transparent over black."""
    image = Image.new("RGBA", (64, 48), (0, 0, 0, 0))
    image.paste((*RED, 255), (0, 0, 32, 48))
    if kind == "LA":
        return image.convert("LA")
    return image.quantize(8) if kind == "P" else image


@pytest.mark.parametrize(
    ("mode", "kind"), [("RGBA", "PNG"), ("RGBA", "WEBP"), ("P", "PNG"), ("RGBA", "GIF"), ("LA", "PNG")]
)
def test_transparency_becomes_white(mode: str, kind: str) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    pixels = picture(saved(see_through(mode), kind, **options)).pixels
    assert_colour(pixels[24, 48], WHITE, within=0)
    grey = Image.new("RGB", (1, 1), RED).convert("L").getpixel((0, 0))
    assert_colour(pixels[24, 16], (grey,) * 3 if mode == "LA" else RED)


def test_half_transparent_edges_are_not_darkened_when_shrunk() -> None:
    image = Image.new("RGBA", (4000, 40), (0, 0, 0, 0))
    image.paste((*WHITE, 255), (0, 0, 2001, 40))
    assert picture(saved(image, "PNG")).pixels.min() >= 253


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    pixels = picture(saved(halves().convert(mode), kind)).pixels
    expected = halves().convert(mode).convert("RGB")
    assert_colour(pixels[24, 48], expected.getpixel((48, 24)), within=20)
    assert_colour(pixels[24, 16], expected.getpixel((16, 24)), within=20)


def test_sixteen_bit_grey_is_scaled_and_not_clipped() -> None:
    grey = np.full((8, 8), 0x8000, np.uint16)
    grey[:, 4:] = 0x2000
    pixels = picture(saved(Image.fromarray(grey), "PNG")).pixels
    assert pixels[0, 0].tolist() == [128] * 3
    assert pixels[0, 7].tolist() == [32] * 3


def swapped_profile() -> bytes:
    """An sRGB profile whose red and blue colorants have changed places, so that its effect cannot be missed."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, blue = profile.index(b"rXYZ"), profile.index(b"bXYZ")
    profile[red + 4 : red + 12], profile[blue + 4 : blue + 12] = (
        profile[blue + 4 : blue + 12],
        profile[red + 4 : red + 12],
    )
    return bytes(profile)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_an_embedded_profile_is_applied(mode: str) -> None:
    pixels = picture(saved(halves().convert(mode), "PNG", icc_profile=swapped_profile())).pixels
    assert_colour(pixels[24, 16], RED[::-1])
    assert_colour(pixels[24, 48], BLUE[::-1])


@pytest.mark.parametrize(
    "profile", [b"not a profile", ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()]
)
def test_a_broken_or_unfitting_profile_is_passed_over(profile: bytes) -> None:
    assert_halves(picture(saved(halves(), "JPEG", icc_profile=profile)).pixels)
    assert picture(saved(halves().convert("L"), "JPEG", icc_profile=profile)).pixels.shape == (48, 64, 3)


def bomb_png(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def patched(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def bombs() -> list[object]:
    jpeg = saved(halves(), "JPEG")
    webp = saved(see_through("RGBA"), "WEBP", exif=b"Exif\0\0")  # Metadata asks for the extended header, VP8X.
    lossless = saved(halves(), "WEBP", lossless=True)
    gif = saved(halves(), "GIF")
    wide = (10_000 - 1).to_bytes(3, "little")
    return [
        pytest.param(bomb_png(10_000, 10_000), id="png"),
        pytest.param(patched(jpeg, jpeg.index(b"\xff\xc0") + 5, struct.pack(">HH", 10_000, 10_000)), id="jpeg"),
        pytest.param(patched(webp, 24, wide + wide), id="webp"),
        pytest.param(patched(lossless, 21, struct.pack("<I", 9_999 | 9_999 << 14)), id="lossless webp"),
        pytest.param(patched(gif, 6, struct.pack("<HH", 10_000, 10_000)), id="gif"),
        pytest.param(
            patched(gif, gif.index(b"\x2c\0\0\0\0") + 5, struct.pack("<HH", 10_000, 10_000)), id="gif picture"
        ),
    ]


@pytest.mark.parametrize("data", bombs())
def test_a_hundred_megapixels_are_refused_from_the_header(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def decoded(*args: object) -> None:
        raise AssertionError("The picture was decoded.")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decoded)
    limit = Image.MAX_IMAGE_PIXELS
    with warnings.catch_warnings(record=True) as leaked:
        warnings.simplefilter("always")
        assert "100 megapixels" in refusal(data)
    assert leaked == []
    assert limit == Image.MAX_IMAGE_PIXELS


def test_the_limit_itself_is_still_decoded() -> None:
    jpeg = saved(halves(), "JPEG")
    photo = patched(jpeg, jpeg.index(b"\xff\xc0") + 5, struct.pack(">HH", 5000, MAX_PIXELS // 5000))
    assert picture(photo).pixels.shape == (960, 1920, 3)
    assert "damaged" in refusal(bomb_png(MAX_PIXELS_WHOLE // 5000, 5000))  # Past the check, and into missing pixels.
    assert "megapixels" in refusal(bomb_png(MAX_PIXELS_WHOLE // 5000 + 1, 5000))


def busy_files() -> list[object]:
    """Files that every decoder accepts, with far more of something than a picture needs."""
    jpeg, png = saved(halves(), "JPEG"), saved(halves(), "PNG")
    scans = saved(halves(), "JPEG", progressive=True)
    first = scans.index(b"\xff\xda")
    second = scans.index(b"\xff\xda", first + 2)
    chunk = b"\0\0\0\0abCd" + struct.pack(">I", zlib.crc32(b"abCd"))
    return [
        pytest.param(scans[:first] + scans[first:second] * 200 + scans[second:], id="jpeg scans"),
        pytest.param(jpeg[:2] + b"\xff\xfe\0\2" * 6000 + jpeg[2:], id="jpeg segments"),
        pytest.param(jpeg[:2] + b"\xff" * 6000 + jpeg[2:], id="jpeg filling"),
        pytest.param(png[:33] + chunk * 60_000 + png[33:], id="png chunks"),
    ]


@pytest.mark.parametrize("data", busy_files())
def test_a_file_built_to_keep_the_decoder_busy_is_refused(data: bytes) -> None:
    assert "damaged" in refusal(data)


def test_a_progressive_photo_with_much_metadata_is_not_mistaken_for_one() -> None:
    profile = swapped_profile() + bytes(2_000_000)
    jpeg = saved(halves(), "JPEG", progressive=True, icc_profile=profile)
    assert picture(jpeg + b"\xff" * 100_000).pixels.shape == (48, 64, 3)  # Phones append a short film.


@pytest.mark.timeout(20)  # The walks take less than a second, and minutes where a step looks at all the rest again.
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xff\xd8\xff" + b"\xff" * 15_000_000, id="jpeg"),
        pytest.param(b"GIF89a\1\0\1\0\0\0\0" + b"\x21\xff\0" * 5_000_000, id="gif of empty extensions"),
        pytest.param(b"GIF89a\1\0\1\0\0\0\0\x21\xff" + b"\1" * 15_000_000, id="gif of one-byte blocks"),
    ],
)
def test_headers_that_never_end_are_left_soon(data: bytes) -> None:
    assert "damaged" in refusal(data)


def test_an_empty_and_an_oversized_file_are_refused() -> None:
    assert "empty" in refusal(b"")
    jpeg = saved(halves(), "JPEG")
    assert "20 MB" in refusal(jpeg + bytes(MAX_UPLOAD_BYTES + 1 - len(jpeg)))
    picture(jpeg + bytes(MAX_UPLOAD_BYTES - len(jpeg)))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7\n%", "PDF"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"  <svg/>", "SVG"),
        (b"\0\0\0\x18ftypcrx \0\0\0\0crx isom", "raw camera photo"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1vvic", "HEIF"),
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"MM\0*\0\0\0\x08", "TIFF"),
        (b"BM\x36\0\0\0", "BMP"),
        (b"8BPS\0\1", "Photoshop"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"RIFF\0\0\0\0AVI LIST", "AVI"),
        (b"ID3\4", "sound"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"PK\3\4....", "archive"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "playlist"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "neither"),
        (b"hello", "neither"),
        (b"\0", "neither"),
    ],
)
def test_other_kinds_are_named_and_what_works_is_said(data: bytes, words: str) -> None:
    text = refusal(data, name="photo.jpg")
    assert words in text
    assert "upload a JPEG, PNG, WebP or GIF picture" in text


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_truncated_picture_is_refused(kind: str) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (200, 200, 3), np.uint8))
    data = saved(noise, kind)
    assert "damaged or incomplete" in refusal(data[: len(data) * 2 // 3])


def test_the_error_names_the_file_without_its_markup() -> None:
    assert refusal(b"", name="beach photo.jpg").startswith('"beach photo.jpg" is empty')
    text = refusal(b"", name="![x](https://evil.example/a.png)<script>")
    assert not set("![]()<>:/") & set(text)
    assert refusal(b"", name="***").startswith("The file is empty")


VALID = [
    saved(halves(), "JPEG"),
    saved(halves(), "JPEG", progressive=True, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0", icc_profile=swapped_profile()),
    saved(see_through("RGBA"), "PNG"),
    saved(see_through("P"), "PNG", pnginfo=PngImagePlugin.PngInfo()),
    saved(halves(), "PNG", save_all=True, append_images=[halves().rotate(180)]),
    saved(halves(), "WEBP"),
    saved(see_through("RGBA"), "WEBP", save_all=True, append_images=[halves()]),
    saved(see_through("RGBA"), "GIF"),
]
MAGIC = [
    b"",
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"RIFF\x30\0\0\0WEBP",
    b"GIF89a",
]


def assert_background_or_refusal(data: bytes) -> None:
    try:
        result = read_upload("any", data)
    except UploadError:
        return
    assert isinstance(result, Picture)
    pixels = result.pixels
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 3
    assert pixels.shape[2] == 3
    assert 1 <= max(pixels.shape[:2]) <= 1920


QUIET = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUIET
@given(magic=st.sampled_from(MAGIC), rest=st.binary(max_size=300))
def test_arbitrary_bytes_are_a_background_or_a_refusal(magic: bytes, rest: bytes) -> None:
    assert_background_or_refusal(magic + rest)


@settings(QUIET, max_examples=300)
@given(
    data=st.sampled_from(VALID),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
    keep=st.one_of(st.just(1.0), st.floats(0, 1)),
)
def test_a_damaged_file_is_a_background_or_a_refusal(data: bytes, flips: list[tuple[float, int]], keep: float) -> None:
    damaged = bytearray(data)
    for where, value in flips:
        damaged[int(where * len(damaged))] = value
    assert_background_or_refusal(bytes(damaged[: int(keep * len(damaged))]))
