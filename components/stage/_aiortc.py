"""Every private thing of aiortc that the stage touches, in one file.

Each entry says what it reaches into, why, and what happens when it is gone. All on the event loop. (aiortc 1.16)
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakKeyDictionary

from aiortc import RTCRtpSender
from aiortc.codecs import CODECS
from aiortc.rtcpeerconnection import is_codec_compatible
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import RTCP_PSFB_APP, RtcpPsfbPacket, unpack_remb_fci
from aiortc.sdp import SessionDescription

from components.stage import sdp_limits

logger = logging.getLogger(__name__)

_estimates: WeakKeyDictionary[RTCRtpSender, int] = WeakKeyDictionary()
"""What each sender's receiver said last, in bits a second; 0 for one that is listened to and has said nothing."""


def guard_parsing() -> None:
    """Let aiortc parse no session description that is too large: a camera's, a viewer's or a WHIP server's.

    All of them go through `SessionDescription.parse`, which takes time and memory by the square of what it is given. If
    the method moves, this raises when the program starts. After this call it may raise `sdp_limits.TooLarge`.
    """
    parse = SessionDescription.parse
    if getattr(parse, "guarded", False):
        return

    def guarded(sdp: str) -> SessionDescription:
        sdp_limits.check(sdp)
        return parse(sdp)

    guarded.guarded = True  # type: ignore[attr-defined]
    SessionDescription.parse = staticmethod(guarded)  # type: ignore[method-assign]


guard_parsing()


def takes_h264(offered: list[RTCRtpCodecParameters]) -> bool:
    """True if one of the offered codecs is H.264 as aiortc sends it (private function `is_codec_compatible`).

    Asked before the connection is made: aiortc refuses an offer without it as a whole, the sound too. If a name moves,
    the import fails.
    """
    ours = [codec for codec in CODECS["video"] if codec.mimeType.lower() == "video/h264"]
    return any(is_codec_compatible(codec, other) for codec in ours for other in offered)


def on_keyframe_request(sender: RTCRtpSender, callback: Callable[[], None]) -> bool:
    """Call back when the receiver asks for a key frame (PLI, FIR); tells whether that can be known.

    aiortc notes a request in a flag that only its own encoders read (`RTCRtpSender._send_keyframe`), not the way of
    ready packets. If the method is gone, a receiver that has lost the thread waits for the next IDR, 2 s at most.
    """
    noted: Callable[[], None] | None = getattr(sender, "_send_keyframe", None)
    if noted is None:
        logger.warning("Key-frame requests cannot be heard with this version of aiortc")
        return False

    def both() -> None:
        noted()
        callback()

    sender._send_keyframe = both  # type: ignore[method-assign]
    return True


def estimated_bitrate(sender: RTCRtpSender) -> int | None:
    """Bits a second that the receiver says it can take (REMB), or None while it has said nothing.

    The first call begins to listen. aiortc hands the number to its own encoder only, clamped, so the RTCP packet is
    read on its way (`RTCRtpSender._handle_rtcp_packet`). If the method is gone, there is never a number.
    """
    if sender not in _estimates:
        _estimates[sender] = 0
        _listen(sender)
    return _estimates[sender] or None


def _listen(sender: RTCRtpSender) -> None:
    handled: Callable[[Any], Awaitable[None]] | None = getattr(sender, "_handle_rtcp_packet", None)
    if handled is None:
        logger.warning("Bitrate estimates cannot be heard with this version of aiortc")
        return

    async def both(packet: Any) -> None:
        try:
            _note(sender, packet)
        except Exception:  # noqa: BLE001 - whatever a packet holds, aiortc must get it too
            logger.debug("An RTCP packet could not be read")
        await handled(packet)

    sender._handle_rtcp_packet = both  # type: ignore[method-assign]


def _note(sender: RTCRtpSender, packet: Any) -> None:
    if isinstance(packet, RtcpPsfbPacket) and packet.fmt == RTCP_PSFB_APP:
        bitrate, ssrcs = unpack_remb_fci(packet.fci)
        if sender._ssrc in ssrcs:
            _estimates[sender] = bitrate
