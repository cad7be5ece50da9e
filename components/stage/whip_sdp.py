"""The two things about session descriptions that aiortc leaves to us: which codecs are offered, and where an answer's
candidates stand."""

from __future__ import annotations

import re

from aiortc import RTCRtpSender, RTCRtpTransceiver

from components.stage.sdp_limits import MAX_ATTRIBUTES

_CANDIDATE = "a=candidate:"
_END = "a=end-of-candidates"

MAX_LINKS, MAX_LINK_LENGTH, MAX_ICE_SERVERS = 16, 4096, 8
"""Of an answer's `Link` headers. More STUN and TURN servers only make connecting slower."""


def offer_h264_only(transceiver: RTCRtpTransceiver) -> None:
    """Offer H.264 constrained baseline, packetization-mode 1, and its retransmissions: IVS takes no other picture.

    An audio transceiver's Opus stands first in aiortc's list already.
    """
    codecs = RTCRtpSender.getCapabilities("video").codecs
    wanted = [c for c in codecs if c.mimeType == "video/H264" and c.parameters.get("profile-level-id") == "42e01f"]
    transceiver.setCodecPreferences([*wanted, *(c for c in codecs if c.mimeType == "video/rtx")])


def offer_opus_only(transceiver: RTCRtpTransceiver) -> None:
    """Offer Opus, and not the telephone's codecs: our packets are Opus."""
    codecs = RTCRtpSender.getCapabilities("audio").codecs
    transceiver.setCodecPreferences([c for c in codecs if c.mimeType.lower() == "audio/opus"])


def with_candidates_everywhere(answer: str) -> str:
    """The answer with its candidates in every media section.

    IVS puts them into the first only (BUNDLE), and aiortc may look into another: it would wait for them for ever
    (reference/aws.md, B.6.3). An answer without any comes back as it was.
    """
    head, *sections = re.split(r"(?m)^(?=m=)", "".join(f"{line}\r\n" for line in answer.splitlines() if line.strip()))
    given = next((lines for section in sections if (lines := _candidates(section))), [])
    if not given:
        return answer
    # As many as may be parsed (sdp_limits.py), shared out over the sections.
    share = MAX_ATTRIBUTES["candidate"] // len(sections)
    sections = [_bounded(section, share) for section in sections]
    return head + "".join(section + "".join(_missing(section, given[:share])) for section in sections)


def _bounded(section: str, most: int) -> str:
    """The section with so many of its candidates, the first ones."""
    extra = set(_candidates(section)[most:]) if section.count(_CANDIDATE) > most else set()
    return "".join(line for line in section.splitlines(keepends=True) if line not in extra) if extra else section


def _missing(section: str, given: list[str]) -> list[str]:
    lines = [] if _candidates(section) else given
    # No more can come: there is no trickle back to a WHIP client. Without the mark, failing takes for ever.
    return lines if _END in section else [*lines, f"{_END}\r\n"]


def _candidates(section: str) -> list[str]:
    return [f"{line}\r\n" for line in section.splitlines() if line.startswith(_CANDIDATE)]


def is_answer(text: str) -> bool:
    """Whether this looks like a session description with a picture in it."""
    return text.startswith("v=0") and re.search(r"(?m)^m=video ", text) is not None


def ice_servers(links: list[str]) -> list[dict[str, str]]:
    """The STUN and TURN servers in `Link` headers (RFC 9725, 4.6), as {"urls", "username"?, "credential"?}.

    One step a character, over the first `MAX_LINK_LENGTH` of each of the first headers: they are a stranger's.
    """
    found: list[dict[str, str]] = []
    for link in links[:MAX_LINKS]:
        for part in _split(link[:MAX_LINK_LENGTH], ","):
            server = _ice_server(part)
            if server is not None and len(found) < MAX_ICE_SERVERS:
                found.append(server)
    return found


def _ice_server(link: str) -> dict[str, str] | None:
    """One link: <address>; name=value; name="value" …"""
    target, *parameters = _split(link, ";")
    url = target.strip()
    if not (url.startswith("<") and url.endswith(">")):
        return None
    said = {}
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        said[name.strip().lower()] = value.strip().removeprefix('"').removesuffix('"')
    if said.get("rel", "").strip() != "ice-server" or not url[1:].startswith(("stun:", "turn:", "turns:")):
        return None
    return {"urls": url[1:-1]} | {name: said[name] for name in ("username", "credential") if name in said}


def _split(text: str, separator: str) -> list[str]:
    """The parts between separators that stand neither in <…> nor in "…"."""
    parts, begin, closing = [], 0, ""
    for at, letter in enumerate(text):
        if closing:
            closing = "" if letter == closing else closing
        elif letter in '<"':
            closing = ">" if letter == "<" else letter
        elif letter == separator:
            parts.append(text[begin:at])
            begin = at + 1
    return [*parts, text[begin:]]
