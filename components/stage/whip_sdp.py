"""The two things about session descriptions that aiortc leaves to us: which codecs are offered, and where an answer's
candidates stand."""

from __future__ import annotations

import re

from aiortc import RTCRtpSender, RTCRtpTransceiver

_CANDIDATE = "a=candidate:"
_END = "a=end-of-candidates"
_ICE_LINK = re.compile(r'<([^>]*)>((?:\s*;\s*[\w-]+\s*=\s*(?:"[^"]*"|[^",;]*))*)')
_PARAMETER = re.compile(r';\s*([\w-]+)\s*=\s*(?:"([^"]*)"|([^",;]*))')


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
    return head + "".join(section + "".join(_missing(section, given)) for section in sections)


def _missing(section: str, given: list[str]) -> list[str]:
    lines = [] if _candidates(section) else list(given)
    # No more can come: there is no trickle back to a WHIP client. Without the mark, failing takes for ever.
    return lines if _END in section else [*lines, f"{_END}\r\n"]


def _candidates(section: str) -> list[str]:
    return [f"{line}\r\n" for line in section.splitlines() if line.startswith(_CANDIDATE)]


def is_answer(text: str) -> bool:
    """Whether this looks like a session description with a picture in it."""
    return text.startswith("v=0") and re.search(r"(?m)^m=video ", text) is not None


def ice_servers(links: list[str]) -> list[dict[str, str]]:
    """The STUN and TURN servers in `Link` headers (RFC 9725, 4.6), as {"urls", "username"?, "credential"?}."""
    found = []
    for url, parameters in (match.groups() for link in links for match in _ICE_LINK.finditer(link)):
        said = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(parameters)}
        if said.get("rel", "").strip() == "ice-server" and url.startswith(("stun:", "turn:", "turns:")):
            found.append({"urls": url} | {name: said[name] for name in ("username", "credential") if name in said})
    return found
