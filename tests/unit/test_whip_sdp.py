"""What aiortc leaves to us about session descriptions."""

import asyncio

import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import SessionDescription
from hypothesis import given, settings
from hypothesis import strategies as st

from components.stage.whip_sdp import (
    MAX_ICE_SERVERS,
    MAX_LINK_LENGTH,
    MAX_LINKS,
    ice_servers,
    is_answer,
    offer_h264_only,
    offer_opus_only,
    with_candidates_everywhere,
)
from tests.fake_stage_media import OFFLINE, candidates_first

ANSWER = (
    "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n{audio}m=video 9 UDP/TLS/RTP/SAVPF 101\r\na=mid:1\r\n{video}"
)
TWO = "a=candidate:1 1 udp 1 192.0.2.1 5000 typ host\r\na=candidate:2 1 udp 1 192.0.2.2 5000 typ host\r\n"
END = "a=end-of-candidates\r\n"


@pytest.mark.parametrize(
    ("audio", "video"), [(TWO, ""), ("", TWO), (TWO + END, ""), (TWO, TWO), (TWO + END, TWO + END)]
)
def test_candidates_come_to_stand_everywhere(audio: str, video: str) -> None:
    fixed = with_candidates_everywhere(ANSWER.format(audio=audio, video=video))
    assert fixed == ANSWER.format(audio=TWO + END, video=TWO + END)
    assert with_candidates_everywhere(fixed) == fixed


def test_other_line_ends_and_answers_without_candidates() -> None:
    unix = ANSWER.format(audio=TWO, video="").replace("\r\n", "\n")
    assert with_candidates_everywhere(unix) == ANSWER.format(audio=TWO + END, video=TWO + END)
    assert with_candidates_everywhere(ANSWER.format(audio="", video="")) == ANSWER.format(audio="", video="")


@settings(deadline=None)
@given(st.text() | st.lists(st.sampled_from(["v=0", "m=video 9", "m=", TWO.strip(), END, ""])).map("\r\n".join))
def test_no_answer_makes_it_fail(text: str) -> None:
    fixed = with_candidates_everywhere(text)
    assert with_candidates_everywhere(fixed) == fixed
    is_answer(text)


async def test_only_what_a_stage_takes_is_offered() -> None:
    peer = RTCPeerConnection(OFFLINE)
    offer_opus_only(peer.addTransceiver("audio", direction="sendonly"))
    offer_h264_only(peer.addTransceiver("video", direction="sendonly"))
    await peer.setLocalDescription(await peer.createOffer())
    audio, video = SessionDescription.parse(peer.localDescription.sdp).media
    await peer.close()
    assert [codec.mimeType for codec in audio.rtp.codecs] == ["audio/opus"]
    assert [codec.mimeType for codec in video.rtp.codecs] == ["video/H264", "video/rtx"]
    parameters = video.rtp.codecs[0].parameters
    assert (parameters["profile-level-id"], str(parameters["packetization-mode"])) == ("42e01f", "1")
    assert audio.direction == video.direction == "sendonly"
    assert audio.ice_candidates
    assert video.ice_candidates


async def test_what_ivs_answers_connects() -> None:
    """Candidates in the first media section only: aiortc looks into the last one if all share a transport."""
    here, there = RTCPeerConnection(OFFLINE), RTCPeerConnection(OFFLINE)
    connected = asyncio.Event()
    here.add_listener("connectionstatechange", lambda: here.connectionState == "connected" and connected.set())
    for kind in ("audio", "video"):
        here.addTransceiver(kind, direction="sendonly")
    await here.setLocalDescription(await here.createOffer())
    await there.setRemoteDescription(here.localDescription)
    await there.setLocalDescription(await there.createAnswer())
    answer = candidates_first(there.localDescription.sdp)
    assert answer.count("a=candidate") < there.localDescription.sdp.count("a=candidate")
    await here.setRemoteDescription(RTCSessionDescription(with_candidates_everywhere(answer), "answer"))
    async with asyncio.timeout(20):
        await connected.wait()
    await asyncio.gather(here.close(), there.close())


def test_relays_are_read_from_link_headers() -> None:
    links = [
        '<stun:stun.example.net>; rel="ice-server", <https://example.net>; rel="help"',
        '<turn:turn.example.net?transport=udp>; rel="ice-server"; username="u"; credential="a;b,c"; '
        'credential-type="password"',
    ]
    assert ice_servers(links) == [
        {"urls": "stun:stun.example.net"},
        {"urls": "turn:turn.example.net?transport=udp", "username": "u", "credential": "a;b,c"},
    ]


@settings(deadline=None)
@given(st.lists(st.text() | st.text(alphabet='<>;,="turn: rel'), max_size=3))
def test_no_link_header_makes_it_fail(links: list[str]) -> None:
    for server in ice_servers(links):
        assert server["urls"].startswith(("stun:", "turn:", "turns:"))


HOSTILE = ["<" + ';a="' * 30_000, "<>" + ";a=b" * 30_000, "<a>;" * 30_000, "," * 95_000]
HOSTILE += ['<stun:a>; rel="ice-server",' * 4_000]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_stranger_cannot_make_it_read_for_long_or_name_many(hostile: str) -> None:
    """The old one took minutes for these."""
    assert len(ice_servers([hostile] * 1_000)) <= MAX_ICE_SERVERS


def test_a_server_named_beyond_the_limit_is_not_read() -> None:
    assert ice_servers([f'{"," * MAX_LINK_LENGTH}<stun:s.example>; rel="ice-server"']) == []
    assert ice_servers([""] * MAX_LINKS + ['<stun:s.example>; rel="ice-server"']) == []


@pytest.mark.parametrize("sections", [1, 2, 3, 4])
def test_candidates_that_come_to_stand_everywhere_can_still_be_parsed(sections: int) -> None:
    given = "".join(f"a=candidate:{n} 1 udp 1 192.0.2.{n} 5000 typ host\r\n" for n in range(64))
    head, *_ = ANSWER.split("m=")
    answer = head + "".join(
        f"m=video 9 UDP/TLS/RTP/SAVPF 101\r\na=mid:{n}\r\n{given if n == 0 else ''}" for n in range(sections)
    )
    media = SessionDescription.parse(with_candidates_everywhere(answer)).media
    assert {len(section.ice_candidates) for section in media} == {64 // sections}
