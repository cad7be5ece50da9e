"""What boto3 says when there is no picture, in one sentence that says what to do.

AWS's own words never get into that sentence: they name ARNs, accounts and key ids, and may quote the prompt. They are
logged at debug level only, and the raised error does not carry them in its chain.
"""

from __future__ import annotations

import logging
import re

import botocore.exceptions as boto
from botocore.parsers import ResponseParserError

from components.backgrounds.bedrock_refusals import KEYS, SIGN_IN, TOO_LATE, of_answer
from components.backgrounds.known_models import WHAT_TO_USE
from components.errors import (
    AccessRefused,
    BadAnswer,
    GenerationError,
    GenerationTimeout,
    GeneratorBusy,
    GeneratorUnreachable,
    ModelGone,
    PromptRejected,
)

logger = logging.getLogger(__name__)

_BROKE = f"The connection to Amazon Bedrock broke before the picture was here. {TOO_LATE}"
_NOT_SECURE = (
    "No secure connection to Amazon Bedrock was possible; check this machine's clock, its proxy and AWS_CA_BUNDLE."
)
_BROKEN_STREAM = re.compile(
    r"\beof\b|bad.record.mac|decrypt|record.layer|shutdown|reset|timed.out|(read|write).operation|unexpected.(message|record)"
    r"|length|internal.error",
    re.IGNORECASE,
)
"""Words of OpenSSL's errors that can come after a handshake, so that the request may have been sent."""

NOT_SENT = (AccessRefused, ModelGone, GeneratorBusy, GeneratorUnreachable, PromptRejected)
"""Errors that promise that nothing was billed: untrue of an answer that had begun."""

_EXCEPTIONS: tuple[tuple[tuple[type[Exception], ...], type[GenerationError], str], ...] = (
    (
        (boto.NoCredentialsError, boto.NoAuthTokenError),
        AccessRefused,
        "No AWS credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give this "
        "machine a role.",
    ),
    ((boto.PartialCredentialsError,), AccessRefused, f"The AWS credentials are incomplete; {KEYS}."),
    (
        (boto.SSOError, boto.TokenRetrievalError, boto.LoginError),  # SSOError: tokens missing or not authorized
        AccessRefused,
        f"The AWS sign-in has expired; {SIGN_IN}.",
    ),
    (
        (boto.ProfileNotFound, boto.ConfigParseError, boto.ConfigNotFound, boto.InvalidConfigError),
        AccessRefused,
        "The AWS configuration cannot be read; check AWS_PROFILE and the files in ~/.aws.",
    ),
    (
        (boto.CredentialRetrievalError, boto.MetadataRetrievalError, boto.RefreshWithMFAUnsupportedError),
        AccessRefused,
        f"The AWS credentials could not be fetched; {SIGN_IN}.",
    ),
    (
        (boto.NoRegionError, boto.InvalidRegionError, boto.UnknownRegionError, boto.EndpointProviderError),
        ModelGone,
        f"BEDROCK_REGION names no AWS region; {WHAT_TO_USE}.",
    ),
    (
        (boto.InvalidEndpointConfigurationError,),
        AccessRefused,
        "AWS credentials are not sent to this endpoint; give AWS_ENDPOINT_URL_BEDROCK_RUNTIME an https address.",
    ),
    (
        (boto.ProxyConnectionError, boto.InvalidProxiesConfigError),
        GeneratorUnreachable,
        "The proxy did not connect to Amazon Bedrock; check HTTPS_PROXY and NO_PROXY.",
    ),
    (
        (boto.EndpointConnectionError, boto.ConnectTimeoutError),
        GeneratorUnreachable,
        "Amazon Bedrock in {region} cannot be reached; check the network and BEDROCK_REGION, then try again.",
    ),
    ((boto.ReadTimeoutError,), GenerationTimeout, f"Amazon Bedrock did not answer in time. {TOO_LATE}"),
    # Also TLS that breaks (SSLError), and connections that do: nobody knows whether the request had arrived.
    ((boto.HTTPClientError, boto.ConnectionError, boto.IncompleteReadError), GenerationTimeout, _BROKE),
    (
        (boto.ParamValidationError, boto.ValidationError),
        PromptRejected,
        "The request cannot be sent; check BEDROCK_MODEL_ID, BEDROCK_GUARDRAIL_ID and BEDROCK_GUARDRAIL_VERSION.",
    ),
    ((ResponseParserError,), BadAnswer, "Amazon Bedrock's answer could not be read; try again."),
)


def translated(error: Exception, region: str, *, answering: bool = False) -> GenerationError:
    """The error for the page. Raise it `from None`, or a log of it shows AWS's words.

    `answering`: the model had said yes and its answer was being read, so that the picture may have been billed,
    whatever went wrong then.
    """
    logger.debug("Amazon Bedrock made no picture", exc_info=error)
    if isinstance(error, GenerationError):
        return error
    kind, sentence = of_answer(error) if isinstance(error, boto.ClientError) else _of_exception(error)
    if answering and issubclass(kind, NOT_SENT):
        kind, sentence = GenerationTimeout, _BROKE
    return kind(sentence.format(region=region))


def _of_exception(error: Exception) -> tuple[type[GenerationError], str]:
    if isinstance(error, boto.SSLError) and not _BROKEN_STREAM.search(str(error)[:2000]):
        return GeneratorUnreachable, _NOT_SECURE
    for kinds, ours, sentence in _EXCEPTIONS:
        if isinstance(error, kinds):
            return ours, sentence
    logger.warning("Amazon Bedrock could not be asked: %s", type(error).__name__)
    return BadAnswer, "Amazon Bedrock could not be asked; check the AWS settings, then try again."
