"""Where a token may be sent: its stage's servers, and nobody whom an answer names."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

import httpx

from components.errors import JoinRefused
from components.stage.public_addresses import is_public

MayHaveToken = Callable[[httpx.URL], bool]
"""Says whether a request with the token in it may go to this address."""

MAX_ADDRESS_LENGTH = 2048
"""Characters. Checking a longer one would take long, and no server has one."""

_IVS_DOMAIN = "live-video.net"


def ivs_hosts(configured: httpx.URL) -> MayHaveToken:
    """Amazon IVS: https under live-video.net. This machine too, if the configured address is itself on it (tests,
    tunnels)."""
    local = is_loopback(configured)

    def allowed(url: httpx.URL) -> bool:
        host = url.raw_host.decode("ascii")
        under = host == _IVS_DOMAIN or host.endswith(f".{_IVS_DOMAIN}")
        return not url.userinfo and ((url.scheme == "https" and under) or (local and is_loopback(url)))

    return allowed


def same_origin(configured: httpx.URL) -> MayHaveToken:
    """Any other server: exactly the one that the token was given for. https, or http to an address that is not of the
    internet."""
    safe = configured.scheme == "https" or _is_near(configured)

    def allowed(url: httpx.URL) -> bool:
        return safe and not url.userinfo and _origin(url) == _origin(configured)

    return allowed


def address(text: str, *, private: bool = False) -> httpx.URL:
    """The address that a person gave; `private`: http to this machine and its network will do. Raises JoinRefused if it
    is none that a stream could go to."""
    if not text.strip():
        raise JoinRefused("Please enter the endpoint's address, such as https://example.com/whip.")
    if len(text) > MAX_ADDRESS_LENGTH:
        raise JoinRefused("The endpoint's address is longer than any address; copy it again.")
    try:
        url = httpx.URL(text.strip())
    except (httpx.InvalidURL, ValueError):
        url = httpx.URL("")
    if not url.host or not (url.scheme == "https" or (private and _is_near(url))) or url.userinfo:
        near = " (http:// in your own network only)" if private else ""
        raise JoinRefused(f"The address must begin with https://{near} and hold no password.")
    return url


def is_loopback(url: httpx.URL) -> bool:
    """Whether this http or https address is on this machine."""
    if url.scheme not in ("http", "https"):
        return False
    try:
        return ipaddress.ip_address(url.host).is_loopback
    except ValueError:
        return url.host == "localhost"


def _is_near(url: httpx.URL) -> bool:
    """Whether this is plain http to this machine, or to an IP address that is not of the internet."""
    if url.scheme != "http":
        return False
    try:
        return not is_public(str(ipaddress.ip_address(url.host)))
    except ValueError:
        return url.host == "localhost"


def _origin(url: httpx.URL) -> tuple[str, bytes, int]:
    return url.scheme, url.raw_host, url.port or (443 if url.scheme == "https" else 80)
