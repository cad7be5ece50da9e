"""What the camera's connection asks of the browser, and what it hears of the pictures' colours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from fractions import Fraction
from struct import pack

import av
import numpy as np
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription, codecs
from aiortc.codecs.h264 import H264Encoder, H264PayloadDescriptor
from aiortc.jitterbuffer import JitterFrame
from aiortc.rtcrtpparameters import RTCRtpCodecParameters, RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import RtpPacket
from hypothesis import given
from hypothesis import strategies as st

from components.ui._compat_camera import (
    COLOR_SPACE,
    MOST_TOLD,
    CameraPeer,
    ColourfulPictureBuffer,
    ColouringDecoder,
    Colours,
    ExtensionsWithColours,
    describe_preview_colours,
)

FULL_709 = bytes((1, 13, 1, 0x20))
"""What Chromium 143 sends of a canvas, in VP8 and H.264: BT.709, sRGB's curve, full range."""


@pytest.fixture
async def answer() -> AsyncIterator[str]:
    browser, here = RTCPeerConnection(), CameraPeer()
    browser.addTransceiver("audio")
    browser.addTransceiver("video")
    await browser.setLocalDescription(await browser.createOffer())
    offer = browser.localDescription.sdp.replace(
        "a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
        f"a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\na=extmap:8 {COLOR_SPACE}",
    )
    await here.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    await here.setLocalDescription(await here.createAnswer())
    yield here.localDescription.sdp
    await here.close()
    await browser.close()


async def test_the_answer_asks_for_a_start_bitrate_in_both_codecs_and_for_the_colours(answer: str) -> None:
    picture = answer[answer.index("m=video") :]
    asked = [line for line in picture.splitlines() if "x-google-start-bitrate=" in line]
    names = {line.split()[1].split("/")[0] for line in picture.splitlines() if line.startswith("a=rtpmap:")}
    assert len(asked) == 3, "VP8, and H.264 in two profiles"
    assert {"VP8", "H264"} <= names
    assert f"a=extmap:8 {COLOR_SPACE}" in picture


def test_colours_are_read_from_the_header_extension_that_was_agreed_on() -> None:
    extensions = ExtensionsWithColours()
    value = pack("!B", 8 << 4 | 3) + FULL_709 + b"\0\0\0"
    assert not hasattr(extensions.get(0xBEDE, value), "color_space")
    agreed = RTCRtpHeaderExtensionParameters(id=8, uri=COLOR_SPACE)
    extensions.configure(RTCRtpParameters(headerExtensions=[agreed]))
    assert extensions.get(0xBEDE, value).color_space == Colours(1, 13, 1, 2)  # type: ignore[attr-defined]


@given(st.binary(max_size=40))
def test_whatever_an_extension_holds_a_frame_can_be_tagged_with_it(content: bytes) -> None:
    colours = Colours.parse(content)
    assert (colours is None) == (len(content) < 4)
    if colours is not None:
        frame = av.VideoFrame(16, 16, "yuv420p")
        colours.put_on(frame)
        assert frame.color_range in (0, 1, 2)


def packet(number: int, timestamp: int, colours: Colours | None = None) -> RtpPacket:
    it = RtpPacket(payload_type=96, sequence_number=number, timestamp=timestamp, marker=1)
    it._data = b"\x00\x00\x00\x9d\x01\x2a"  # a key frame of VP8
    if colours is not None:
        it.extensions.color_space = colours  # type: ignore[attr-defined]
    return it


def test_the_last_packets_colours_come_out_with_their_picture() -> None:
    buffer, told = ColourfulPictureBuffer(512), Colours(1, 13, 1, 2)
    packets = [packet(0, 0), packet(1, 0, told), packet(2, 3000), packet(3, 6000)]
    frames = [frame for each in packets if (frame := buffer.add(each)[1]) is not None]
    assert [getattr(frame, "colours", None) for frame in frames] == [told, None]


def test_pictures_that_never_come_out_leave_nothing_behind() -> None:
    buffer = ColourfulPictureBuffer(512)
    for number in range(1, 400):  # the first packet is missing
        buffer.add(packet(2 * number, 3000 * number, Colours(1, 1, 1, 1)))
    assert len(buffer._told) <= MOST_TOLD


class Vp8:
    """A decoder that gives the picture it is asked for."""

    def __init__(self) -> None:
        encoder = av.CodecContext.create("libvpx", "w")
        encoder.width, encoder.height, encoder.pix_fmt = 64, 48, "yuv420p"
        encoder.time_base, encoder.gop_size = Fraction(1, 30), 100
        frames = [av.VideoFrame.from_ndarray(np.full((72, 64), n, np.uint8), "yuv420p") for n in range(60, 64)]
        for number, frame in enumerate(frames):
            frame.pts = number
        self.packets = [bytes(each) for frame in frames for each in encoder.encode(frame)]
        self._decoder = av.CodecContext.create("libvpx", "r")

    def decode(self, encoded_frame: JitterFrame) -> list[av.VideoFrame]:
        return list(self._decoder.decode(av.Packet(encoded_frame.data)))  # type: ignore[arg-type]


def test_colours_hold_until_the_next_key_frame() -> None:
    source = Vp8()
    decoder = ColouringDecoder(source, "VP8")  # type: ignore[arg-type]

    def tags(data: bytes, told: Colours | None = None) -> tuple[int, int]:
        encoded = JitterFrame(data, 0)
        if told is not None:
            encoded.colours = told  # type: ignore[attr-defined]
        (frame,) = decoder.decode(encoded)
        return frame.colorspace, frame.color_range

    key, *others = source.packets
    assert tags(key, Colours(1, 13, 1, 2)) == (1, 2)
    assert [tags(each) for each in others] == [(1, 2)] * len(others)
    assert tags(key)[0] == 2, "a camera that says nothing has taken the canvas' place"


def test_a_preview_in_h264_says_that_its_colours_are_bt601(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codecs, "H264Encoder", codecs.H264Encoder)
    describe_preview_colours()
    encoder = codecs.get_encoder(RTCRtpCodecParameters(mimeType="video/H264", clockRate=90_000, payloadType=99))
    assert isinstance(encoder, H264Encoder)
    frame = av.VideoFrame.from_ndarray(np.full((72, 64), 100, np.uint8), "yuv420p")
    frame.pts, frame.time_base = 0, Fraction(1, 90_000)
    parts, _ = encoder.encode(frame)
    units = b"".join(H264PayloadDescriptor.parse(part)[1] for part in parts)
    decoder = av.CodecContext.create("h264", "r")
    (shown,) = [*decoder.decode(av.Packet(units)), *decoder.decode(None)]  # type: ignore[attr-defined]
    assert (shown.colorspace, shown.color_primaries, shown.color_trc, shown.color_range) == (6, 6, 6, 1)
