"""Where a WHIP server's answer sends our media: its ICE candidates (RFC 8839, 5.1), with names made into addresses.

    a=candidate:<foundation> <component> <transport> <priority> <address or name> <port> typ …

aiortc takes IP addresses, and names that end in ".local" (mDNS: names inside one's own network, which are looked up
there by multicast). Of all other names it says nothing and waits in vain, so they are looked up here.
"""

from __future__ import annotations

import ipaddress
import logging
import re
from collections.abc import Iterable, Mapping

from components.errors import JoinRefused, StageUnreachable
from components.lookup import NameUnknown, Visit
from components.stage.public_addresses import PRIVATE, is_public, reachable

logger = logging.getLogger(__name__)

MOST_NAMES = 4
"""Names of one answer that are looked up, one after the other; candidates with others are left out."""

_PREFIX = "a=candidate:"
_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?\.?")


async def with_addresses(answer: str, *, private: bool, visit: Visit | None = None) -> str:
    """The session description with candidates that can be used: by number, and allowed.

    `private`: candidates may lead to this machine and its network. Raises JoinRefused and StageUnreachable, with a
    sentence about these candidates, where there are some and none can be used.
    """
    lines = answer.splitlines(keepends=True)
    addresses = [_address(line) for line in lines if line.startswith(_PREFIX)]
    names = dict.fromkeys(a for a in addresses if a and not _is_number(a) and not _is_local(a) and _NAME.fullmatch(a))
    found = await _found(list(names)[:MOST_NAMES], private=private, visit=visit)
    kept = [new for line in lines for new in _usable(line, found, private)]
    if addresses and not any(line.startswith(_PREFIX) for line in kept):
        raise _why(addresses, found)
    return "".join(kept)


async def _found(names: Iterable[str], *, private: bool, visit: Visit | None) -> dict[str, list[str] | None]:
    """Each name's addresses; none for a name that nobody knows; None for one that leads inside."""
    found: dict[str, list[str] | None] = {}
    for name in names:
        try:
            found[name] = _one_of_each(await reachable(name, private=private, visit=visit))
        except NameUnknown:
            found[name] = []
        except JoinRefused:
            found[name] = None
    return found


def _usable(line: str, found: Mapping[str, list[str] | None], private: bool) -> list[str]:
    """The lines to put in this one's place."""
    if not line.startswith(_PREFIX):
        return [line]
    address = _address(line)
    if address is None or _is_number(address):
        return [line] if private or (address is not None and is_public(address)) else []
    if _is_local(address):
        return [line] if private else []
    return [line.replace(f" {address} ", f" {number} ", 1) for number in found.get(address) or ()]


def _why(addresses: list[str | None], found: Mapping[str, list[str] | None]) -> JoinRefused | StageUnreachable:
    given = [address for address in addresses if address]
    if given and all(map(_is_local, given)):
        return JoinRefused(
            "The server gives only .local names as its media addresses, which cannot be found from here; set its "
            "public address there."
        )
    unknown = [name for name, numbers in found.items() if numbers == []]
    if unknown and len(unknown) == len(found) and all(a in found or _is_local(a) for a in given):
        return StageUnreachable(
            f"The server gives {unknown[0]} as its media address, and no host of that name was found; set its public "
            "address there, or try again."
        )
    return JoinRefused(PRIVATE)


def _address(line: str) -> str | None:
    parts = line.split(maxsplit=6)
    return parts[4] if len(parts) > 5 else None


def _is_number(address: str) -> bool:
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return False
    return True


def _is_local(name: str) -> bool:
    return name.lower().rstrip(".").endswith(".local")


def _one_of_each(numbers: list[str]) -> list[str]:
    """The first IPv4 address and the first IPv6 one: more paths to the same host only cost time."""
    first = {ipaddress.ip_address(number).version: number for number in reversed(numbers)}
    return [first[version] for version in sorted(first)]
