"""A camera's pictures on a network that loses packets: none is decoded that is cut off or refers to a lost one."""

from __future__ import annotations

from aiortc.jitterbuffer import JitterBuffer, JitterFrame
from aiortc.rtp import RtpPacket

ASK_EVERY = 15
"""Pictures that are left out between two requests for a key frame, half a second: a request can be lost too."""

MOST_UNITS = 16
"""H.264 units that are looked at for the kind of a picture: parameter sets and the like come first."""

_VP8_START = b"\x9d\x01\x2a"
_H264_START = b"\x00\x00\x01"
_IDR, _OTHER_SLICES = 5, range(1, 5)


class PictureBuffer(JitterBuffer):
    """A jitter buffer for video (RFC 6184 and RFC 7741 payloads) that waits for a key frame after a loss.

    aiortc's (1.16) asks for a key frame, and until it comes gives the decoder pictures whose references were lost. They
    decode without an error: the movement of now on top of an old picture, in colours of both. No matte of such a
    picture can be trusted: up to 10 % of it was room (VP8 at 212x160, 1 to 15 pictures lost).

    A picture can also be cut off though no packet is missing: Chrome, when it makes a key frame while older pictures
    wait to be sent, drops what waits and numbers its packets only afterwards. Such a picture decodes without an error,
    in blocks of everything, 1.4 % of it room (640x480, two hosts on a busy machine). Its last packet has no marker,
    which the last packet of a whole picture must have (RFC 7741, 4.1; RFC 6184, 5.1).
    """

    def __init__(self, capacity: int, prefetch: int = 0, is_video: bool = True) -> None:
        super().__init__(capacity, prefetch, is_video)
        self._broken = True
        """Whether pictures refer to something that the decoder does not have."""
        self._left_out = 0
        self._ended: dict[int, None] = {}
        """Timestamps of the pictures whose last packet has come; no more than the buffer has places."""

    def add(self, packet: RtpPacket) -> tuple[bool, JitterFrame | None]:
        """See aiortc: whether to ask for a key frame, and a picture that is complete."""
        if packet.marker:
            self._note_end(packet.timestamp)
        lost, frame = super().add(packet)
        self._broken = self._broken or lost
        # aiortc gives one picture for each packet. What is left out here must not make those behind it wait.
        while frame is not None:
            ends = self._ended.pop(frame.timestamp, False) is None
            self._broken = self._broken or not ends
            if ends and self._broken and is_key_frame(frame.data):
                self._broken, self._left_out = False, 0
            if not self._broken:
                break
            lost = lost or self._left_out % ASK_EVERY == 0
            self._left_out += 1
            frame = self._remove_frame(packet.sequence_number)
        return lost, frame

    def _note_end(self, timestamp: int) -> None:
        while len(self._ended) >= self.capacity:
            del self._ended[next(iter(self._ended))]
        self._ended[timestamp] = None


def is_key_frame(data: bytes) -> bool:
    """Whether a coded picture, VP8 or H.264 with start codes, can be decoded by itself."""
    # RFC 6386, 9.1: the first bit is 0, and three bytes later there is a start code, which H.264 cannot have there.
    if data[3:6] == _VP8_START:
        return not data[0] & 1
    at = 0
    for _ in range(MOST_UNITS):
        at = data.find(_H264_START, at) + len(_H264_START)
        if at < len(_H264_START) or at >= len(data):
            return False
        kind = data[at] & 0x1F
        if kind == _IDR:
            return True
        if kind in _OTHER_SLICES:
            return False
    return False
