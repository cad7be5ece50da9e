"""Participant tokens: what one says about itself, read before anything is sent.

A token is a JWT (reference/aws.md, B.2), which AWS calls opaque: "format could change". So nothing but its expiry and
its capabilities decides anything, its signature is the stage's affair, and every claim may be missing.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum

from components.errors import TokenRejected
from components.stage.secret import Secret

SOON_S = 5 * 60.0
"""A token that expires within this many seconds is worth a warning: joining again would fail."""

_MOST_CHARACTERS = 16_384
_PART = re.compile(r"[A-Za-z0-9_-]+={0,2}")
_STAGE_ARN = re.compile(r"arn:aws[a-z-]*:ivs:[a-z0-9-]+:[0-9]+:stage/([A-Za-z0-9-]+)")
_LAST_DAY = 253_402_300_799.0  # The year 9999; a later time is no time.

BLANK = "Please enter a participant token"
NO_VIEWER_TOKEN = "Please enter a viewer token: a second one, with SUBSCRIBE."  # noqa: S105 - a sentence
_MALFORMED = (
    "This is no participant token: it must have three parts with dots between them. Copy it whole from the IVS console "
    "(Stages, your stage, Participant tokens)."
)


class Capability(Enum):
    """What a participant may do, by the names of the API and of the claims."""

    PUBLISH = "allow_publish"
    SUBSCRIBE = "allow_subscribe"


@dataclass(frozen=True, slots=True)
class ParticipantToken:
    """One participant's ticket to a stage. `secret` is the token itself. Times are Unix seconds, None if not said.

    The claims are the token's own and unverified: an address among them is only a proposal.
    """

    secret: Secret
    participant_id: str | None = None
    user_id: str | None = None
    topic: str | None = None
    stage_arn: str | None = None
    expires_at: float | None = None
    can_publish: bool = True
    can_subscribe: bool = True
    whip_url: str | None = None
    events_url: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict, hash=False)


def read_token(text: str, now: float, to: Capability = Capability.PUBLISH) -> ParticipantToken:
    """What a pasted token says. `now` is Unix time. Sends nothing, checks no signature.

    Raises TokenRejected for a text that is blank or no token, and for one that has expired or does not allow `to`.
    """
    name = "viewer token" if to is Capability.SUBSCRIBE else "participant token"
    if to is Capability.SUBSCRIBE and not text.strip():
        raise TokenRejected(NO_VIEWER_TOKEN)
    token = parse(text)
    if token.expires_at is not None and token.expires_at <= now:
        when = datetime.fromtimestamp(token.expires_at, UTC)
        raise TokenRejected(f"This {name} expired on {when.day} {when:%B at %H:%M} UTC; create a new one.")
    if to is Capability.PUBLISH and not token.can_publish:
        raise TokenRejected("This participant token does not allow publishing; create one with the PUBLISH capability.")
    if to is Capability.SUBSCRIBE and not token.can_subscribe:
        raise TokenRejected("This viewer token does not allow viewing; create one with the SUBSCRIBE capability.")
    return token


def parse(text: str) -> ParticipantToken:
    """What the claims say, whatever they say. Raises TokenRejected for a text that is blank or no JWT."""
    raw = text.strip().strip("\"'").removeprefix("Bearer").strip()
    if not raw:
        raise TokenRejected(BLANK)
    return _described(raw, _claims(raw))


def warning(token: ParticipantToken, now: float) -> str | None:
    """A sentence if the token expires soon. It is checked at joining only: a stream that stands goes on."""
    if token.expires_at is None or token.expires_at - now > SOON_S:
        return None
    minutes = max(1, math.ceil((token.expires_at - now) / 60))
    return (
        f"This participant token expires in {minutes} min; after that, a lost connection cannot be restored. "
        "A new token avoids that."
    )


def _claims(raw: str) -> Mapping[str, object]:
    parts = raw.split(".")
    if len(raw) > _MOST_CHARACTERS or len(parts) != 3 or not all(map(_PART.fullmatch, parts)):
        raise TokenRejected(_MALFORMED)
    header, payload = _object(parts[0]), _object(parts[1])
    if header is None or payload is None:
        raise TokenRejected(_MALFORMED)
    return payload


def _object(part: str) -> dict[str, object] | None:
    bare = part.rstrip("=")
    try:
        found = json.loads(base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4)))
    except (binascii.Error, ValueError, RecursionError):  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        return None
    return found if isinstance(found, dict) else None


def _described(raw: str, claims: Mapping[str, object]) -> ParticipantToken:
    capabilities, attributes = claims.get("capabilities"), claims.get("attributes")
    stage = _text(claims.get("resource"))
    arn = _STAGE_ARN.fullmatch(stage) if stage else None
    return ParticipantToken(
        secret=Secret(raw),
        participant_id=_text(claims.get("jti")),
        user_id=_text(claims.get("user_id")),
        topic=_text(claims.get("topic")) or (arn[1] if arn else None),
        stage_arn=stage if arn else None,
        expires_at=_time(claims.get("exp")),
        can_publish=_allowed(capabilities, Capability.PUBLISH),
        can_subscribe=_allowed(capabilities, Capability.SUBSCRIBE),
        whip_url=_text(claims.get("whip_url")),
        events_url=_text(claims.get("events_url")),
        attributes=_texts(attributes),
    )


def _allowed(capabilities: object, capability: Capability) -> bool:
    # A token that lists no capabilities may be of a later format: the stage decides.
    return capabilities.get(capability.value) is True if isinstance(capabilities, dict) else True


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value and value.isprintable() else None


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {key: text for key, text in value.items() if _text(key) and isinstance(text, str) and _text(text)}


def _time(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= _LAST_DAY:
        return None
    return float(value)
