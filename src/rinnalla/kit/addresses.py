"""Where someone asks from, for counting: whoever has one IPv6 address has a whole network of them."""

import ipaddress

IPV6_NETWORK_BITS = 64
"""One household or phone has a whole network of this size."""


def neighbourhood(address: str) -> str:
    """What counts as one address: an IPv4 address, or the network that an IPv6 address is of."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv4Address):
        return str(known)
    return str(known.ipv4_mapped or ipaddress.ip_network((known, IPV6_NETWORK_BITS), strict=False))
