"""Whether this machine has AWS credentials: the pictures and the stage both ask."""

from __future__ import annotations

from functools import cache

from botocore.exceptions import BotoCoreError
from botocore.session import Session


@cache
def credentials_available() -> bool:
    """Whether anything here looked like AWS credentials when first asked: keys, a profile, a role, SSO.

    Also where they cannot be read: somebody wanted AWS, and whoever uses them says what is wrong. Nothing is sent to
    AWS; where nothing is configured, this machine's metadata service is asked, for two seconds at most
    (`AWS_METADATA_*`).
    """
    try:
        return Session().get_credentials() is not None
    except BotoCoreError:
        return True
