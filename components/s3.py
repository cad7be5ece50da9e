"""Amazon S3 and the servers of others that speak its protocol: a client that suits them all, and their refusals.

The endpoint is boto3's own setting, AWS_ENDPOINT_URL_S3. The refusals are those of Amazon S3, MinIO, Cloudflare R2 and
Backblaze B2, as people met them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    SSLError,
    SSOError,
    TokenRetrievalError,
)
from urllib3.exceptions import HTTPError

TIMES: Mapping[str, Any] = {
    "connect_timeout": 5,
    "read_timeout": 20,
    "retries": {"mode": "standard", "total_max_attempts": 3},
}
QUICK: Mapping[str, Any] = {
    "connect_timeout": 2,
    "read_timeout": 3,
    "retries": {"mode": "standard", "total_max_attempts": 2},
}
"""For small objects that somebody waits for."""

_AMAZON = re.compile(r"\.amazonaws\.com(\.cn)?(:|/|$)|\.api\.aws(:|/|$)")


def s3_client(region: str | None, fallback_region: str | None = None, times: Mapping[str, Any] = TIMES) -> Any:
    """A client for a bucket in that region; credentials and endpoint come from where boto3 looks for them.

    Without `region` it is `fallback_region`, or on another's server the region that its address names. Virtual
    addressing with the region in the host's name: from the global host S3 answers 307 and a pre-signed URL is no longer
    valid. Other people's S3, such as MinIO, has no host per bucket.

    Checksums are sent where S3 requires them only: B2 and R2 refuse the ones that boto3 adds by itself since 1.36.
    """
    session = boto3.session.Session()

    def client(style: str, place: str | None) -> Any:
        config = Config(
            signature_version="s3v4",
            s3={"addressing_style": style, "us_east_1_regional_endpoint": "regional"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            **times,
        )
        return session.client("s3", region_name=place, config=config)

    virtual = client("virtual", region or fallback_region)
    endpoint = virtual.meta.endpoint_url
    return virtual if _AMAZON.search(endpoint) else client("path", region or _region_of(endpoint))


def _region_of(endpoint: str) -> str:
    """The region that another's server expects in signatures."""
    if "r2.cloudflarestorage.com" in endpoint:
        return "auto"
    named = re.search(
        r"//(?:[^/]{0,200}\.)?s3[.-]([a-z0-9-]{1,40})\.[a-z]", endpoint
    )  # Such as s3.us-west-004.backblazeb2.com
    return named[1] if named else "us-east-1"


def encryption(setting: str | None) -> dict[str, str]:
    """BACKGROUNDS_SSE as arguments of PutObject; none leaves encryption to the bucket. Raises ValueError."""
    if not setting:
        return {}
    found = re.fullmatch(r"(AES256|aws:kms(?::dsse)?)(?:[:/ ]\s*(\S{1,2048}))?", setting.strip())
    if found is None or (found[1] == "AES256" and found[2]):
        raise ValueError("it must be AES256, aws:kms, or aws:kms: and a key's id or ARN")
    return {"ServerSideEncryption": found[1]} | ({"SSEKMSKeyId": found[2]} if found[2] else {})


_CREDENTIALS = "the AWS credentials are not valid or have expired; renew them"
_EXPIRED = "the AWS session has expired; sign in again (`aws sso login`) or renew the keys"
_CLOCK = "this machine's clock is wrong; set it"
_BUSY = "the bucket is busy; try again in a moment"
_ELSEWHERE = "the bucket {bucket} is in another region; set BACKGROUNDS_REGION"
_NO_SSE = (
    "the bucket's server does not know this encryption; unset BACKGROUNDS_SSE, or set up a key service on that server"
)
NO_CONDITIONS = (
    "the bucket's server has no conditional writes, so that nothing can be counted there; set COUNTS_IN_BUCKET to false"
)
_KMS = "the bucket {bucket} is encrypted with a key that may not be used; allow kms:GenerateDataKey and kms:Decrypt"
_DENIED = "access to the bucket {bucket} is denied; allow it in the IAM policy"
_GONE = "the picture is no longer in the bucket"

# The codes of an answer, a pattern in its message ("" for any), and what that means. The first that fits counts.
_CASES: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("NoSuchBucket",), "", "there is no bucket {bucket}; check BACKGROUNDS_BUCKET"),
    (("InvalidBucketName",), "", "{bucket} is no name of a bucket; check BACKGROUNDS_BUCKET"),
    (("NoSuchKey", "404"), "", _GONE),
    (("AccessDenied", "AccessDeniedException", "403"), r"\bkms:|\bKMS\b|ciphertext", _KMS),
    (
        ("AccessDenied", "AccessDeniedException"),
        r"explicit deny in an? (service|resource) control policy",
        "your organization's policy forbids the bucket {bucket}; ask its administrator",
    ),
    (
        ("AccessDenied", "AccessDeniedException"),
        r"explicit deny in a resource-based policy|encrypt",
        "the policy of the bucket {bucket} refused it; if it demands an encryption, set BACKGROUNDS_SSE to it",
    ),
    (
        ("AccessDenied", "AccessDeniedException", "StorageCapExceeded"),
        r"cap exceeded|storage cap|quota",
        "the bucket {bucket} has used up what its account may store; delete something, or raise the limit",
    ),
    (("RequestTimeTooSkewed", "RequestExpired"), "", _CLOCK),
    (("AccessDenied", "SignatureDoesNotMatch", "403"), r"expired|too skewed|not yet current|request time", _CLOCK),
    (("AccessDenied", "AccessDeniedException", "403", "UnauthorizedAccess"), "", _DENIED),
    (("AllAccessDisabled", "AccountProblem", "NotSignedUp", "OptInRequired"), "",
     "the AWS account may not use the bucket {bucket}; finish its registration, or its open bills, in the console"),
    (("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"), "", _CREDENTIALS),
    (("InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException", "Unauthorized", "401"), "",
     _CREDENTIALS),
    (("InvalidToken",), "", "AWS does not accept the session token; check AWS_SESSION_TOKEN, or unset it"),
    (("SignatureDoesNotMatch", "InvalidSignatureException"), "",
     "the signature was not accepted; check AWS_SECRET_ACCESS_KEY and this machine's clock"),
    (("PermanentRedirect", "TemporaryRedirect", "301", "307"), "", _ELSEWHERE),
    (("AuthorizationHeaderMalformed", "InvalidRegionName", "IllegalLocationConstraintException"), "", _ELSEWHERE),
    (("AuthorizationQueryParametersError",), "region", _ELSEWHERE),
    (("InvalidRequest", "InvalidArgument", "NotImplemented", "501"),
     r"server.side.encryption|KMS|encryption method", _NO_SSE),
    (("InvalidEncryptionAlgorithmError", "ServerSideEncryptionConfigurationNotFoundError"), "", _NO_SSE),
    (("NotImplemented", "501", "InvalidArgument"), r"if-(none-)?match|precondition|conditional", NO_CONDITIONS),
    (("NotImplemented", "501", "MethodNotAllowed", "405"), "",
     "the server of the bucket {bucket} does not know this request; check AWS_ENDPOINT_URL_S3 and its version"),
    (("SlowDown", "SlowDownWrite", "SlowDownRead", "ServiceUnavailable", "InternalError", "RequestTimeout",
      "OperationAborted", "Throttling", "ThrottlingException", "TooManyRequests",
      "XMinioServerNotInitialized", "429", "500", "502", "503", "504"), "", _BUSY),
    (("XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "QuotaExceeded", "InsufficientStorage", "507"), "",
     "the disk behind the bucket {bucket} is full; delete something"),
)  # fmt: skip


def reason(error: Exception, bucket: str) -> str:
    """What went wrong in a call of boto3 (`aws.AWS_ERRORS`), as the end of a sentence; no word is the server's."""
    if isinstance(error, ClientError):
        return _of_answer(error).format(bucket=bucket)
    if isinstance(error, (NoCredentialsError, PartialCredentialsError)):
        return "there are no AWS credentials; set them"
    if isinstance(error, (SSOError, TokenRetrievalError, CredentialRetrievalError)):
        return _EXPIRED
    if isinstance(error, SSLError):
        return f"no secure connection to the bucket {bucket} was possible; check the clock, the proxy and AWS_CA_BUNDLE"
    if isinstance(error, (ConnectionError, HTTPClientError, HTTPError, OSError)):
        return f"the bucket {bucket} cannot be reached; check the network"
    return f"the bucket {bucket} cannot be used ({type(error).__name__})"


def code_of(error: ClientError) -> str:
    """The answer's own code, or its HTTP status."""
    answer = error.response
    status = str(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", ""))
    return str(answer.get("Error", {}).get("Code", "")) or status


def _of_answer(error: ClientError) -> str:
    code = code_of(error)
    message = str(error.response.get("Error", {}).get("Message", ""))[:1000]
    if code.startswith("KMS."):
        return _KMS
    status = str(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", ""))
    for key in (code, status):
        for codes, pattern, meaning in _CASES:
            if key in codes and re.search(pattern, message, re.IGNORECASE):
                return meaning
    plain = code[:60].replace("{", "{{").replace("}", "}}") or "an unknown error"
    return f"the bucket {{bucket}} answered with {plain}"
