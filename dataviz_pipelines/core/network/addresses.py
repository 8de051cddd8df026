"""Which addresses nobody outside may send the platform to."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

METADATA: Final[tuple[Network, ...]] = tuple(
    ip_network(each)
    for each in (
        "100.100.100.200/32",
        "168.63.129.16/32",
        "192.0.0.0/24",
        "fd00:ec2::/32",
        "fd20:ce::/32",
    )
)
"""Services of clouds for their machines, some of which hand out credentials; those at 169.254.169.254 are link-local."""

_THIS_NETWORK: Final = ip_network("0.0.0.0/8")
_TRANSLATED: Final = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"), ip_network("::/96"))


def is_blocked(address: Address) -> bool:
    """Also an IPv6 address that stands for such an IPv4 address."""
    inner = _embedded(address)
    return _is_special(address) or (inner is not None and _is_special(inner))


def plain(address: Address) -> Address:
    """An IPv4 address in IPv6's clothes as what it is."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped


def is_in(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address.version == each.version and address in each for each in networks)


def _is_special(address: Address) -> bool:
    return (
        address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or (address.version == 4 and address.is_reserved)
        or getattr(address, "is_site_local", False)
        or is_in(address, (*METADATA, _THIS_NETWORK))
    )


def _embedded(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in each for each in _TRANSLATED):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None
