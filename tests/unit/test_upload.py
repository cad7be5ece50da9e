"""Uploads: what becomes a background, and the words for what does not."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from components.backgrounds import clips
from components.backgrounds.pictures import MAX_PIXELS_WHOLE
from components.backgrounds.upload import MAX_PIXELS, MAX_UPLOAD_BYTES, Clip, Picture, read_upload
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


def film(
    kind: str,
    codec: str,
    *,
    size: tuple[int, int] = (64, 48),
    frames: int = 3,
    pixels: str = "yuv420p",
    sound: str = "",
) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=kind) as container:
        stream = container.add_stream(codec, rate=Fraction(10))
        stream.width, stream.height, stream.pix_fmt = *size, pixels
        voice = container.add_stream(sound, rate=48000) if sound else None
        for _ in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_image(halves(*size))))
        container.mux(stream.encode())
        if voice:
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.float32), "fltp", "mono")
            silence.sample_rate = 48000
            container.mux(voice.encode(silence))
            container.mux(voice.encode())
    return buffer.getvalue()


def sound_alone() -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        voice = container.add_stream("aac", rate=48000)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.float32), "fltp", "mono")
        silence.sample_rate = 48000
        container.mux(voice.encode(silence))
        container.mux(voice.encode())
    return buffer.getvalue()


def picture(data: bytes, name: str = "beach.bin") -> Picture:
    result = read_upload(name, data)
    assert isinstance(result, Picture)
    assert result.pixels.dtype == np.uint8
    assert result.pixels.flags.c_contiguous
    return result


def clip(data: bytes) -> Clip:
    result = read_upload("waves.bin", data)
    assert isinstance(result, Clip)
    assert result.data == data
    assert result.still.flags.c_contiguous
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


@pytest.mark.parametrize(
    ("kind", "codec", "sound"),
    [("mp4", "libx264", "aac"), ("webm", "libvpx-vp9", "libopus"), ("webm", "libvpx", ""), ("mp4", "libsvtav1", "")],
)
def test_a_film_of_each_kind_keeps_its_bytes_and_shows_its_first_frame(kind: str, codec: str, sound: str) -> None:
    assert_halves(clip(film(kind, codec, sound=sound, size=(128, 96))).still, (128, 96))


def test_an_animated_gif_is_a_clip() -> None:
    data = saved(halves(), "GIF", save_all=True, append_images=[Image.new("RGB", (64, 48), GREEN)])
    assert_halves(clip(data).still)


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
    assert clip(film("mp4", "libx264", size=(2400, 1200), frames=1)).still.shape == (960, 1920, 3)


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


def test_a_transparent_animation_is_on_white_too() -> None:
    frames = [see_through("RGBA"), Image.new("RGBA", (64, 48), (*GREEN, 255))]
    still = clip(saved(frames[0], "GIF", save_all=True, append_images=frames[1:])).still
    assert_colour(still[24, 48], WHITE, within=0)
    assert_colour(still[24, 16], RED)


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


def test_a_turned_film_stands_upright() -> None:
    data = bytearray(film("mp4", "libx264"))
    matrix = data.index(b"tkhd") + 44  # ISO 14496-12, 8.3.2: the matrix of a version 0 track header.
    one = 1 << 16
    data[matrix : matrix + 36] = struct.pack(">9i", 0, one, 0, -one, 0, 0, 0, 0, 1 << 30)  # A quarter turn clockwise.
    still = clip(bytes(data)).still
    assert still.shape == (64, 48, 3)
    assert_colour(still[16, 24], RED)
    assert_colour(still[48, 24], BLUE)


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
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x1cftypavif\0\0\0\0", "AVIF"),
        (b"II*\0\x08\0\0\0", "TIFF"),
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


@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_a_film_cut_before_its_first_picture_is_refused(kind: str) -> None:
    data = film(kind, {"mp4": "libx264", "webm": "libvpx-vp9"}[kind])
    assert "cannot be played" in refusal(data[:120])


def test_a_film_without_pictures_is_refused() -> None:
    assert "holds no picture" in refusal(sound_alone())
    data = film("webm", "libvpx", frames=1)
    assert "cannot be played" in refusal(
        data[: data.index(b"\x1f\x43\xb6\x75")]
    )  # Cut before the first Matroska cluster.


def test_a_film_in_an_unlisted_codec_is_refused() -> None:
    text = refusal(film("mov", "mjpeg", pixels="yuvj420p"), "old.mov")
    assert "upload an MP4 video with H.264" in text


def test_an_absurdly_large_film_is_refused() -> None:
    assert "at most 4096" in refusal(film("webm", "libvpx", size=(4112, 16), frames=1))
    huge = saved(halves(5000, 20), "GIF", save_all=True, append_images=[halves(5000, 20).rotate(180)])
    assert "at most 4096" in refusal(huge)


def test_a_picture_that_outgrows_its_film_is_never_set_aside() -> None:
    data = film("webm", "libvpx")
    size = data.rindex(b"\x9d\x01\x2a") + 3  # RFC 6386, 9.1: the size follows a key frame's start code.
    with clips.open_clip(patched(data, size, struct.pack("<HH", 16_000, 16_000))) as container:
        assert container.streams.video[0].codec_context.options["max_pixels"] == str(4096**2)
        with pytest.raises(av.FFmpegError):
            next(container.decode(video=0))


def test_a_playlist_dressed_as_a_film_opens_nothing() -> None:
    disguise = b"\0\0\0\x18ftypisom\0\0\0\0isommp41\n#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"
    assert "cannot be played" in refusal(disguise)
    with pytest.raises(ValueError, match="not a clip"):
        clips.open_clip(b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")


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
    saved(halves(), "GIF", save_all=True, append_images=[halves().rotate(180)]),
    film("mp4", "libx264", frames=2),
    film("webm", "libvpx-vp9", frames=2),
]
MAGIC = [
    b"",
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"RIFF\x30\0\0\0WEBP",
    b"GIF89a",
    b"\0\0\0\x18ftypisom",
    b"\x1a\x45\xdf\xa3",
]


def assert_background_or_refusal(data: bytes) -> None:
    try:
        result = read_upload("any", data)
    except UploadError:
        return
    pixels = result.pixels if isinstance(result, Picture) else result.still
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
