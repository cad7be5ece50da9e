"""Where a visitor's stream may go: to the internet. Not to this machine, and not into the network behind it.

Addresses that visitors type would otherwise make the server speak to whatever only it can reach. Its owner may allow
that (STAGE_PRIVATE_ADDRESSES).
"""

from __future__ import annotations

import ipaddress

from components import addresses, lookup
from components.errors import JoinRefused

PRIVATE = (
    "This server streams to public addresses only. Who runs it can allow its own network with "
    "STAGE_PRIVATE_ADDRESSES=true."
)
"""The same whatever is at the address: nobody looks around in there by it."""


def is_public(address: str) -> bool:
    """Whether this is an IP address of the internet; False for a name."""
    try:
        return addresses.is_public(ipaddress.ip_address(address))
    except ValueError:
        return False


async def reachable(host: str, *, private: bool, visit: lookup.Visit | None = None) -> list[str]:
    """The host's IP addresses, looked up once: connect to these and to no others.

    Raises JoinRefused if one of them is not of the internet (`private` allows that), and NameUnknown.
    """
    found = await lookup.resolved(host, visit)
    try:
        return lookup.judged(found, _any if private else addresses.is_public)
    except lookup.LeadsInside:
        raise JoinRefused(PRIVATE) from None


def _any(_: addresses.IPAddress) -> bool:
    return True
