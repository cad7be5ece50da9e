"""A camera's pictures on a network that loses packets, with real VP8 and H.264."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from aiortc import rtcrtpreceiver
from aiortc.codecs import depayload, get_encoder
from aiortc.jitterbuffer import JitterBuffer, JitterFrame
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import RtpPacket
from hypothesis import given
from hypothesis import strategies as st

from components.ui._compat import mend_buffers
from components.video.picture_buffer import ASK_EVERY, PictureBuffer, is_key_frame

CODECS = [
    RTCRtpCodecParameters(mimeType="video/VP8", clockRate=90_000, payloadType=97),
    RTCRtpCodecParameters(mimeType="video/H264", clockRate=90_000, payloadType=99),
]
CAPACITY = 16


def packets(codec: RTCRtpCodecParameters, frames: int, keys: Iterable[int] = (0,), first: int = 65_520) -> Any:
    """A calm film, each picture a list of RTP packets: over the end of the sequence numbers."""
    encoder, number, keys = get_encoder(codec), first, set(keys)
    wall = np.random.default_rng(1).integers(100, 150, (96, 128, 3), np.uint8)
    for index in range(frames):
        pixels = wall.copy()
        pixels[40:60, 20 + index % 60 : 40 + index % 60] = 200
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = 3000 * index, Fraction(1, 90_000)
        picture = []
        for payload in encoder.encode(frame, force_keyframe=index in keys)[0]:
            packet = RtpPacket(payload_type=codec.payloadType, sequence_number=number & 0xFFFF, timestamp=3000 * index)
            packet._data = depayload(codec, payload)  # type: ignore[attr-defined]
            picture.append(packet)
            number += 1
        picture[-1].marker = 1
        yield picture


def received(
    buffer: JitterBuffer, film: list[list[RtpPacket]], lost: Iterable[int] = ()
) -> tuple[list[int], list[int]]:
    """The pictures that come out, and those during which a key frame was asked for, both by number."""
    out, asked, lost = [], [], set(lost)
    for index, picture in enumerate(film):
        for packet in picture:
            if index in lost:
                continue
            ask, frame = buffer.add(packet)
            if ask:
                asked.append(index)
            if isinstance(frame, JitterFrame):
                out.append(frame.timestamp // 3000)
    return out, asked


@pytest.fixture(params=CODECS, ids=lambda codec: codec.name)
def codec(request: pytest.FixtureRequest) -> RTCRtpCodecParameters:
    return request.param  # type: ignore[no-any-return]


def test_key_frames_are_told_from_others(codec: RTCRtpCodecParameters) -> None:
    keys = {0, 5, 11}
    film = packets(codec, 14, keys)
    assert [is_key_frame(b"".join(p._data for p in picture)) for picture in film] == [i in keys for i in range(14)]


@given(st.binary(max_size=64))
def test_no_bytes_are_too_strange_to_be_told(data: bytes) -> None:
    is_key_frame(data)


def test_without_loss_every_picture_comes_out(codec: RTCRtpCodecParameters) -> None:
    film = list(packets(codec, 40))
    assert received(PictureBuffer(CAPACITY), film) == received(JitterBuffer(CAPACITY, is_video=True), film)
    assert received(PictureBuffer(CAPACITY), film) == (list(range(39)), [])


def test_after_a_loss_no_picture_comes_out_until_the_next_key_frame(codec: RTCRtpCodecParameters) -> None:
    back = 60
    film = list(packets(codec, 70, keys=(0, back)))
    out, asked = received(PictureBuffer(CAPACITY), film, lost=range(20, 24))
    # A picture is whole when the next begins: 19 is not.
    assert out == [*range(19), *range(back, 69)]
    assert asked
    plain, _ = received(JitterBuffer(CAPACITY, is_video=True), film, lost=range(20, 24))
    assert set(plain) - set(out), "aiortc has mended it; PictureBuffer can go"


def renumbered(film: list[list[RtpPacket]]) -> list[list[RtpPacket]]:
    """As Chrome numbers packets: when they are sent, so that what it has dropped leaves no gap."""
    for number, packet in enumerate(packet for picture in film for packet in picture):
        packet.sequence_number = number
    return film


def test_a_picture_that_the_sender_cut_off_does_not_come_out_though_no_packet_is_missing(
    codec: RTCRtpCodecParameters,
) -> None:
    back = 26
    film = list(packets(codec, 40, keys=(0, 20, back)))
    assert len(film[20]) > 1
    film[20] = film[20][:-1]
    out, asked = received(PictureBuffer(CAPACITY), renumbered(film))
    assert out == [*range(20), *range(back, 39)]
    assert asked
    plain, _ = received(JitterBuffer(CAPACITY, is_video=True), film)
    assert 20 in plain, "aiortc has mended it"


def test_padding_after_a_picture_does_not_make_it_cut_off(codec: RTCRtpCodecParameters) -> None:
    film = list(packets(codec, 12))
    for picture in film:
        padding = RtpPacket(payload_type=codec.payloadType, timestamp=picture[-1].timestamp)
        padding._data = b""  # type: ignore[attr-defined]
        picture.append(padding)
    assert received(PictureBuffer(CAPACITY), renumbered(film)) == (list(range(11)), [])


def test_ends_of_pictures_that_never_come_out_are_not_kept() -> None:
    buffer = PictureBuffer(CAPACITY)
    for number in range(1000):
        packet = RtpPacket(payload_type=97, sequence_number=2 * number, timestamp=3000 * number, marker=1)
        packet._data = b"x"  # type: ignore[attr-defined]
        buffer.add(packet)
    assert len(buffer._ended) <= CAPACITY


def test_a_key_frame_is_asked_for_again_while_none_comes(codec: RTCRtpCodecParameters) -> None:
    film = list(packets(codec, 3 * ASK_EVERY + 2))
    out, asked = received(PictureBuffer(CAPACITY), film[1:])
    assert out == []
    assert len(asked) == 3


def test_receivers_of_pictures_use_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rtcrtpreceiver, "JitterBuffer", JitterBuffer)
    for _ in range(2):
        mend_buffers()
    assert isinstance(rtcrtpreceiver.JitterBuffer(capacity=CAPACITY, is_video=True), PictureBuffer)
