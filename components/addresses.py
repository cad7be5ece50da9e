"""Which IP addresses are the internet's: the server goes nowhere else on somebody else's word.

An explicit list, after IANA's special-purpose address registries (RFC 6890) as of 2026-11. Python's own `is_global`
depends on its version: 3.11 believes 64:ff9b:1::/48, fec0::/10, ::/96 and others public.
"""

from __future__ import annotations

import ipaddress

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NOT_PUBLIC_4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",
            "100.64.0.0/10",  # shared by a provider's customers
            "127.0.0.0/8",
            "169.254.0.0/16",  # link-local; clouds' metadata services
            "172.16.0.0/12",
            "192.0.0.0/24",  # IETF protocols; also its anycast addresses, which lead to one's own router
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays, retired
            "192.168.0.0/16",
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved; broadcast
        ),
    )
)

_UNICAST_6 = ipaddress.IPv6Network("2000::/3")
"""All that has ever been allocated (IANA, "IPv6 Global Unicast Address Assignments"). Outside of it lie loopback, old
ways to write an IPv4 address (::/96, ::ffff:0:0:0/96), 64:ff9b:1::/48, 100::/64, 5f00::/16, fc00::/7, fe80::/10,
fec0::/10 and multicast."""

_NOT_PUBLIC_6 = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "2001::/23",  # IETF protocols: Teredo, benchmarks, ORCHID, anycast
            "2001:db8::/32",  # documentation
            "3fff::/20",  # documentation
        ),
    )
)

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052


def is_public(address: IPAddress) -> bool:
    """True for an address of the internet. An IPv6 address that stands for an IPv4 one is judged by that."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    inner = address.ipv4_mapped or address.sixtofour
    if address in _NAT64:
        inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    if inner is not None:
        return is_public(inner)
    return address in _UNICAST_6 and not any(address in network for network in _NOT_PUBLIC_6)
