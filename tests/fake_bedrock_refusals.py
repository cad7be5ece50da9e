"""What Amazon Bedrock says instead of a picture: errors with their words, as documented or as people met them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """An error as the service sends it. The messages hold what must never be shown: ARNs, accounts, the prompt."""

    status: int
    code: str
    message: str


ARN = "arn:aws:iam::123456789012:user/alice"
_INVOKE = f"User: {ARN} is not authorized to perform: bedrock:InvokeModel on resource: {ARN}"
REFUSALS = {
    "throttle": Refusal(429, "ThrottlingException", "Too many requests, please wait before trying again."),
    "not-ready": Refusal(429, "ModelNotReadyException", "The model is not ready."),
    "internal": Refusal(500, "InternalServerException", "The system encountered an unexpected error."),
    "unavailable": Refusal(503, "ServiceUnavailableException", "The service is not available."),
    "model-timeout": Refusal(408, "ModelTimeoutException", "The model took too long."),
    "model-error": Refusal(424, "ModelErrorException", "The model returned an error."),
    "quota": Refusal(400, "ServiceQuotaExceededException", f"Your account 123456789012 has reached a quota. {ARN}"),
    "denied": Refusal(403, "AccessDeniedException", f"{_INVOKE} because no identity-based policy allows it"),
    "scp": Refusal(403, "AccessDeniedException", f"{_INVOKE} with an explicit deny in a service control policy"),
    "marketplace": Refusal(
        403,
        "AccessDeniedException",
        f"Model access is denied due to IAM user or service role {ARN} is not authorized to perform the required AWS "
        "Marketplace actions (aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe)",
    ),
    "legacy": Refusal(
        403,
        "AccessDeniedException",
        "Access denied. This Model is marked by provider as Legacy and you have not been actively using the model in "
        "the last 30 days. Please upgrade to an active model on Amazon Bedrock",
    ),
    "no-guardrail-right": Refusal(403, "AccessDeniedException", f"{ARN} may not perform: bedrock:ApplyGuardrail"),
    "bad-api-key": Refusal(
        403, "AccessDeniedException", "Authentication failed: Please make sure your API Key is valid."
    ),
    "eol": Refusal(
        404,
        "ResourceNotFoundException",
        "This model version has reached the end of its life. Please refer to the AWS documentation for more details.",
    ),
    "no-such-model": Refusal(404, "ResourceNotFoundException", f"Could not resolve the foundation model from {ARN}."),
    "wrong-region": Refusal(400, "ValidationException", "The provided model identifier is invalid."),
    "profile-only": Refusal(
        400, "ValidationException", f"Invocation of model ID {ARN} with on-demand throughput isn\u2019t supported."
    ),
    "no-guardrail": Refusal(
        400, "ValidationException", "The guardrail identifier or version provided in the request does not exist."
    ),
    "blocked": Refusal(400, "ValidationException", "This request has been blocked by our content filters."),
    "invalid": Refusal(400, "ValidationException", "Malformed input request, expected maxLength: 1024, actual: 2000"),
    "expired": Refusal(403, "ExpiredTokenException", "The security token included in the request is expired"),
    "unknown-key": Refusal(403, "UnrecognizedClientException", "The security token AKIAEXAMPLE is invalid."),
    "bad-signature": Refusal(403, "InvalidSignatureException", "The request signature we calculated does not match"),
    "clock": Refusal(403, "InvalidSignatureException", "Signature expired: 20261122T000000Z is now earlier than …"),
    "unheard-of": Refusal(418, "TeapotException", f"I am a teapot of {ARN}"),
    # Account blocks, as people met them.
    "payment": Refusal(
        403,
        "AccessDeniedException",
        "Model access is denied due to INVALID_PAYMENT_INSTRUMENT:A valid payment instrument must be provided. Your "
        "AWS Marketplace subscription for this model cannot be completed at this time. If you fixed this issue, "
        "try again after 2 minutes.",
    ),
    "account-blocked": Refusal(400, "ValidationException", "Operation not allowed"),
    "account-not-opened": Refusal(
        400, "ValidationException", "Your account is not authorized to invoke this API operation."
    ),
    "account-verifying": Refusal(403, "AccessDeniedException", "Account 123456789012 is currently being verified."),
    "api-key-expired": Refusal(403, "AccessDeniedException", "Bearer Token has expired"),
    "api-key-malformed": Refusal(403, "AccessDeniedException", "Invalid API Key format: Must start with …"),
    "tokens-per-day": Refusal(429, "ThrottlingException", "Too many tokens per day, please wait before trying again."),
    "no-model-access": Refusal(
        403, "AccessDeniedException", "You don't have access to the model with the specified model ID."
    ),
    "marketplace-pending": Refusal(
        403,
        "AccessDeniedException",
        "Your AWS Marketplace subscription for this model is being processed. Try again after 5 minutes.",
    ),
    "region-not-enabled": Refusal(
        403, "UnrecognizedClientException", "The security token included in the request is invalid."
    ),
    "explicit-deny": Refusal(403, "AccessDeniedException", f"{_INVOKE} with an explicit deny in a policy"),
    "use-case": Refusal(
        404,
        "ResourceNotFoundException",
        "Model use case details have not been submitted for this account. Fill out the use case details form.",
    ),
    "session-expired": Refusal(403, "AccessDeniedException", "The security token included in the request is expired"),
    "skewed": Refusal(403, "RequestTimeTooSkewed", "The difference between the request time and ours is too large."),
    "gateway": Refusal(502, "", "<html>Bad gateway</html>"),
    "gateway-timeout": Refusal(504, "", "<html>Gateway timeout</html>"),
}
BEHAVIOURS = (
    *REFUSALS,
    "refused",  # The model's content filter: HTTP 200.
    "guarded",  # The guardrail: HTTP 200.
    "busy",  # Throttled when a prompt comes for the first time.
    "slow",
    "hang",
    "drop",
    "half",
    "no-json",
    "no-picture",
    "no-such-file",
)
