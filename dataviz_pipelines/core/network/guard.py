"""Looks a host up once, checks every address that it has, and hands these to whoever connects.

Only the addresses that were checked may be connected to: a name that is looked up again can have another one by then.
Private networks (10.0.0.0/8 and the like) are allowed, since that is where databases are; the platform's own machine,
link-local addresses and the metadata services of clouds are not, unless a setting lists them.
"""

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Final

from dataviz_pipelines.core.network.addresses import Address, Network, is_blocked, is_in, plain
from dataviz_pipelines.core.network.errors import (
    AllowedNetworksError,
    BlockedAddressError,
    NameNotResolvedError,
)
from dataviz_pipelines.core.settings import Settings

Resolver = Callable[[str, int], Sequence[str]]
"""The addresses of a host. Raises OSError or UnicodeError for a name that has none."""

MAX_ADDRESSES: Final = 4
_NAME: Final = re.compile(r"^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_-]+)*$")


@dataclass(frozen=True)
class Reached:
    """Where a host is. `host` is what its certificate must name, `addresses` are what may be connected to."""

    host: str
    port: int
    addresses: tuple[str, ...]


def addresses_of(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(place[0]) for *_, place in found]


@dataclass(frozen=True)
class NetworkGuard:
    """`networks` and `names` are what is allowed beside what everybody may reach."""

    networks: tuple[Network, ...] = ()
    names: frozenset[str] = frozenset()
    resolve: Resolver = addresses_of

    def check(self, host: str, port: int, *, listed_only: bool = False) -> Reached:
        """Raises NameNotResolvedError, or BlockedAddressError if any of its addresses is. `listed_only`: what is not listed is
        blocked."""
        addresses = self._look_up(host, port)
        for address in addresses:
            if not self._allows(host, address, listed_only=listed_only):
                raise BlockedAddressError(host, str(address))
        return Reached(host, port, tuple(map(str, addresses[:MAX_ADDRESSES])))

    def _look_up(self, host: str, port: int) -> list[Address]:
        try:
            found = self.resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise NameNotResolvedError(host) from error
        if not found:
            raise NameNotResolvedError(host)
        return list(dict.fromkeys(plain(ip_address(each.partition("%")[0])) for each in found))

    def _allows(self, host: str, address: Address, *, listed_only: bool) -> bool:
        if _canonical(host) in self.names or is_in(address, self.networks):
            return True
        return not (listed_only or is_blocked(address))


def network_guard(settings: Settings) -> NetworkGuard:
    """Raises AllowedNetworksError for an entry that means nothing."""
    networks: list[Network] = []
    names: list[str] = []
    for entry in settings.allowed_network_list:
        try:
            networks.append(ip_network(entry))
        except ValueError as error:
            name = _canonical(entry)
            if not _NAME.fullmatch(name) or name.replace(".", "").isdigit():
                raise AllowedNetworksError(
                    f"DATAVIZ_ALLOWED_NETWORKS: {entry!r} is neither a network nor an address nor a host name.",
                    remedy="Write them as 10.1.0.0/16, 127.0.0.1 or db.internal.",
                ) from error
            names.append(name)
    return NetworkGuard(tuple(networks), frozenset(names))


def _canonical(name: str) -> str:
    return name.rstrip(".").lower()
