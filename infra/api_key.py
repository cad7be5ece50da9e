"""Who may ask: whoever sends the key that the stack made and keeps in Secrets Manager."""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Callable
from typing import Any

KEPT_S = 300.0
"""How long a key that was read is believed: a new one works within five minutes, an old one no longer than that."""


class ApiKey:
    """The key, read when it is first needed. `client` is boto3's for Secrets Manager. Any thread."""

    def __init__(self, client: Any, secret: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._secret = secret
        self._clock = clock
        self._lock = threading.Lock()
        self._read: tuple[float, bytes] | None = None

    def is_(self, given: str) -> bool:
        """Whether this is the key, in a time that does not tell how much of it is right. Raises botocore's errors."""
        # No key at all is never right, also where the secret was emptied by hand.
        return bool(given) and hmac.compare_digest(given.encode("utf-8", "replace"), self._key())

    def _key(self) -> bytes:
        with self._lock:
            now = self._clock()
            if self._read is None or now - self._read[0] > KEPT_S:
                found = self._client.get_secret_value(SecretId=self._secret)
                self._read = now, str(found["SecretString"]).encode()
            return self._read[1]
