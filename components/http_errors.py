"""What httpx raises when a request does not succeed: more than one tree, and more than its documentation lists."""

from __future__ import annotations

import httpx

HTTP_ERRORS: tuple[type[Exception], ...] = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    OSError,
    ValueError,
    ImportError,
)
"""InvalidURL and StreamError are no HTTPErrors. OSError: certificates that cannot be read. ValueError: a name that no
host may have, or an unknown kind of proxy in the environment. ImportError: a SOCKS proxy, for which httpx needs another
package."""
