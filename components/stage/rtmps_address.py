"""A server's address and a stream key, as people paste them, taken apart and checked before anything is sent."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from components.errors import TokenRejected
from components.stage.rtmps_protocol import Target

_PORTS = {"rtmp": 1935, "rtmps": 443}
_MOST_LETTERS = 512
"""Of the application and of the key; longer than any in use, within what FFmpeg keeps."""
_MOST_IN_ADDRESS = 1024
"""Characters, before anything looks at them: what follows takes time by the square of them."""
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?\.?|[0-9a-f:.]*:[0-9a-f:.]*")
_EXAMPLE = "such as rtmps://host:443/app"


def parse(server: str, key: str) -> Target:
    """Take both fields apart. Raises TokenRejected with a sentence that repeats nothing of either."""
    server, key = server.strip(), key.strip()
    if not server:
        raise TokenRejected(f"Please enter the server's address, {_EXAMPLE}.")
    if len(server) > _MOST_IN_ADDRESS:
        raise TokenRejected("The server's address is longer than any address; copy it again.")
    if not key:
        raise TokenRejected("Please enter a stream key.")
    if not _is_plain(key):
        raise TokenRejected("The stream key has characters that no key has; copy it again.")
    scheme, host, port, app = _parts(server)
    return Target(scheme, host, port, app, key)


def _parts(server: str) -> tuple[str, str, int, str]:
    try:
        url = urlsplit(server)
        host, port = (url.hostname or "").encode("idna").decode("ascii"), url.port
    except ValueError:  # UnicodeError is one
        raise TokenRejected(f"The server's address is no proper address; it must look {_EXAMPLE}.") from None
    if url.scheme not in _PORTS:
        raise TokenRejected(f"The server's address must begin with rtmps:// or rtmp://, {_EXAMPLE}.")
    if not _HOST.fullmatch(host) or url.netloc.endswith(":"):
        raise TokenRejected(f"The server's address names no proper host; it must look {_EXAMPLE}.")
    if port == 0 or url.fragment:
        raise TokenRejected(f"The server's address is no proper address; it must look {_EXAMPLE}.")
    if "@" in url.netloc:
        raise TokenRejected("Leave name and password out of the server's address; the stream key has its own field.")
    app = url.path.strip("/") + (f"?{url.query}" if url.query else "")
    if not app or app.startswith("?") or not _is_plain(app):
        raise TokenRejected(f"The server's address must end with the application's name, {_EXAMPLE}.")
    return url.scheme, host, port or _PORTS[url.scheme], app


def _is_plain(text: str) -> bool:
    """Whether there is no blank, control or unassigned character, and no half of a surrogate pair."""
    return len(text) <= _MOST_LETTERS and not any(unicodedata.category(letter)[0] in "CZ" for letter in text)
