"""Which network addresses a customer may make us call.

``ipaddress.is_global`` of this Python calls NAT64, 6to4, multicast and others global,
so the ranges are listed here, and whatever hides an IPv4 address is judged by it.
Whoever runs the server may allow private networks of their own.
"""

import socket
from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

_PRIVATE_4 = [
    ip_network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
    )
]  # fmt: skip
_GLOBAL_6 = ip_network("2000::/3")  # all that is handed out
_PRIVATE_6 = [
    ip_network(block)
    for block in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
]
_allowed: tuple[IPv4Network | IPv6Network, ...] = ()


def allow(networks: Iterable[str]) -> None:
    """Let customers call these networks, too: the operator's word (OUTBOUND_ALLOW).

    Raises ``ValueError`` for what is no network.
    """
    global _allowed
    _allowed = tuple(ip_network(network) for network in networks)


def may_call(address: str) -> bool:
    """Tell whether a customer may make us call a literal address: the one rule."""
    return is_allowed(address) or is_public(address)


def allows_any() -> bool:
    """Tell whether the operator allowed any network at all."""
    return bool(_allowed)


def literal(host: str) -> str:
    """Return the address that a host is, or ""; C's short forms count (127.1, 0x7f.1)."""
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return ""


def is_allowed(address: str) -> bool:
    """Tell whether the operator allowed the network of a literal address."""
    if not _allowed:
        return False
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    return any(ip in network for network in _allowed)


def is_public(address: str) -> bool:
    """Tell whether a literal address is on the public internet."""
    try:
        ip = ip_address(address.split("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        return _is_public_6(ip)
    return not any(ip in block for block in _PRIVATE_4)


def _is_public_6(ip: IPv6Address) -> bool:
    if ip.ipv4_mapped:
        return is_public(str(ip.ipv4_mapped))
    if ip.packed.startswith(b"\x00\x64\xff\x9b" + bytes(8)):  # NAT64
        return is_public(str(IPv4Address(ip.packed[12:])))
    return ip in _GLOBAL_6 and not any(ip in block for block in _PRIVATE_6)
