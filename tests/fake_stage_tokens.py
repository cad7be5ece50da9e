"""Participant tokens as the fake stage knows them: JWTs with the claims of a real one (reference/aws.md, B.2)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import uuid
from typing import Any

import jwt

ARN = "arn:aws:ivs:us-west-2:123456789012:stage/AbCdEfGhIjKl"
TOPIC = ARN.rpartition("/")[2]
_KEY = b"the fake stage's key"


def issue(whip_url: str, events_url: str, **changes: Any) -> str:
    """A token as CreateParticipantToken gives it; `changes` replace claims, and None takes one away."""
    now = int(time.time())
    claims: dict[str, Any] = {
        "exp": now + 3600,
        "iat": now,
        "jti": uuid.uuid4().hex[:12],
        "user_id": "anna",
        "resource": ARN,
        "topic": TOPIC,
        "events_url": events_url,
        "whip_url": whip_url,
        "capabilities": {"allow_publish": True, "allow_subscribe": True},
        "attributes": {},
        "version": "1.0",
    } | changes
    claims = {name: claim for name, claim in claims.items() if claim is not None}
    body = f"{_part({'alg': 'KMS', 'typ': 'JWT'})}.{_part(claims)}"
    return f"{body}.{_signature(body)}"


def judged(token: str, public_keys: dict[str, str], capability: str) -> tuple[int, dict[str, Any]]:
    """(200, claims), or the status to refuse with: 401 for a token that is none, foreign or expired, 403 for one that
    does not allow `capability`. `public_keys` are PEMs by ARN, for tokens that are signed by others."""
    try:
        header = jwt.get_unverified_header(token)
        if header["alg"] == "KMS":
            body, _, signature = token.rpartition(".")
            if not hmac.compare_digest(signature, _signature(body)):
                return 401, {}
            claims = jwt.decode(token, options={"verify_signature": False, "verify_exp": True})
        else:
            claims = jwt.decode(token, public_keys[header["kid"]], algorithms=["ES384"])
    except (jwt.PyJWTError, KeyError):
        return 401, {}
    if claims.get("resource") != ARN:
        return 401, {}
    return (200 if claims.get("capabilities", {}).get(capability) else 403), claims


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _signature(body: str) -> str:
    return base64.urlsafe_b64encode(hmac.digest(_KEY, body.encode(), hashlib.sha256)).rstrip(b"=").decode()
