"""Session descriptions are looked at once before aiortc parses them: real ones pass, and large ones are refused."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import SessionDescription
from hypothesis import given, settings
from hypothesis import strategies as st

from components.stage import _aiortc
from components.stage.sdp_limits import MAX_ATTRIBUTES, MAX_BYTES, MAX_LINES, MAX_SECTIONS, MAX_SENDERS, TooLarge, check

OFFERS = Path(__file__).parents[1] / "offers"
HEAD = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
SECTION = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n"


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_what_a_browser_offers_passes_with_room_to_spare(browser: str) -> None:
    offer = (OFFERS / f"{browser}.sdp").read_bytes().decode()
    assert len(SessionDescription.parse(offer).media) == 3
    assert 2 * len(offer) < MAX_BYTES
    assert 2 * offer.count("a=rtpmap") < MAX_ATTRIBUTES["rtpmap"]
    assert 2 * offer.count("a=rtcp-fb") < MAX_ATTRIBUTES["rtcp-fb"]
    assert 2 * offer.count("a=candidate") < MAX_ATTRIBUTES["candidate"]


LARGE = {
    "bytes": HEAD + SECTION + f"a=x:{'y' * MAX_BYTES}\r\n",
    "bytes beyond ASCII": HEAD + SECTION + f"a=x:{'é' * (MAX_BYTES // 2)}\r\n",
    "lines": HEAD + SECTION + "b=\r\n" * MAX_LINES,
    "lines by other separators": HEAD + SECTION + "b=\x0b" * MAX_LINES,
    "sections": HEAD + SECTION * (MAX_SECTIONS + 1),
    "codecs": HEAD + SECTION + "".join(f"a=rtpmap:{n} a/1\r\n" for n in range(65)),
    "feedback": HEAD + SECTION + "a=rtcp-fb:* nack\r\n" * 257,
    "candidates": HEAD + SECTION + "a=candidate:1 1 udp 1 192.0.2.1 5 typ host\r\n" * 65,
    "senders": HEAD + SECTION + "".join(f"a=ssrc:{n} cname:x\r\n" for n in range(MAX_SENDERS + 1)),
    "header extensions": HEAD + SECTION + "a=extmap:1 urn:x\r\n" * 65,
    "fingerprints": HEAD + SECTION + "a=fingerprint:sha-256 AA\r\n" * 17,
    "anything else": HEAD + SECTION + "a=new-thing:1\r\n" * 33,
    "payload types": HEAD + f"m=video 9 UDP/TLS/RTP/SAVPF {' 96' * 200}\r\n",
    "a long line": HEAD + SECTION + f"a=fmtp:96 {'x' * 2000}\r\n",
}


@pytest.mark.parametrize("what", LARGE)
def test_too_much_of_anything_is_refused_in_a_sentence(what: str) -> None:
    with pytest.raises(TooLarge, match=r"^The connection's description .*\.$"):
        check(LARGE[what])


@pytest.mark.parametrize("what", ["codecs", "candidates", "senders"])
async def test_nobody_parses_around_it(what: str) -> None:
    """However a description comes to aiortc: it goes by this one method."""
    with pytest.raises(TooLarge):
        SessionDescription.parse(LARGE[what])
    for kind in ("offer", "answer"):
        peer = RTCPeerConnection()
        with pytest.raises(TooLarge):
            await peer.setRemoteDescription(RTCSessionDescription(LARGE[what], kind))
        await peer.close()


def test_guarding_twice_guards_once() -> None:
    before = SessionDescription.parse
    _aiortc.guard_parsing()
    assert SessionDescription.parse is before


LINES = st.sampled_from(["m=video 9 x 1", "a=ssrc:1 a:b", "a=rtpmap:1 x/1", "a=", "", "\x85"])


@settings(deadline=None)
@given(st.text() | st.lists(LINES, max_size=50).map("\r\n".join))
def test_nothing_makes_the_look_itself_fail(text: str) -> None:
    with suppress(TooLarge):
        check(text)
