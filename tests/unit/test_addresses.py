"""Which addresses are the internet's, block by block of IANA's special-purpose registries."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.addresses import is_public

# https://www.iana.org/assignments/iana-ipv4-special-registry and …/iana-ipv6-special-registry, 2026-11, and the
# multicast and site-local blocks, which have registries of their own.
NOT_PUBLIC = """
0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.0.0/29 192.0.0.8/32
192.0.0.9/32 192.0.0.10/32 192.0.0.170/31 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24
203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 255.255.255.255/32
::1/128 ::/128 ::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001::/32 2001:1::1/128 2001:2::/48 2001:3::/32
2001:10::/28 2001:20::/28 2001:30::/28 2001:db8::/32 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8
::ffff:0:0:0/96 ::ffff:10.0.0.0/104 ::ffff:127.0.0.0/104 64:ff9b::a00:0/104 2002:a00::/24 2002:7f00::/24
"""

PUBLIC = """
1.0.0.0/24 8.8.8.0/24 93.184.216.0/24 100.63.255.0/24 100.128.0.0/16 172.15.0.0/16 172.32.0.0/16 192.31.196.0/24
192.52.193.0/24 192.175.48.0/24 198.17.0.0/16 198.20.0.0/16 223.255.255.0/24
2001:200::/23 2001:4860::/32 2600::/12 2620:4f:8000::/48 2a00::/12 3ffe::/16 ::ffff:8.8.8.0/120 64:ff9b::808:800/120
2002:808:800::/40
"""


def edges(block: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    network = ipaddress.ip_network(block)
    return [network[0], network[network.num_addresses // 2], network[-1]]


@pytest.mark.parametrize("block", NOT_PUBLIC.split())
def test_a_block_for_a_special_purpose_is_not_the_internet(block: str) -> None:
    assert not any(map(is_public, edges(block)))


@pytest.mark.parametrize("block", PUBLIC.split())
def test_everything_else_is(block: str) -> None:
    assert all(map(is_public, edges(block)))


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_the_same_however_it_is_written(inner: ipaddress.IPv4Address) -> None:
    number = int(inner)
    written = (0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80)
    assert {is_public(ipaddress.IPv6Address(each)) for each in written} == {is_public(inner)}


@given(st.ip_addresses(v=4))
def test_nothing_that_python_knows_to_be_private_is_public(address: ipaddress.IPv4Address) -> None:
    if not address.is_global or address.is_multicast:
        assert not is_public(address)
