"""What boto3 says when Amazon IVS does not do what was asked, in one sentence that says what to do.

AWS's own words never get into that sentence: they name ARNs, accounts and key ids. They are logged at debug level only,
and the raised error does not carry them in its chain. Codes: botocore's model of ivs-realtime.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping

import botocore.exceptions as boto
from botocore.parsers import ResponseParserError

from components.errors import (
    BadStageAnswer,
    JoinRefused,
    StageAccessRefused,
    StageBusy,
    StageError,
    StageUnanswered,
    StageUnreachable,
)

logger = logging.getLogger(__name__)

Said = tuple[type[StageError], str]

_SIGN_IN = "sign in again (`aws sso login`) or renew the keys, then try again"
_KEYS = "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
_UNKNOWN_KEYS: Said = (StageAccessRefused, f"AWS does not know these credentials; {_KEYS}.")
_EXPIRED: Said = (StageAccessRefused, f"The AWS session has expired; {_SIGN_IN}.")
_CLOCK: Said = (
    StageAccessRefused,
    "This machine's clock is wrong, so AWS refused the signature; set it and try again.",
)
_SIGNATURE: Said = (
    StageAccessRefused,
    "AWS did not accept the signature; check AWS_SECRET_ACCESS_KEY and this machine's clock.",
)
_ACCOUNT: Said = (
    StageAccessRefused,
    "The AWS account may not use Amazon IVS; finish its registration in the AWS console, or ask AWS Support.",
)
_MAY_NOT = "These AWS credentials may not do this on Amazon IVS; allow ivs:{operation} (README, “AWS”)."
_BUSY: Said = (StageBusy, "Amazon IVS is busy; wait a moment and try again.")

_CODES: Mapping[str, Said] = {
    "AccessDeniedException": (StageAccessRefused, _MAY_NOT),
    "ResourceNotFoundException": (
        JoinRefused,
        "Amazon IVS has no such stage in {region}; check IVS_STAGE_ARN and IVS_REGION.",
    ),
    "ValidationException": (
        JoinRefused,
        "Amazon IVS did not accept the request; check IVS_STAGE_ARN and IVS_REGION.",
    ),
    "ServiceQuotaExceededException": (
        JoinRefused,
        "This AWS account has as many stages or participants as it may; delete stages, or ask AWS for a higher quota.",
    ),
    "PendingVerification": (
        StageAccessRefused,
        "AWS has yet to verify this account for Amazon IVS; that takes up to a day after the first use.",
    ),
    "ConflictException": (StageBusy, "Amazon IVS is still busy with the last change; wait a moment and try again."),
    "ThrottlingException": _BUSY,
    "TooManyRequestsException": _BUSY,
    "InternalServerException": _BUSY,
    "ServiceUnavailable": _BUSY,
    "ExpiredTokenException": _EXPIRED,
    "ExpiredToken": _EXPIRED,
    "RequestExpired": _EXPIRED,
    "UnrecognizedClientException": _UNKNOWN_KEYS,
    "InvalidClientTokenId": _UNKNOWN_KEYS,
    "InvalidAccessKeyId": _UNKNOWN_KEYS,
    "InvalidSignatureException": _SIGNATURE,
    "SignatureDoesNotMatch": _SIGNATURE,
    "IncompleteSignature": _SIGNATURE,
    "IncompleteSignatureException": _SIGNATURE,
    "RequestTimeTooSkewed": _CLOCK,
    "MissingAuthenticationToken": _UNKNOWN_KEYS,
    "MissingAuthenticationTokenException": _UNKNOWN_KEYS,
    "NotAuthorized": _UNKNOWN_KEYS,
    "TokenRefreshRequired": _EXPIRED,
    "OptInRequired": _ACCOUNT,
    "SubscriptionRequiredException": _ACCOUNT,
    "AccountProblem": _ACCOUNT,
}

_DENIED = ("AccessDeniedException", "AccessDenied", "UnauthorizedOperation")
_SIGNED = ("InvalidSignatureException", "SignatureDoesNotMatch", "AccessDenied", "RequestExpired", "403")

# Codes, a pattern in the message, and what that means; these come before the code alone.
_MESSAGES: tuple[tuple[tuple[str, ...], str, Said], ...] = (
    (_SIGNED, "signature (expired|not yet)|too skewed|request time|not yet current", _CLOCK),
    ((*_DENIED, "UnrecognizedClientException", "403"), "token.{0,60}expired", _EXPIRED),
    (
        (*_DENIED, "403"),
        "(service|resource) control policy",
        (
            StageAccessRefused,
            "Your organization's service control policy forbids ivs:{operation} here; ask its administrator, or set "
            "IVS_REGION to a region that is allowed.",
        ),
    ),
    (
        (*_DENIED, "403"),
        "explicit deny",
        (
            StageAccessRefused,
            "A policy denies ivs:{operation} explicitly; remove that statement from the policies of this user or role.",
        ),
    ),
    (
        (*_DENIED, "ValidationException", "403"),
        "account.{0,40}(suspended|blocked|restricted|verif)|account is not authorized|operation (is )?not allowed",
        _ACCOUNT,
    ),
    (
        ("UnrecognizedClientException", "InvalidClientTokenId"),
        "security token",
        (
            StageAccessRefused,
            f"AWS does not know these credentials in {{region}}; {_KEYS}, and that the account has it enabled.",
        ),
    ),
    (("AccessDenied",), "", (StageAccessRefused, _MAY_NOT)),
)

_EXCEPTIONS: tuple[tuple[tuple[type[Exception], ...], Said], ...] = (
    (
        (boto.NoCredentialsError, boto.NoAuthTokenError),
        (
            StageAccessRefused,
            "No AWS credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or paste "
            "a participant token instead.",
        ),
    ),
    ((boto.PartialCredentialsError,), (StageAccessRefused, f"The AWS credentials are incomplete; {_KEYS}.")),
    (
        (boto.SSOError, boto.TokenRetrievalError, boto.LoginError),
        (StageAccessRefused, f"The AWS sign-in has expired; {_SIGN_IN}."),
    ),
    (
        (boto.CredentialRetrievalError, boto.MetadataRetrievalError, boto.RefreshWithMFAUnsupportedError),
        (StageAccessRefused, f"The AWS credentials could not be fetched; {_SIGN_IN}."),
    ),
    (
        (boto.ProfileNotFound, boto.ConfigParseError, boto.ConfigNotFound, boto.InvalidConfigError),
        (StageAccessRefused, "The AWS configuration cannot be read; check AWS_PROFILE and the files in ~/.aws."),
    ),
    (
        (boto.NoRegionError, boto.InvalidRegionError, boto.UnknownRegionError, boto.EndpointProviderError),
        (JoinRefused, "IVS_REGION names no AWS region with Amazon IVS; us-west-2 is one."),
    ),
    (
        (boto.ProxyConnectionError, boto.InvalidProxiesConfigError),
        (StageUnreachable, "The proxy did not connect to Amazon IVS; check HTTPS_PROXY and NO_PROXY."),
    ),
    (
        (boto.SSLError,),
        (
            StageUnreachable,
            "No secure connection to Amazon IVS was possible; check this machine's clock, its proxy and AWS_CA_BUNDLE.",
        ),
    ),
    (
        (boto.ConnectTimeoutError, boto.EndpointConnectionError),
        (StageUnreachable, "Amazon IVS in {region} cannot be reached; check the network and IVS_REGION."),
    ),
    (
        (boto.ReadTimeoutError,),
        (StageUnanswered, "Amazon IVS in {region} cannot be reached; check the network and IVS_REGION."),
    ),
    (
        (boto.HTTPClientError, boto.ConnectionError, boto.IncompleteReadError),
        (StageUnanswered, "The connection to Amazon IVS broke; try again."),
    ),
    (
        (boto.ParamValidationError, boto.ValidationError),
        (JoinRefused, "Amazon IVS cannot be asked for this; check IVS_STAGE_ARN and the names."),
    ),
    ((ResponseParserError,), (BadStageAnswer, "Amazon IVS's answer could not be read; try again.")),
)


def translated(error: Exception, operation: str, region: str) -> StageError:
    """The error for the page. Raise it `from None`, or a log of it shows AWS's words."""
    logger.debug("Amazon IVS did not do it", exc_info=error)
    if isinstance(error, StageError):
        return error
    kind, sentence = _of_answer(error) if isinstance(error, boto.ClientError) else _of_exception(error)
    return kind(sentence.format(operation=operation, region=region))


def _of_answer(error: boto.ClientError) -> Said:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    message = str(error.response.get("Error", {}).get("Message", ""))[:2000]
    for codes, pattern, said in _MESSAGES:
        if (code in codes or (not code and str(status) in codes)) and re.search(pattern, message, re.IGNORECASE):
            return said
    if code in _CODES:
        return _CODES[code]
    if status == 429 or status >= 500:
        return _BUSY
    logger.warning("Amazon IVS said %s (%s)", code, status)
    return BadStageAnswer, "Amazon IVS did not do it; check IVS_STAGE_ARN and IVS_REGION, then try again."


def _of_exception(error: Exception) -> Said:
    for kinds, said in _EXCEPTIONS:
        if isinstance(error, kinds):
            return said
    logger.warning("Amazon IVS could not be asked: %s", type(error).__name__)
    return BadStageAnswer, "Amazon IVS could not be asked; check the AWS settings, then try again."


WHY_DROPPED: Mapping[str, Said] = {
    "INSUFFICIENT_CAPABILITIES": (JoinRefused, "The participant token does not allow publishing; create another one."),
    "QUOTA_EXCEEDED": (JoinRefused, "The stage has as many publishers as it takes (12); somebody must leave first."),
    "BITRATE_EXCEEDED": (JoinRefused, "The stage takes no more than 8.5 Mbit/s; set STAGE_VIDEO_KBPS lower."),
    "RESOLUTION_EXCEEDED": (JoinRefused, "The stage takes no picture larger than 720p; choose a smaller camera size."),
    "STREAM_DURATION_EXCEEDED": (JoinRefused, "The stage ends every stream after 24 hours; join again."),
    "INVALID_AUDIO_CODEC": (JoinRefused, "The stage did not accept the sound's format."),
    "INVALID_VIDEO_CODEC": (JoinRefused, "The stage did not accept the picture's format."),
    "INVALID_PROTOCOL": (JoinRefused, "The stage did not accept this way of streaming; choose another destination."),
    "INVALID_STREAM_KEY": (JoinRefused, "The stage did not accept the stream key; make a new one."),
    "REUSE_OF_STREAM_KEY": (JoinRefused, "Somebody streams with this key already; make a new one."),
    "B_FRAME_PRESENT": (JoinRefused, "The stage did not accept B-frames in the picture."),
    "INVALID_INPUT": (JoinRefused, "The stage did not accept the stream."),
    "INTERNAL_SERVER_EXCEPTION": (StageBusy, "The stage was out of order for a moment."),
}
"""ListParticipantEvents' error codes that end a publication."""
