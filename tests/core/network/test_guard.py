"""S45, S46 and F93: which hosts the platform connects to on somebody's behalf."""

from collections.abc import Sequence

import pytest

from dataviz_pipelines.core.network import (
    BlockedAddressError,
    NameNotResolvedError,
    NetworkGuard,
    network_guard,
)
from dataviz_pipelines.core.network.errors import AllowedNetworksError
from dataviz_pipelines.core.network.guard import MAX_ADDRESSES
from dataviz_pipelines.core.settings import Settings


def named(*addresses: str, allowed: str = "") -> NetworkGuard:
    """A guard to which every name has these addresses."""
    guard = network_guard(Settings(allowed_networks=allowed))
    return NetworkGuard(guard.networks, guard.names, lambda _host, _port: addresses)


BLOCKED = (
    "127.0.0.1",
    "127.255.0.9",
    "::1",
    "0.0.0.0",  # noqa: S104  # an address to refuse
    "0.1.2.3",
    "::",
    "169.254.169.254",
    "169.254.1.1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "224.0.0.1",
    "ff02::1",
    "240.0.0.1",
    "255.255.255.255",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd20:ce::254",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a9fe:a9fe",
    "2002:7f00:1::1",
    "2001:0:1::80ff:fffe",
)


@pytest.mark.parametrize("address", BLOCKED)
def test_S45_addresses_of_machines_and_metadata_are_blocked(address: str) -> None:
    with pytest.raises(BlockedAddressError, match="DATAVIZ_ALLOWED_NETWORKS"):
        named(address).check("db.example.com", 5432)


@pytest.mark.parametrize(
    "address",
    ["93.184.215.14", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fd12::1", "2a00::1"],
)
def test_S45_public_and_private_networks_are_reached(address: str) -> None:
    assert named(address).check("db.example.com", 5432).addresses == (address,)


def test_S45_one_blocked_address_among_others_is_enough() -> None:
    with pytest.raises(BlockedAddressError):
        named("93.184.215.14", "127.0.0.1").check("db.example.com", 5432)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "::1", "0"],
)
def test_S45_this_machine_is_blocked_however_it_is_written(host: str) -> None:
    with pytest.raises((BlockedAddressError, NameNotResolvedError)):
        NetworkGuard().check(host, 5432)


@pytest.mark.parametrize(
    "allowed", ["127.0.0.0/8", "10.0.0.0/8, 127.0.0.1", "DB.example.com", "db.example.com.,::1"]
)
def test_F93_what_is_listed_is_allowed(allowed: str) -> None:
    reached = named("127.0.0.1", allowed=allowed).check("db.example.com.", 5432)
    assert (reached.host, reached.port, reached.addresses) == (
        "db.example.com.",
        5432,
        ("127.0.0.1",),
    )


@pytest.mark.parametrize(
    "allowed", ["127.0.0.2", "::1", "example.com", "b.example.com", "10.0.0.0/8"]
)
def test_F93_and_nothing_beside_it(allowed: str) -> None:
    with pytest.raises(BlockedAddressError):
        named("127.0.0.1", allowed=allowed).check("db.example.com", 5432)


def test_F93_a_listed_address_is_allowed_in_ipv6_clothes_too() -> None:
    guard = named("::ffff:127.0.0.1", allowed="127.0.0.1")
    assert guard.check("db.example.com", 5432).addresses == ("127.0.0.1",)


def test_F93_where_only_what_is_listed_counts_a_public_address_is_blocked() -> None:
    guard = named("93.184.215.14", allowed="127.0.0.1")
    with pytest.raises(BlockedAddressError):
        guard.check("db.example.com", 5432, listed_only=True)


@pytest.mark.parametrize("entry", ["10.0.0.1/8", "http://db", "*", "10.0.0.0/99", "1.2.3", "a b"])
def test_an_entry_that_means_nothing_is_named(entry: str) -> None:
    with pytest.raises(AllowedNetworksError, match="neither a network"):
        network_guard(Settings(allowed_networks=entry))


def test_S46_a_name_is_looked_up_once_and_its_addresses_are_handed_on() -> None:
    answers = iter([["93.184.215.14", "93.184.215.15"], ["127.0.0.1"]])

    def rebinding(_host: str, _port: int) -> Sequence[str]:
        return next(answers)

    reached = NetworkGuard(resolve=rebinding).check("db.example.com", 5432)
    assert reached.addresses == ("93.184.215.14", "93.184.215.15")
    assert list(answers) == [["127.0.0.1"]]


def test_a_name_with_many_addresses_is_tried_at_some() -> None:
    reached = named(*(f"93.184.215.{number}" for number in range(9))).check("db", 1)
    assert len(reached.addresses) == MAX_ADDRESSES


@pytest.mark.parametrize("host", ["does-not-exist.invalid", "a..b", "x" * 300])
def test_a_name_without_an_address_is_told(host: str) -> None:
    with pytest.raises(NameNotResolvedError, match="has no address"):
        NetworkGuard().check(host, 5432)
    with pytest.raises(NameNotResolvedError):
        named().check(host, 5432)
