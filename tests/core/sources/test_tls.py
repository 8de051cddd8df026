"""TLS to data sources: servers whose certificate names 127.0.0.1 and is signed by nobody that the machine trusts."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pymysql
import pytest

from dataviz_pipelines.core.network import NetworkGuard
from dataviz_pipelines.core.sources.connecting import Pools
from dataviz_pipelines.core.sources.errors import Reason
from dataviz_pipelines.core.sources.trying import try_out
from tests.core.sources.places import LOCAL, NAME, NAMED, Place
from tests.core.sources.tls_proxy import tls_before
from tests.servers.mariadb import mariadb_server
from tests.servers.processes import server_folder
from tests.servers.smtp import certificate

PASSWORD = "s3cret-Passw0rd"
CIPHER = "SELECT variable_value FROM information_schema.session_status WHERE variable_name = 'Ssl_cipher'"
ENCRYPTED = {
    "postgresql": lambda session: bool(session.driver.pgconn.ssl_in_use),
    "mysql": lambda session: session.execute(CIPHER).fetchone()[0] != "",
}


@pytest.fixture
def postgresql_with_tls(postgresql: Place, tmp_path: Path) -> Iterator[tuple[Place, str]]:
    tls, trusted = certificate(tmp_path)
    with tls_before(postgresql.port, tls) as port:
        yield replace(postgresql, port=port), trusted.read_text()


@pytest.fixture(scope="module")
def mysql_with_tls() -> Iterator[tuple[Place, str]]:
    with server_folder("mariadb-tls") as folder:
        _, trusted = certificate(folder)
        owner = folder.stat()
        _hand_over(folder, owner.st_uid, owner.st_gid)
        options = (f"--ssl-cert={trusted}", f"--ssl-key={folder / 'private.pem'}")
        with mariadb_server(folder, *options) as port:
            with (
                pymysql.connect(host="127.0.0.1", port=port, user="root") as connection,
                connection.cursor() as cursor,
            ):
                cursor.execute("CREATE DATABASE shop")
                cursor.execute("CREATE USER reader@'%%' IDENTIFIED BY %s", [PASSWORD])
                cursor.execute("GRANT SELECT ON shop.* TO reader@'%'")
            yield Place("mysql", port, "shop", "reader", PASSWORD, ""), trusted.read_text()


def _hand_over(folder: Path, user: int, group: int) -> None:
    """A server reads its key if nobody else can."""
    folder.chmod(0o755)
    for name in ("trusted.pem", "private.pem"):
        os.chown(folder / name, user, group)
        (folder / name).chmod(0o600 if name == "private.pem" else 0o644)


@pytest.fixture(params=["postgresql_with_tls", "mysql_with_tls"])
def secured(request: pytest.FixtureRequest) -> tuple[Place, str]:
    found: tuple[Place, str] = request.getfixturevalue(request.param)
    return found


def reason(place: Place, guard: NetworkGuard = LOCAL, **changes: Any) -> Reason | None:
    return try_out(place.connection(**changes), guard).reason


def test_a_certificate_of_a_known_authority_is_taken(secured: tuple[Place, str]) -> None:
    place, authority = secured
    assert reason(place, tls_mode="verify-full", ca_certificate=authority) is None
    assert reason(place, tls_mode="verify-ca", ca_certificate=authority) is None


def test_one_of_an_unknown_authority_is_not(secured: tuple[Place, str]) -> None:
    place, _ = secured
    assert reason(place, tls_mode="verify-full") is Reason.TLS


def test_one_of_another_authority_is_not(secured: tuple[Place, str], tmp_path: Path) -> None:
    place, _ = secured
    folder = tmp_path / "other"
    folder.mkdir()
    _, other = certificate(folder)
    for mode in ("verify-full", "verify-ca"):
        assert reason(place, tls_mode=mode, ca_certificate=other.read_text()) is Reason.TLS


def test_S46_the_name_is_checked_although_the_address_is_connected_to(
    secured: tuple[Place, str],
) -> None:
    """The certificate names the address; whoever asked for the name must not be content with it."""
    place, authority = secured
    named = {"host": NAME, "ca_certificate": authority}
    assert reason(place, NAMED, tls_mode="verify-full", **named) is Reason.TLS
    assert reason(place, NAMED, tls_mode="verify-ca", **named) is None


def test_require_encrypts_with_anybody(secured: tuple[Place, str]) -> None:
    place, _ = secured
    assert reason(place, tls_mode="require") is None


@pytest.mark.parametrize(("mode", "encrypted"), [("require", True), ("disable", False)])
def test_what_was_asked_for_is_what_happens(
    secured: tuple[Place, str], mode: str, encrypted: bool
) -> None:
    place, _ = secured
    pools = Pools(LOCAL)
    with pools.session(place.source(tls_mode=mode)) as session:
        assert ENCRYPTED[place.connection_type](session) is encrypted
    pools.close()
