"""Participant tokens signed here, with a key that the stage's account knows: no call to AWS is needed to join.

Source of the claims: Amazon IVS, "Distribute Participant Tokens" (reference/aws.md, B.2).
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import jwt
from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from components.errors import StageAccessRefused
from components.stage.secret import Secret
from components.stage.tokens import Capability, ParticipantToken, parse

LIFETIME_S = 12 * 3600.0
"""As the API's default. A token is checked at joining only, and IVS allows 14 days at most."""

_LEEWAY_S = 60.0  # The stage's clock may be behind ours.


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A P-384 private key, as PEM, and the ARN that its public half was imported under."""

    pem: Secret
    public_key_arn: str


@dataclass(frozen=True, slots=True)
class StageAddress:
    """A stage and its endpoints, as GetStage gives them."""

    arn: str
    whip_url: str
    events_url: str


def read_signing_key(text: str, public_key_arn: str) -> SigningKey:
    r"""The key in IVS_SIGNING_KEY: PEM, also with "\n" for its line ends, or the path of a file with PEM.

    Raises StageAccessRefused if there is no P-384 private key; reads a file, so not on the event loop.
    """
    pem = text.replace("\\n", "\n").strip()
    try:
        if "-----BEGIN" not in pem:
            pem = Path(pem).expanduser().read_text("ascii").strip()
        key = load_pem_private_key(pem.encode("ascii"), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm, InternalError, RuntimeError):
        raise StageAccessRefused(
            "IVS_SIGNING_KEY holds no private key that can be read; give it PEM text, or the path of a file with it "
            "(README, “Stage”)."
        ) from None
    if not isinstance(key, EllipticCurvePrivateKey) or key.curve.name != "secp384r1":
        raise StageAccessRefused("IVS_SIGNING_KEY must be a P-384 key; make one with openssl ecparam -name secp384r1.")
    return SigningKey(Secret(pem), public_key_arn)


def sign_token(
    key: SigningKey,
    stage: StageAddress,
    capabilities: Collection[Capability],
    now: float,
    *,
    user_id: str | None = None,
) -> ParticipantToken:
    """A token for one participant, new each time. `user_id` is seen by everybody on the stage."""
    claims: dict[str, object] = {
        "exp": int(now + LIFETIME_S),
        "iat": int(now - _LEEWAY_S),
        "jti": uuid.uuid4().hex,
        "resource": stage.arn,
        "topic": stage.arn.rpartition("/")[2],
        "events_url": stage.events_url,
        "whip_url": stage.whip_url,
        "capabilities": {capability.value: capability in capabilities for capability in Capability},
        "version": "1.0",
    }
    claims |= {"user_id": user_id} if user_id else {}
    text = jwt.encode(claims, key.pem.reveal(), algorithm="ES384", headers={"kid": key.public_key_arn})
    return parse(text)
