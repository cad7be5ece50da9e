"""What the pictures and the stage both need of AWS: whether there are credentials, and what its client raises."""

from __future__ import annotations

from functools import cache

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from botocore.session import Session
from urllib3.exceptions import HTTPError

AWS_ERRORS: tuple[type[Exception], ...] = (
    BotoCoreError,
    ClientError,
    Boto3Error,
    ResponseParserError,
    HTTPError,
    OSError,
    ValueError,
)
"""What boto3 raises when a call does not succeed. These are separate trees: neither ClientError nor ResponseParserError
(a proxy's page instead of an answer) is a BotoCoreError, and a body that is cut off may raise urllib3's own errors."""


@cache
def credentials_available() -> bool:
    """Whether anything here looked like AWS credentials when first asked: keys, a profile, a role, SSO.

    Also where they cannot be read: somebody wanted AWS, and whoever uses them says what is wrong. Nothing is sent to
    AWS; where nothing is configured, this machine's metadata service is asked, for two seconds at most
    (`AWS_METADATA_*`).
    """
    try:
        return Session().get_credentials() is not None
    except AWS_ERRORS:
        return True
