"""What a participant token says, what is refused before anything is sent, and that the token itself stays inside."""

import copy
import dataclasses
import json
import logging
import pickle
import traceback
from base64 import urlsafe_b64encode
from contextlib import nullcontext

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from components.errors import StageAccessRefused, TokenRejected
from components.stage.token_signing import StageAddress, read_signing_key, sign_token
from components.stage.token_source import PastedTokens, SignedTokens
from components.stage.tokens import BLANK, Capability, ParticipantToken, read_token, warning
from tests.fake_stage_tokens import ARN, TOPIC, issue, judged

NOW = 1_790_000_000.0
WHIP, EVENTS = "https://x.global-bm.whip.live-video.net", "wss://global.events.live-video.net"


def token(**changes: object) -> str:
    return issue(WHIP, EVENTS, **{"exp": NOW + 3600} | changes)


def encoded(*parts: object) -> str:
    return ".".join(urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)


def test_a_token_says_who_it_is_for_and_what_it_allows() -> None:
    text = token(jti="p-1", user_id="anna", attributes={"name": "Änne"})
    found = read_token(f"  {text}\n", NOW)
    assert found.secret.reveal() == text
    assert dataclasses.replace(found, secret=None) == ParticipantToken(  # type: ignore[arg-type]
        secret=None,  # type: ignore[arg-type]
        participant_id="p-1",
        user_id="anna",
        topic=TOPIC,
        stage_arn=ARN,
        expires_at=NOW + 3600,
        whip_url=WHIP,
        events_url=EVENTS,
        attributes={"name": "Änne"},
    )


@pytest.mark.parametrize("text", ["", "   ", "\n", '""', "Bearer "])
def test_blank_is_asked_for(text: str) -> None:
    with pytest.raises(TokenRejected) as caught:
        read_token(text, NOW)
    assert str(caught.value) == BLANK == "Please enter a participant token"


NOT_TOKENS = ["hello", "a.b", "a.b.c.d", "e30.e30.ü", "e30.!.x", "e30.e3.x", "x." * 9000]
NOT_TOKENS += [encoded([], {}, 1), encoded({}, "claims", 1), "e30." + urlsafe_b64encode(b"[" * 9000).decode() + ".x"]


@pytest.mark.parametrize("text", NOT_TOKENS)
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(TokenRejected, match="no participant token"):
        read_token(text, NOW)


def test_expired_and_unsuitable_tokens_are_refused_and_those_that_end_soon_are_warned_of() -> None:
    with pytest.raises(TokenRejected, match=r"expired on 21 September at \d\d:\d\d UTC"):
        read_token(token(exp=NOW), NOW)
    with pytest.raises(TokenRejected, match="PUBLISH"):
        read_token(token(capabilities={"allow_subscribe": True}), NOW)
    with pytest.raises(TokenRejected, match="SUBSCRIBE"):
        read_token(token(capabilities={"allow_publish": True}), NOW, Capability.SUBSCRIBE)
    assert warning(read_token(token(exp=NOW + 301), NOW), NOW) is None
    assert "expires in 5 min" in (warning(read_token(token(exp=NOW + 299), NOW), NOW) or "")


def test_a_token_without_claims_is_the_stages_to_judge() -> None:
    found = read_token(encoded({"alg": "new"}, {}, "signature"), NOW)
    assert (found.can_publish, found.can_subscribe, found.expires_at, found.topic) == (True, True, None, None)
    assert warning(found, NOW) is None


@pytest.mark.parametrize("wrong", [True, "soon", -1, 0, float("nan"), float("inf"), 10**400, None, [1]])
def test_a_time_that_is_none_is_as_good_as_not_said(wrong: object) -> None:
    assert read_token(encoded({}, {"exp": wrong}, 1), NOW).expires_at is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
claims = st.dictionaries(
    st.sampled_from(["exp", "jti", "capabilities", "attributes", "resource", "topic", "whip_url", "user_id"]),
    json_values | st.dictionaries(st.sampled_from(["allow_publish", "allow_subscribe"]), json_values),
)


@settings(deadline=None)
@given(st.text() | st.lists(st.text(), min_size=3, max_size=3).map(".".join) | claims.map(lambda c: encoded({}, c, 1)))
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        found = read_token(text, NOW)
    except TokenRejected:
        return
    warning(found, NOW)
    assert found.expires_at is None or found.expires_at > NOW


def test_the_token_itself_goes_nowhere_by_accident(caplog: pytest.LogCaptureFixture) -> None:
    text = token()
    found = read_token(text, NOW)
    logging.getLogger("test").warning("%s %r %s", found, found, found.secret)
    shown = [repr(found), str(found), f"{found}", repr(dataclasses.asdict(found)), repr(copy.deepcopy(found))]
    assert not any(part in "".join(shown) + caplog.text for part in text.split("."))
    for keeper in (found, found.secret):
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(keeper)
    with pytest.raises(TokenRejected) as caught:
        read_token(token(exp=5), NOW)
    assert "eyJ" not in "".join(traceback.format_exception(caught.value))


@pytest.fixture(scope="module")
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP384R1())


def pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


KEY_ARN = "arn:aws:ivs:us-west-2:123456789012:public-key/abc"
STAGE = StageAddress(ARN, WHIP, EVENTS)


def test_a_signed_token_is_what_the_stage_verifies(key: ec.EllipticCurvePrivateKey) -> None:
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    source = SignedTokens(read_signing_key(pem(key), KEY_ARN), lambda: STAGE, nullcontext, user_id="anna")
    publish, viewer = source.publish_token(), source.viewer_token()
    status, said = judged(publish.secret.reveal(), {KEY_ARN: public}, "allow_publish")
    assert status == 200
    assert {name: said[name] for name in ("resource", "topic", "whip_url", "events_url", "version", "user_id")} == {
        "resource": ARN,
        "topic": TOPIC,
        "whip_url": WHIP,
        "events_url": EVENTS,
        "version": "1.0",
        "user_id": "anna",
    }
    assert said["exp"] - said["iat"] <= 14 * 24 * 3600
    assert judged(publish.secret.reveal(), {KEY_ARN: public}, "allow_subscribe")[0] == 403
    assert judged(viewer.secret.reveal(), {KEY_ARN: public}, "allow_publish")[0] == 403
    assert viewer.participant_id != publish.participant_id == said["jti"]
    header = jwt.get_unverified_header(publish.secret.reveal())
    assert header == {"alg": "ES384", "typ": "JWT", "kid": KEY_ARN}


def test_the_signing_key_may_be_a_text_on_one_line_or_a_file(key: ec.EllipticCurvePrivateKey, tmp_path) -> None:
    (tmp_path / "key.pem").write_text(pem(key))
    for text in (pem(key), pem(key).replace("\n", "\\n"), str(tmp_path / "key.pem")):
        found = sign_token(read_signing_key(text, KEY_ARN), STAGE, (Capability.PUBLISH,), NOW)
        assert found.can_publish
        assert not found.can_subscribe


@pytest.mark.parametrize("text", ["", "no/such/file", "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END", "\x00", "/"])
def test_a_signing_key_that_is_none_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(StageAccessRefused, match="IVS_SIGNING_KEY") as caught:
        read_signing_key(text, KEY_ARN)
    assert "AAAA" not in "".join(traceback.format_exception(caught.value))


def test_another_curve_is_refused() -> None:
    with pytest.raises(StageAccessRefused, match="P-384"):
        read_signing_key(pem(ec.generate_private_key(ec.SECP256R1())), KEY_ARN)


def test_pasted_tokens_are_looked_at_again_when_they_are_used() -> None:
    now = [NOW]
    source = PastedTokens(token(), token(capabilities={"allow_subscribe": True}), clock=lambda: now[0])
    assert source.expires_at == NOW + 3600
    assert source.viewer_token().can_subscribe
    now[0] += 3601
    with pytest.raises(TokenRejected, match="expired"):
        source.publish_token()


def test_one_token_for_both_is_refused_for_the_stage_would_drop_the_publisher() -> None:
    same = token()
    with pytest.raises(TokenRejected, match="another one"):
        PastedTokens(same, same, clock=lambda: NOW).viewer_token()
