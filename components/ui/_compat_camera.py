"""What the camera's connection needs that aiortc (1.16) and streamlit-webrtc (0.79) do not do, by their private names.

Each entry says what it reaches into, why, and what happens when it is gone. (`_compat.py` holds what is not the
camera's.)
"""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

import av
from aiortc import RTCPeerConnection, RTCSessionDescription, codecs, rtcrtpreceiver, rtp
from aiortc.codecs import get_decoder
from aiortc.codecs.base import Decoder
from aiortc.codecs.h264 import H264Encoder
from aiortc.jitterbuffer import JitterFrame
from aiortc.rtcrtpparameters import RTCRtpCodecParameters, RTCRtpParameters
from aiortc.sdp import SessionDescription
from av.video.codeccontext import VideoCodecContext
from streamlit_webrtc import webrtc

from components.video.h264 import describe_colours
from components.video.picture_buffer import PictureBuffer

START_KBPS = 1500
"""Where Chrome begins; by itself at 300, with 640x360 of a 1280x720 camera, and aiortc lets it rise by 8 % a second.
Where the network carries less, Chrome finds out by the losses: no least bitrate is asked for, so it falls as far as it
must. A picture alone has the camera's size from the first frame on; beside a microphone Chrome begins a step or two
below it, whatever is asked for (2,500 too), and gets there step by step."""

COLOR_SPACE = "http://www.webrtc.org/experiments/rtp-hdrext/color-space"
"""The header extension in which Chrome, Edge and Safari tell a picture's colours: with each key frame, in its last
packet. VP8 has no other place for it, and some computers' H.264 encoders write nothing themselves."""


class CameraPeer(RTCPeerConnection):
    """The answering side of a camera's connection: asks for a good picture from the start, and for its colours."""

    async def setRemoteDescription(self, sessionDescription: RTCSessionDescription) -> None:  # noqa: N802, N803 - aiortc's
        """As in aiortc; what it leaves out of the answer is put in here."""
        await super().setRemoteDescription(sessionDescription)
        offered = SessionDescription.parse(sessionDescription.sdp)
        extensions = {media.rtp.muxId: media.rtp.headerExtensions for media in offered.media if media.kind == "video"}
        for transceiver in self.getTransceivers():
            for codec in transceiver._codecs:
                if codec.name in ("VP8", "H264"):
                    codec.parameters["x-google-start-bitrate"] = START_KBPS
            offers = extensions.get(str(transceiver.mid), [])
            transceiver._headerExtensions += [each for each in offers if each.uri == COLOR_SPACE]


def ask_for_a_good_picture() -> None:
    """Let streamlit-webrtc's connections be such ones (name in its `webrtc` module; `_codecs` and `_headerExtensions`
    of aiortc's transceivers).

    If the names move, Chrome takes half a minute from 640x360 to 1280x720.
    """
    if hasattr(webrtc, "RTCPeerConnection"):
        webrtc.RTCPeerConnection = CameraPeer


class Colours(NamedTuple):
    """A picture's colours as H.273 numbers them; the range as in AVFrame: 1 limited, 2 full."""

    primaries: int
    transfer: int
    matrix: int
    range: int

    @classmethod
    def parse(cls, extension: bytes) -> Colours | None:
        """From the header extension; None if it is cut short. What follows the first four bytes is for HDR screens."""
        if len(extension) < 4:
            return None
        primaries, transfer, matrix, siting_and_range = struct.unpack_from("4B", extension)
        return cls(primaries, transfer, matrix, siting_and_range >> 4 & 3)

    def put_on(self, frame: av.VideoFrame) -> None:
        """Tag the frame; what is no number of AVFrame's says nothing."""
        frame.color_range = self.range if self.range in (1, 2) else 0
        frame.colorspace = self.matrix if self.matrix <= 14 else 2
        frame.color_trc = self.transfer if self.transfer <= 18 else 2
        frame.color_primaries = self.primaries if self.primaries <= 12 else 2


class ExtensionsWithColours(rtp.HeaderExtensionsMap):
    """Header extensions of RTP packets, that of the colours among them."""

    _color_space_id: int | None = None

    def configure(self, parameters: RTCRtpParameters) -> None:
        """As in aiortc: called for each receiver and sender of a connection, with what was agreed on."""
        super().configure(parameters)
        for extension in parameters.headerExtensions:
            if extension.uri == COLOR_SPACE:
                self._color_space_id = extension.id

    def get(self, extension_profile: int, extension_value: bytes) -> rtp.HeaderExtensions:
        """As in aiortc. Raises ValueError for what is cut short."""
        values = super().get(extension_profile, extension_value)
        if self._color_space_id is not None:
            for number, content in rtp.unpack_header_extensions(extension_profile, extension_value):
                if number == self._color_space_id:
                    values.color_space = Colours.parse(content)  # type: ignore[attr-defined]
        return values


MOST_TOLD = 8
"""Pictures whose colours are kept until they come out of the buffer: they are told with key frames alone."""


class ColourfulPictureBuffer(PictureBuffer):
    """A picture buffer that hands the colours told in a picture's packets on with the picture."""

    def __init__(self, capacity: int, prefetch: int = 0, is_video: bool = True) -> None:
        super().__init__(capacity, prefetch, is_video)
        self._told: dict[int, Colours] = {}

    def _remove_frame(self, sequence_number: int) -> JitterFrame | None:
        packet = self._packets[sequence_number % self._capacity]
        told = getattr(packet.extensions, "color_space", None) if packet is not None else None
        if packet is not None and told is not None:
            while len(self._told) >= MOST_TOLD:
                del self._told[next(iter(self._told))]
            self._told[packet.timestamp] = told
        frame = super()._remove_frame(sequence_number)
        if frame is not None and frame.timestamp in self._told:
            frame.colours = self._told.pop(frame.timestamp)  # type: ignore[attr-defined]
        return frame


class ColouringDecoder(Decoder):
    """A decoder whose pictures have the colours that came beside them: told with a key frame, they hold until the next
    one, and go before what the bitstream says (as in libwebrtc)."""

    def __init__(self, decoder: Decoder, codec: str) -> None:
        self._decoder = decoder
        self._vp8 = codec.lower() == "vp8"
        self._colours: Colours | None = None

    def decode(self, encoded_frame: JitterFrame) -> list[Any]:
        """As the decoder does."""
        frames = self._decoder.decode(encoded_frame)
        told: Colours | None = getattr(encoded_frame, "colours", None)
        # libvpx's pictures do not say that they are key frames; the stream's first bit does (RFC 6386, 9.1).
        vp8_key = self._vp8 and encoded_frame.data[:1] != b"" and not encoded_frame.data[0] & 1
        for frame in frames:
            if isinstance(frame, av.VideoFrame):
                if told is not None or vp8_key or frame.key_frame:
                    self._colours = told
                if self._colours is not None:
                    self._colours.put_on(frame)
        return frames


def _colouring_decoder(codec: RTCRtpCodecParameters) -> Decoder:
    decoder = get_decoder(codec)
    return ColouringDecoder(decoder, codec.name) if codec.mimeType.lower().startswith("video/") else decoder


class DescribingEncoder(H264Encoder):
    """aiortc's H.264 encoder, whose stream says what its colours are: Safari prefers H.264 for the preview."""

    _codec: VideoCodecContext | None = None

    @property
    def codec(self) -> VideoCodecContext | None:
        """The encoder of the moment; aiortc makes a new one for each size and bitrate."""
        return self._codec

    @codec.setter
    def codec(self, codec: VideoCodecContext | None) -> None:
        if codec is not None:
            describe_colours(codec)
        self._codec = codec


def describe_preview_colours() -> None:
    """Let the preview be encoded by that (a name in `aiortc.codecs`).

    If the name moves, the preview's colours are a little wrong in browsers that prefer H.264 to VP8.
    """
    if hasattr(codecs, "H264Encoder"):
        codecs.H264Encoder = DescribingEncoder


def read_camera_colours() -> None:
    """Let every picture that is received from now on carry the colours that the browser tells beside it.

    Replaces two names of aiortc, `rtp.HeaderExtensionsMap` and `rtcrtpreceiver.get_decoder`; the jitter buffer is set
    by `_compat.mend_buffers`. If one moves, VP8 that is not BT.601 has wrong colours, as a canvas has.
    """
    if hasattr(rtp, "HeaderExtensionsMap") and hasattr(rtcrtpreceiver, "get_decoder"):
        rtp.HeaderExtensionsMap = ExtensionsWithColours  # type: ignore[misc]
        rtcrtpreceiver.get_decoder = _colouring_decoder
