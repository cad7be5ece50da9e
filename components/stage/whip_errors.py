"""What a WHIP server answers instead of an answer, and what that means for the person who wanted to go live.

Which status IVS gives for what is not documented (reference/aws.md, G): the meanings are RFC 9725's and HTTP's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from components.errors import BadStageAnswer, JoinRefused, StageBusy, StageError, StageUnreachable


@dataclass(frozen=True, slots=True)
class Words:
    """How a destination's own things are called in sentences."""

    server: str
    """Who answers, at the beginning of a sentence: The stage."""

    ticket: str
    """What admits: participant token."""

    address: str
    """What to check if the address is wrong: IVS_WHIP_URL."""

    detour: str = ""
    """What else may work, as a sentence, where WebRTC does not."""


IVS = Words("The stage", "participant token", "IVS_WHIP_URL")
IVS_OR_RTMPS = replace(IVS, detour="RTMPS as destination may work.")
ENDPOINT = Words("The WHIP server", "bearer token", "the endpoint's address")

_STATUSES: Mapping[int, tuple[type[StageError], str]] = {
    400: (JoinRefused, "{server} did not accept the offer (400). It must take H.264 and Opus. {detour}"),
    401: (JoinRefused, "{server} did not accept the {ticket}; create a new one and try again."),
    403: (
        JoinRefused,
        "The {ticket} does not allow publishing here, or was disconnected from the stage; create a new one that does.",
    ),
    404: (JoinRefused, "There is nothing to publish to at this address; the stage may be deleted. Check {address}."),
    405: (BadStageAnswer, "There is no WHIP endpoint at this address; check {address}."),
    406: (JoinRefused, "{server} takes no WebRTC offers at this address; check {address}."),
    409: (StageBusy, "Somebody is on the stage with this {ticket} already; leave there, or use another one."),
    410: (JoinRefused, "The stage is gone; choose another one and create a {ticket} for it."),
    415: (JoinRefused, "{server} takes no WebRTC offers at this address; check {address}."),
    422: (JoinRefused, "{server} cannot take this picture or sound; it must take H.264 and Opus. {detour}"),
    429: (StageBusy, "{server} is busy; wait a moment and try again."),
}

_ALSO_WHILE_HELD = frozenset({400, 403, 406, 409, 412, 422, 423, 425})
"""What servers answer to a second connection while they still hold the first one: Janus' WHIP server 403, MediaMTX 400,
others 409 or a sibling of it. Not 401, 404 and 410, which are about the token and the stage themselves. 429 and 5xx are
worth another try in any case."""


def of_status(status: int, words: Words) -> StageError:
    """The error for an answer with this status, whatever else it says: its text is the server's, not ours to show."""
    if status >= 500:
        return StageBusy(f"{words.server} is out of order for a moment ({status}); try again.")
    unknown = (BadStageAnswer, f"{{server}} gave an answer that makes no sense ({status}); check {{address}}.")
    kind, sentence = _STATUSES.get(status, unknown)
    error = _said(kind, sentence, words)
    error.perhaps_held = status in _ALSO_WHILE_HELD
    return error


def no_answer(words: Words) -> StageError:
    """Something came with success, and it was no session description: a web page, most likely."""
    return _said(BadStageAnswer, "{server} answered with something else than a WebRTC answer; check {address}.", words)


def too_large(words: Words) -> StageError:
    """Something came with success that is larger than any answer: a web page, or an attack."""
    return _said(BadStageAnswer, "{server} answered with more than any WebRTC answer needs; check {address}.", words)


def astray(words: Words) -> StageError:
    """A redirect leads to somebody who must not have the token."""
    return _said(
        BadStageAnswer, "{server} sent us to a server that must not have the {ticket}; it was not sent there.", words
    )


def forbidden(words: Words) -> StageError:
    """The first address itself must not have the token."""
    return _said(JoinRefused, "The {ticket} is not sent to this address; check {address}.", words)


def in_circles(words: Words) -> StageError:
    """More redirects than any stage needs."""
    return _said(BadStageAnswer, "{server} sent us from one address to the next; check {address}.", words)


def silent(words: Words) -> StageError:
    """No answer in time."""
    return _said(StageUnreachable, "{server} did not answer in time; try again.", words)


def unreachable(words: Words) -> StageError:
    """No connection for signalling."""
    return _said(StageUnreachable, "{server} cannot be reached; check the network and {address}.", words)


def no_media(words: Words) -> StageError:
    """Signalling went through, and no picture does."""
    return _said(
        StageUnreachable, "{server} gets no picture: UDP seems blocked on this network; try another. {detour}", words
    )


def _said(kind: type[StageError], sentence: str, words: Words) -> StageError:
    return kind(sentence.format_map(asdict(words)).rstrip())
