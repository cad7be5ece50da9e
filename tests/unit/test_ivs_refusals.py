"""What Amazon IVS says about accounts and keys, each in a sentence of its own."""

from typing import Any

import botocore.exceptions as boto
import pytest

from components.errors import StageAccessRefused, StageUnanswered, StageUnreachable
from components.stage.ivs_errors import translated

ARN = "arn:aws:iam::123456789012:user/ada"


def said(code: str, message: str, status: int = 403) -> Any:
    answer: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return translated(boto.ClientError(answer, "CreateStage"), "CreateStage", "us-west-2")


CASES = [
    ("InvalidSignatureException", "Signature expired: 20261122T000000Z is now earlier than …", "clock"),
    ("RequestTimeTooSkewed", "The difference between the request time and ours is too large.", "clock"),
    ("SignatureDoesNotMatch", "The request signature we calculated does not match", "AWS_SECRET_ACCESS_KEY"),
    ("ExpiredTokenException", "The security token included in the request is expired", "session has expired"),
    ("AccessDeniedException", "The security token included in the request is expired", "session has expired"),
    ("UnrecognizedClientException", "The security token included in the request is invalid.", "in us-west-2"),
    ("InvalidClientTokenId", "The security token included in the request is invalid.", "in us-west-2"),
    ("AccessDeniedException", f"{ARN} … with an explicit deny in a service control policy", "organization"),
    (
        "AccessDeniedException",
        f"{ARN} … with an explicit deny in an identity-based policy",
        "ivs:CreateStage explicitly",
    ),
    ("AccessDeniedException", f"{ARN} … because no identity-based policy allows it", "allow ivs:CreateStage"),
    ("AccessDeniedException", "Your account 123456789012 is suspended", "registration"),
    ("OptInRequired", "The AWS Access Key Id needs a subscription for the service", "registration"),
    ("PendingVerification", "Your account is pending verification", "yet to verify"),
]


@pytest.mark.parametrize(("code", "message", "words"), CASES)
def test_each_block_of_an_account_has_its_sentence(code: str, message: str, words: str) -> None:
    error = said(code, message)
    assert isinstance(error, StageAccessRefused)
    assert words in str(error)
    assert "123456789012" not in str(error)
    assert "{" not in str(error)


@pytest.mark.parametrize(
    ("error", "asked"),
    [
        (boto.ReadTimeoutError(endpoint_url="x"), True),
        (boto.ConnectionClosedError(endpoint_url="x"), True),
        (boto.EndpointConnectionError(endpoint_url="x"), False),
        (boto.ConnectTimeoutError(endpoint_url="x"), False),
    ],
)
def test_silence_after_the_question_is_told_from_nobody_there(error: Exception, asked: bool) -> None:
    ours = translated(error, "CreateStage", "us-west-2")
    assert isinstance(ours, StageUnreachable)
    assert isinstance(ours, StageUnanswered) == asked
