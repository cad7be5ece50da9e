"""What Amazon Bedrock answers instead of a picture, and what that means for the person who asked.

Codes: botocore's model of InvokeModel. Messages: AWS's documentation, and threads of people who met them.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass

from botocore.exceptions import ClientError

from components.backgrounds.known_models import WHAT_TO_USE
from components.errors import (
    AccessRefused,
    BadAnswer,
    ContentRefused,
    GenerationError,
    GenerationTimeout,
    GeneratorBusy,
    ModelGone,
    PromptRejected,
)

logger = logging.getLogger(__name__)

KEYS = "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE or AWS_BEARER_TOKEN_BEDROCK"
SIGN_IN = "sign in again (`aws sso login`) or renew the keys, then try again"
TOO_LATE = "It may have been billed, so nothing was tried again; try again when you like to."


class NegativePromptRefused(PromptRejected):
    """The model takes no list of what to leave out."""


@dataclass(frozen=True, slots=True)
class _Case:
    """An answer of AWS: its codes or HTTP status, a pattern in its message ("" for any), and what becomes of it."""

    codes: tuple[str, ...]
    pattern: str
    kind: type[GenerationError]
    sentence: str


_DENIED = ("AccessDeniedException", "AccessDenied", "UnauthorizedException", "UnauthorizedOperation")
_EXPIRED = ("ExpiredTokenException", "ExpiredToken", "RequestExpired", "TokenRefreshRequired")
_ACCOUNT = (*_DENIED, "ValidationException", "OptInRequired", "SubscriptionRequiredException", "401", "403")
"""Codes under which Bedrock tells that the account itself is the trouble, and not the request."""
_WRONG_KEYS = (
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidAccessKeyId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "NotAuthorized",
    "RequestTimeTooSkewed",
)
_BUSY = (
    "ThrottlingException",
    "TooManyRequestsException",
    "ModelNotReadyException",
    "InternalServerException",
    "ServiceUnavailableException",
    "429",
    "500",
    "502",
    "503",
)

# The first that fits counts. Messages: reference/aws.md, A.1 and A.5.
_CASES: tuple[_Case, ...] = (
    # The key's own expiry comes before the session's: there is nothing to sign in to.
    _Case(
        (*_ACCOUNT, *_EXPIRED, *_WRONG_KEYS),
        "(bearer token|api key).{0,80}expired|expired.{0,80}(bearer token|api key)",
        AccessRefused,
        "The Bedrock API key has expired; make a new one in the Bedrock console for AWS_BEARER_TOKEN_BEDROCK.",
    ),
    _Case(
        (*_DENIED, *_WRONG_KEYS, "401", "403"),
        "api key|bearer token",
        AccessRefused,
        "AWS does not accept the Bedrock API key; renew AWS_BEARER_TOKEN_BEDROCK.",
    ),
    _Case(
        (*_WRONG_KEYS, *_EXPIRED, *_DENIED),
        "signature (expired|not yet)|too skewed|request time|not yet current",
        AccessRefused,
        "This machine's clock is wrong, so AWS refused the signature; set it and try again.",
    ),
    _Case(
        ("RequestTimeTooSkewed",),
        "",
        AccessRefused,
        "This machine's clock is wrong, so AWS refused the signature; set it and try again.",
    ),
    _Case(
        (*_EXPIRED, *_DENIED, *_WRONG_KEYS, "401", "403"),
        "token.{0,60}expired",
        AccessRefused,
        f"The AWS session has expired; {SIGN_IN}.",
    ),
    _Case(_EXPIRED, "", AccessRefused, f"The AWS session has expired; {SIGN_IN}."),
    _Case(
        ("SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature", "IncompleteSignatureException"),
        "",
        AccessRefused,
        "AWS did not accept the signature; check AWS_SECRET_ACCESS_KEY and this machine's clock.",
    ),
    _Case(
        ("UnrecognizedClientException", "InvalidClientTokenId"),
        "security token",
        AccessRefused,
        f"AWS does not know these credentials in {{region}}; {KEYS}, and that the account has that region enabled.",
    ),
    _Case(_WRONG_KEYS, "", AccessRefused, f"AWS does not know these credentials; {KEYS}."),
    _Case(
        _ACCOUNT,
        "payment.{0,3}instrument|payment method",
        AccessRefused,
        "The AWS account has no valid means of payment for this model; add one under Billing, Payment preferences, and "
        "try again after two minutes.",
    ),
    _Case(
        _ACCOUNT,
        r"^\W*operation (is )?not allowed",
        AccessRefused,
        "AWS has blocked this account from Amazon Bedrock, as it does with some new ones; ask AWS Support to open it.",
    ),
    _Case(
        _ACCOUNT,
        "(suspended|being verified|verif(y|ication).{0,40}account|account.{0,40}(verif|on hold|blocked|restricted))",
        AccessRefused,
        "AWS has yet to verify this account or has suspended it; look for AWS's mail, or ask AWS Support.",
    ),
    _Case(
        _ACCOUNT,
        "account is not authorized|not authorized to (invoke|perform) this (api )?(operation|action)",
        AccessRefused,
        "The AWS account may not use Amazon Bedrock in {region} yet; check BEDROCK_REGION and the model's access "
        "there, or ask AWS Support to open the account.",
    ),
    _Case(
        ("ThrottlingException", "TooManyRequestsException", "ServiceQuotaExceededException", "429"),
        "per day|daily",
        AccessRefused,
        "The AWS account has used up its quota for this day; wait until 00:00 UTC, or ask for more on the Service "
        "Quotas page.",
    ),
    _Case(_DENIED, "marked by provider as legacy", ModelGone, f"This model is closed to new users; {WHAT_TO_USE}."),
    _Case(
        _ACCOUNT,
        "not authorized to perform.{0,80}aws.?marketplace|aws-marketplace:",
        AccessRefused,
        "The model is not enabled in this AWS account; let an administrator use it once, or allow "
        "aws-marketplace:Subscribe and aws-marketplace:ViewSubscriptions, and try again after two minutes.",
    ),
    _Case(
        _ACCOUNT,
        "marketplace|subscription.{0,60}(pending|progress|process|cannot be completed)|agreement.{0,40}pending",
        AccessRefused,
        "The AWS account's subscription to this model is not complete yet; try again in two to fifteen minutes, and "
        "check it on the AWS Marketplace page if it stays so.",
    ),
    _Case(
        _ACCOUNT,
        "use case (details|form)|use.case.{0,40}submit",
        AccessRefused,
        "This model wants a form filled in first; submit its use case details in the Bedrock console, then try again.",
    ),
    _Case(
        _ACCOUNT,
        "access to the model|model access|is not available for this account|not entitled",
        AccessRefused,
        "This AWS account has no access to the model yet; open it once in the Bedrock console's model catalog in "
        "{region}, or choose another model.",
    ),
    _Case(
        _DENIED,
        "(service|resource) control policy",
        AccessRefused,
        "Your organization's service control policy forbids bedrock:InvokeModel here; ask its administrator, or set "
        "BEDROCK_REGION to a region that is allowed.",
    ),
    _Case(
        _DENIED,
        "explicit deny in (a|an) (permissions boundary|session policy|vpc endpoint policy)",
        AccessRefused,
        "A permissions boundary, session or endpoint policy forbids bedrock:InvokeModel; ask whoever set it up.",
    ),
    _Case(
        _DENIED,
        "explicit deny",
        AccessRefused,
        "A policy denies bedrock:InvokeModel explicitly; remove that statement from the policies of this user or role.",
    ),
    _Case(
        _DENIED,
        "guardrail",
        AccessRefused,
        "The guardrail may not be used; allow bedrock:ApplyGuardrail, or unset BEDROCK_GUARDRAIL_ID.",
    ),
    _Case(
        _DENIED,
        "",
        AccessRefused,
        "AWS refused this model; allow bedrock:InvokeModel for it and check the account's model access.",
    ),
    _Case(
        ("OptInRequired", "SubscriptionRequiredException", "PendingVerification", "AccountProblem"),
        "",
        AccessRefused,
        "The AWS account is not ready for Amazon Bedrock; finish its registration in the AWS console.",
    ),
    _Case(
        ("ResourceNotFoundException", "ValidationException"),
        "guardrail",
        AccessRefused,
        "The guardrail was not accepted; check BEDROCK_GUARDRAIL_ID and BEDROCK_GUARDRAIL_VERSION, and their region.",
    ),
    _Case(
        ("ResourceNotFoundException",),
        "end of its life",
        ModelGone,
        f"This model has reached the end of its life; {WHAT_TO_USE}.",
    ),
    _Case(
        ("ResourceNotFoundException",),
        "use case",
        AccessRefused,
        "This model wants a form filled in first; submit its use case details in the Bedrock console, then try again.",
    ),
    _Case(
        ("ResourceNotFoundException", "404"),
        "",
        ModelGone,
        f"Amazon Bedrock has no such model in {{region}}; {WHAT_TO_USE}.",
    ),
    _Case(
        ("ValidationException",),
        "model identifier is invalid",
        ModelGone,
        f"Amazon Bedrock has no such model in {{region}}; set BEDROCK_REGION to us-west-2, or {WHAT_TO_USE}.",
    ),
    _Case(
        ("ValidationException",),
        "on-demand throughput",
        ModelGone,
        f"This model needs an inference profile; name it in BEDROCK_MODEL_ID, or {WHAT_TO_USE}.",
    ),
    _Case(
        ("ValidationException",),
        "content filter",
        ContentRefused,
        "The description was refused by the model's content filter; say it in other words.",
    ),
    _Case(
        ("ValidationException",),
        "negative_prompt",
        NegativePromptRefused,
        "This model takes no list of what to leave out; empty that field.",
    ),
    _Case(
        ("ValidationException",),
        "",
        PromptRejected,
        "The model did not accept the request; say it in shorter, plainer words, or choose another model.",
    ),
    _Case(
        ("ServiceQuotaExceededException",),
        "",
        AccessRefused,
        "The AWS account's quota for this model is used up; wait, or ask for more on the Service Quotas page.",
    ),
    _Case(
        ("ModelTimeoutException", "408", "504"),
        "",
        GenerationTimeout,
        f"The model took too long for this picture. {TOO_LATE}",
    ),
    _Case(
        ("ModelErrorException", "424"),
        "",
        BadAnswer,
        "The model failed at this picture, which may have been billed; say it in other words, or choose another model.",
    ),
    _Case(_BUSY, "", GeneratorBusy, "Amazon Bedrock is busy; wait a minute and try again."),
)

_MOST_LETTERS = 2_000
"""Of AWS's message that are searched."""


def of_answer(error: ClientError) -> tuple[type[GenerationError], str]:
    """The kind of error and its sentence, where `{region}` is to be filled in."""
    answer = error.response
    code = str(answer.get("Error", {}).get("Code", ""))
    message = str(answer.get("Error", {}).get("Message", ""))[:_MOST_LETTERS]
    status = str(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", ""))
    for key in (code, status):
        for case in _CASES:
            if key in case.codes and re.search(case.pattern, message, re.IGNORECASE):
                return case.kind, case.sentence
    logger.warning("Amazon Bedrock answered with an unknown error, HTTP status %s", status)
    return BadAnswer, "Amazon Bedrock refused the request in a way that is not known here; see the AWS console."
