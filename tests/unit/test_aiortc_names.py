"""What the stage hears from a receiver by aiortc's private names, and what it does without them."""

from __future__ import annotations

from typing import Any

import pytest
from aiortc import RTCRtpSender
from aiortc.rtp import RTCP_PSFB_APP, RTCP_PSFB_PLI, RtcpPsfbPacket, RtcpRrPacket, pack_remb_fci

from components.stage._aiortc import estimated_bitrate, on_keyframe_request


class Transport:
    """As much of a transport as a sender needs that sends nothing."""

    state = "connected"


def sender() -> RTCRtpSender:
    return RTCRtpSender("video", Transport())  # type: ignore[arg-type]


def feedback(fmt: int, fci: bytes = b"") -> RtcpPsfbPacket:
    return RtcpPsfbPacket(fmt=fmt, ssrc=1, media_ssrc=0, fci=fci)


async def test_a_picture_loss_calls_back() -> None:
    it, calls = sender(), []
    assert on_keyframe_request(it, lambda: calls.append(None))
    await it._handle_rtcp_packet(feedback(RTCP_PSFB_PLI))
    assert len(calls) == 1
    await it._handle_rtcp_packet(RtcpRrPacket(ssrc=1))
    assert len(calls) == 1


async def test_the_last_estimate_counts_and_each_senders_own() -> None:
    one, other = sender(), sender()
    assert (estimated_bitrate(one), estimated_bitrate(other)) == (None, None)
    for bitrate in (900_000, 5_000_000):
        await one._handle_rtcp_packet(feedback(RTCP_PSFB_APP, pack_remb_fci(bitrate, [one._ssrc])))
        assert estimated_bitrate(one) == pytest.approx(bitrate, rel=0.01)
    await one._handle_rtcp_packet(feedback(RTCP_PSFB_APP, pack_remb_fci(1, [other._ssrc])))
    await one._handle_rtcp_packet(feedback(RTCP_PSFB_APP, b"nonsense"))
    assert estimated_bitrate(one) == pytest.approx(5_000_000, rel=0.01)
    assert estimated_bitrate(other) is None


async def test_without_the_names_nothing_is_heard_and_nothing_breaks() -> None:
    class Other:
        """A sender of another version."""

    it: Any = Other()
    assert not on_keyframe_request(it, lambda: None)
    assert estimated_bitrate(it) is None
    assert estimated_bitrate(it) is None
