"""Large pictures, HEIC and AVIF: decoded one at a time, in a child process with limits."""

from __future__ import annotations

import io
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from components.backgrounds import pictures
from components.backgrounds.limited_process import Answer, run_limited
from components.backgrounds.stop import Stop, Stopped
from components.backgrounds.turns import PICTURES
from components.backgrounds.upload import Picture, read_upload
from components.errors import UploadError
from tests.heic import heic

GREEN = (30, 160, 40)


def quarters(width: int, height: int) -> np.ndarray:
    """Green, with a white top left quarter."""
    pixels = np.full((height, width, 3), GREEN, np.uint8)
    pixels[: height // 2, : width // 2] = 255
    return pixels


def picture(data: bytes, name: str = "photo") -> Picture:
    result = read_upload(name, data)
    assert isinstance(result, Picture)
    return result


def refusal(data: bytes) -> str:
    with pytest.raises(UploadError) as caught:
        read_upload("photo", data)
    return str(caught.value)


def assert_quarters(pixels: np.ndarray, white: tuple[int, int] = (0, 0)) -> None:
    """`white` tells the white quarter: row and column."""
    height, width = pixels.shape[:2]
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        found = pixels[(height // 4) * (1 + 2 * row), (width // 4) * (1 + 2 * column)].astype(int)
        expected = (255, 255, 255) if (row, column) == white else GREEN
        assert np.abs(found - expected).max() <= 6, (row, column, found)


def tiny_webp(width: int, height: int) -> bytes:
    """A lossless WebP of one colour, all of whose codes have one symbol: some 40 bytes for any size (RFC 9649, 3)."""
    bits = "000"  # No transform, no colour cache, no meta codes; five codes follow.
    for symbol in (160, 30, 40, 255, 0):  # Green, red, blue, alpha, distance: simple codes of one symbol of 8 bits.
        bits += "1" + "0" + "1" + f"{symbol:08b}"[::-1]
    packed = bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))
    head = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14 | 1 << 28)
    body = head + packed + bytes(4)
    content = b"WEBPVP8L" + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
    return b"RIFF" + struct.pack("<I", len(content)) + content


def peak_memory() -> int:
    """The most that this process has had, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def test_a_few_bytes_that_unpack_to_25_megapixels_take_no_memory_of_the_server() -> None:
    data = tiny_webp(5000, 5000)
    assert len(data) < 60
    small = picture(tiny_webp(500, 500)).pixels
    forget_peak()
    before = peak_memory()
    with ThreadPoolExecutor(6) as visitors:
        found = list(visitors.map(picture, [data] * 6))
    assert {each.pixels.shape for each in found} == {(1920, 1920, 3)}
    assert np.array_equal(found[0].pixels[100, 100], small[100, 100])
    # Six pictures of 11 MB, and copies under way; one decoded in here would be 100 MB at the least.
    assert peak_memory() - before < 150_000_000


def test_no_two_pictures_are_decoded_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now, most, lock = 0, 0, threading.Lock()

    def counted(*args: object, **options: object) -> Answer:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        try:
            return run_limited(*args, **options)  # type: ignore[arg-type]
        finally:
            with lock:
                now -= 1

    monkeypatch.setattr(pictures, "run_limited", counted)
    with ThreadPoolExecutor(4) as visitors:
        list(visitors.map(picture, [tiny_webp(3000, 3000)] * 4))
    assert most == 1


def test_who_waits_too_long_is_told_and_who_leaves_waits_no_more() -> None:
    data = tiny_webp(300, 300)
    with PICTURES.take(1, "busy"):
        with pytest.raises(UploadError, match="The server is busy with other pictures; upload it again in a moment"):
            pictures.decode_picture(data, pictures.Kind.WEBP, "it", patience=0)
        stop = Stop()
        stop.set()
        with pytest.raises(Stopped):
            read_upload("it", data, stop)
    assert picture(data).pixels.shape == (300, 300, 3)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_large_picture_looks_the_same_as_a_small_one(kind: str) -> None:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 3
    options = {} if kind == "GIF" else {"exif": exif}
    Image.fromarray(quarters(4400, 2200)).save(buffer, kind, **options)
    pixels = picture(buffer.getvalue()).pixels
    assert pixels.shape == (960, 1920, 3)
    assert_quarters(pixels, (0, 0) if kind == "GIF" else (1, 1))


@pytest.mark.parametrize("name", ["IMG_0001.HEIC", "photo.jpg"])
def test_a_heic_photo_is_decoded_and_stands_upright(name: str) -> None:
    assert_quarters(picture(heic(quarters(128, 96)), name).pixels)
    turned = picture(heic(quarters(128, 96), turns=1), name).pixels
    assert turned.shape == (128, 96, 3)
    assert_quarters(turned, (1, 0))


def avif(*frames: np.ndarray, orientation: int = 1) -> bytes:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = orientation
    first, *others = [Image.fromarray(frame) for frame in frames]
    first.save(buffer, "AVIF", quality=95, exif=exif, save_all=bool(others), append_images=others)
    return buffer.getvalue()


def test_an_avif_picture_is_decoded_and_stands_upright() -> None:
    found = picture(avif(quarters(128, 96)))
    assert_quarters(found.pixels)
    assert found.note is None
    assert_quarters(picture(avif(quarters(128, 96), orientation=3)).pixels, (1, 1))
    several = picture(avif(quarters(128, 96), quarters(128, 96)[::-1].copy()))
    assert_quarters(several.pixels)
    assert several.note == "Only the first frame of this animation is used."


def test_photos_that_cannot_be_opened_get_a_sentence() -> None:
    whole = heic(quarters(128, 96))
    assert "HEIC photo that cannot be opened here; upload a JPEG" in refusal(whole[: len(whole) // 2])
    assert "HEIC photo that cannot be opened here" in refusal(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    assert "AVIF picture that cannot be opened here" in refusal(avif(quarters(128, 96))[:300])
    assert "49 megapixels" in refusal(heic(quarters(128, 96), claimed=(8064, 6048)))
    # A size that is not the coded one's: the decoder's own word counts, in the child.
    assert refusal(heic(quarters(128, 96), claimed=(64, 64))).endswith(".")
