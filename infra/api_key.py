"""Who may ask: whoever sends a key that the stack keeps in Secrets Manager.

The secret is one key, as the stack makes it, or a JSON object of several: {"name of a caller": "key"}.
"""

from __future__ import annotations

import hmac
import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

KEPT_S = 300.0
"""How long a key that was read is believed: a new one works within five minutes, an old one no longer than that."""

ONLY = "default"
"""The name of the key where there is only one."""


class ApiKey:
    """The keys, read when they are first needed. `client` is boto3's for Secrets Manager. Any thread."""

    def __init__(self, client: Any, secret: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._secret = secret
        self._clock = clock
        self._lock = threading.Lock()
        self._read: tuple[float, Mapping[str, bytes]] | None = None

    def is_(self, given: str) -> bool:
        """Whether this is a key. Raises botocore's errors."""
        return self.name_of(given) is not None

    def name_of(self, given: str) -> str | None:
        """Whose key this is, in a time that does not tell how much of it is right. Raises botocore's errors."""
        # No key at all is never right, also where the secret was emptied by hand.
        if not given:
            return None
        sent = given.encode("utf-8", "replace")
        found = [name for name, key in self._keys().items() if hmac.compare_digest(sent, key) and key]
        return found[0] if found else None

    def _keys(self) -> Mapping[str, bytes]:
        with self._lock:
            now = self._clock()
            if self._read is None or now - self._read[0] > KEPT_S:
                found = self._client.get_secret_value(SecretId=self._secret)
                self._read = now, _named(str(found["SecretString"]))
            return self._read[1]


def _named(secret: str) -> Mapping[str, bytes]:
    try:
        several = json.loads(secret)
    except (ValueError, RecursionError):
        several = None
    if isinstance(several, dict):
        return {str(name)[:64]: key.encode() for name, key in several.items() if isinstance(key, str)}
    return {ONLY: secret.encode()}
