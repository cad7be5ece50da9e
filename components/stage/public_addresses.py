"""Where a visitor's stream may go: to the internet. Not to this machine, and not into the network behind it.

Addresses that visitors type would otherwise make the server speak to whatever only it can reach. Its owner may allow
that (STAGE_PRIVATE_ADDRESSES). Nothing that is slow to import: the RTMP writer asks too.
"""

from __future__ import annotations

import ipaddress
import re
import socket

from components import addresses
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


def resolved(host: str) -> list[str]:
    """The host's IP addresses. Blocks; raises socket.gaierror if there are none."""
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except UnicodeError:  # Labels that no name may have.
        raise socket.gaierror(socket.EAI_NONAME, "no name") from None


def leads_inside(host: str) -> bool:
    """Whether any of the host's addresses is not of the internet. Blocks; False where there is no such host."""
    try:
        return not all(map(is_public, resolved(host)))
    except socket.gaierror:
        return False


def public_candidates(answer: str) -> str:
    """A session description without the candidates that are not of the internet. Raises JoinRefused if it has others
    only."""
    lines = answer.splitlines(keepends=True)
    inside = [line for line in lines if _is_candidate(line) and not _leads_out(line)]
    if inside and len(inside) == sum(map(_is_candidate, lines)):
        raise JoinRefused(PRIVATE)
    return "".join(line for line in lines if line not in inside)


def _is_candidate(line: str) -> bool:
    return line.startswith("a=candidate:")


def _leads_out(line: str) -> bool:
    # RFC 8839, 5.1: foundation, component, transport, priority, address.
    candidate = re.match(r"a=candidate:(?:\S+\s+){4}(\S+)", line)
    return candidate is not None and is_public(candidate[1])
