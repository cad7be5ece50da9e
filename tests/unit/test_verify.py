"""What a generator hands over is shown only if it is a whole picture of a sane size."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.backgrounds.verify import MOST_BYTES, verified
from components.errors import BadAnswer
from tests.fake_bedrock_bodies import painted

PNG, JPEG = painted((9, 99, 199), (160, 90)), painted((9, 99, 199), (160, 90), "jpeg")


@pytest.mark.parametrize(("data", "media_type"), [(PNG, "image/png"), (JPEG, "image/jpeg")])
def test_a_picture_is_measured(data: bytes, media_type: str) -> None:
    picture = verified(data)
    assert (picture.data, picture.media_type, picture.width, picture.height) == (data, media_type, 160, 90)


@pytest.mark.parametrize("form", ["gif", "webp", "bmp", "tiff"])
def test_other_kinds_are_refused(form: str) -> None:
    with pytest.raises(BadAnswer, match="no PNG or JPEG"):
        verified(painted((1, 2, 3), (160, 90), form))


@pytest.mark.parametrize("size", [(63, 200), (200, 63)])
def test_what_is_too_small_for_a_background_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(BadAnswer, match="by"):
        verified(painted((1, 2, 3), size))


def test_a_picture_too_large_to_decode_is_refused_by_its_header() -> None:
    header = struct.pack(">4s2I5B", b"IHDR", 6000, 6000, 8, 2, 0, 0, 0)
    bomb = PNG[:8] + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header)) + PNG[33:]
    with pytest.raises(BadAnswer, match="6000 by 6000"):
        verified(bomb)


def test_a_file_too_large_is_refused() -> None:
    with pytest.raises(BadAnswer, match="25 MB"):
        verified(PNG + bytes(MOST_BYTES))


@pytest.mark.parametrize("data", [PNG, JPEG])
def test_a_picture_that_ends_early_is_refused(data: bytes) -> None:
    with pytest.raises(BadAnswer, match="damaged"):
        verified(data[: len(data) // 2])


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from([PNG, JPEG]), st.integers(0, 600))
def test_no_bytes_raise_anything_else(noise: bytes, data: bytes, at: int) -> None:
    for broken in (noise, data[:at] + noise, data[:at] + noise + data[at + len(noise) :]):
        try:
            verified(broken)
        except BadAnswer as error:
            assert str(error).endswith(".")  # noqa: PT017 - it need not be raised
