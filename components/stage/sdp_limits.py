"""How large a session description may be. One linear look at it, before anybody parses it.

aiortc's parser (1.16) goes over all codecs for each line of feedback, over all senders for each of their lines: 125 kB
held the event loop for two minutes, and took 1.6 GB. Chromium offers a camera, a microphone and a data channel in 6.3
kB with 31 codecs and 51 lines of feedback, Firefox in 5.2 kB with 14 and 29 (tests/offers, 2026-11-30).
"""

from __future__ import annotations

from collections import Counter

MAX_BYTES = 20_000
MAX_LINES = 800
MAX_LINE_LENGTH = 2_000
MAX_SECTIONS = 4
MAX_SENDERS = 32
"""Different numbers in a=ssrc lines, over all sections."""

MAX_ATTRIBUTES = {
    "rtpmap": 64,
    "rtcp-fb": 256,
    "fmtp": 64,
    "candidate": 64,
    "extmap": 64,
    "ssrc": 128,
    "fingerprint": 16,
}
"""Lines of each kind, over all sections."""

MAX_OTHER_ATTRIBUTES = 32
"""Lines of any other kind."""

MAX_WORDS = 128
"""In one line: payload types in m=, numbers in a=ssrc-group."""


class TooLarge(ValueError):
    """A session description that is not parsed; the text is a sentence."""


def check(sdp: str) -> None:
    """Raise TooLarge if a session description is larger than any that a browser or a server needs."""
    if len(sdp) > MAX_BYTES or len(sdp.encode("utf-8", "replace")) > MAX_BYTES:
        raise TooLarge(f"The connection's description has more than {MAX_BYTES // 1000} kB.")
    lines = sdp.splitlines()
    if len(lines) > MAX_LINES or any(len(line) > MAX_LINE_LENGTH or _words(line) > MAX_WORDS for line in lines):
        raise TooLarge("The connection's description has more or longer lines than any connection needs.")
    if sum(line.startswith("m=") for line in lines) > MAX_SECTIONS:
        raise TooLarge(f"The connection's description has more than {MAX_SECTIONS} streams.")
    attributes = Counter(_attribute(line) for line in lines if line.startswith("a="))
    for name, count in attributes.items():
        if count > MAX_ATTRIBUTES.get(name, MAX_OTHER_ATTRIBUTES):
            raise TooLarge("The connection's description lists more codecs or addresses than any connection needs.")
    senders = {line[7:].split(" ", 1)[0] for line in lines if line.startswith("a=ssrc:")}
    if len(senders) > MAX_SENDERS:
        raise TooLarge(f"The connection's description names more than {MAX_SENDERS} senders.")


def _attribute(line: str) -> str:
    return line[2:].split(":", 1)[0]


def _words(line: str) -> int:
    return len(line.split(None, MAX_WORDS))
