"""Pools, read-only sessions and bounded statements on real servers: R21, S42, S46, S48, S53, S54."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from dataviz_pipelines.core.network import BlockedAddressError, NetworkGuard
from dataviz_pipelines.core.sources import connecting
from dataviz_pipelines.core.sources.connecting import Pools
from dataviz_pipelines.core.sources.engines import base
from dataviz_pipelines.core.sources.errors import Reason, SourceError
from tests.core.sources.places import LOCAL, Place
from tests.servers.mariadb import MariaDB
from tests.servers.workers import until

WHO = {"postgresql": "SELECT pg_backend_pid()", "mysql": "SELECT connection_id()"}
SLEEP = {"postgresql": "SELECT pg_sleep(60)", "mysql": "DO sleep(60)"}


def one(session: connecting.Session, query: str, values: Any = None) -> Any:
    return session.execute(query, values).fetchone()[0]


def who(pools: Pools, source: connecting.Source) -> int:
    with pools.session(source) as session:
        return int(one(session, WHO[source.connection.connection_type]))


def test_a_connection_is_used_again(pools: Pools, place: Place) -> None:
    source = place.source()
    assert who(pools, source) == who(pools, source)


def test_values_are_bound(pools: Pools, place: Place) -> None:
    with pools.session(place.source()) as session:
        assert one(session, "SELECT %s", ["'; DROP TABLE cities"]) == "'; DROP TABLE cities"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM cities",
        "INSERT INTO cities VALUES ('Graz')",
        "CREATE TABLE more (a int)",
        "DROP TABLE cities",
    ],
)
def test_S53_a_session_changes_nothing(pools: Pools, place: Place, statement: str) -> None:
    source = place.source()
    with pools.session(source) as session, pytest.raises(SourceError) as refused:
        session.execute(statement)
    assert refused.value.reason in {Reason.QUERY, Reason.PERMISSION}
    with pools.session(source) as session:
        assert one(session, "SELECT count(*) FROM cities") == 1


@pytest.mark.parametrize("way", ["COMMIT", "ROLLBACK"])
def test_S53_nor_when_its_transaction_is_ended(pools: Pools, mysql: Place, way: str) -> None:
    with pools.session(mysql.source()) as session:
        session.execute(way)
        with pytest.raises(SourceError):
            session.execute("DELETE FROM cities")


def test_S54_a_long_statement_is_ended_by_the_server(
    pools: Pools, postgresql: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "GRACE_S", 60)
    source = postgresql.source()
    with pools.session(source, timeout_s=0.2) as session:
        before = one(session, WHO["postgresql"])
        with pytest.raises(SourceError) as ended:
            session.execute(SLEEP["postgresql"])
    assert ended.value.reason is Reason.TIMEOUT
    assert who(pools, source) == before


def test_S54_on_mariadb_too(pools: Pools, mysql: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "GRACE_S", 60)
    with (
        pools.session(mysql.source(), timeout_s=0.2) as session,
        pytest.raises(SourceError) as ended,
    ):
        session.execute(
            "WITH RECURSIVE n AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM n) SELECT count(*) FROM n x, n y, n z"
        )
    assert ended.value.reason is Reason.TIMEOUT


def test_S54_nobody_waits_longer_than_the_source_allows(pools: Pools, postgresql: Place) -> None:
    source = postgresql.source(limits={"statement_timeout_s": 7})
    with pools.session(source, timeout_s=3_600) as session:
        assert one(session, "SHOW statement_timeout") == "7s"
    with pools.session(source) as session:
        assert one(session, "SHOW statement_timeout") == "7s"


def test_times_come_in_utc(pools: Pools, place: Place) -> None:
    query = {"postgresql": "SHOW timezone", "mysql": "SELECT @@session.time_zone"}
    with pools.session(place.source()) as session:
        assert one(session, query[place.connection_type]) in {"UTC", "+00:00"}


def test_no_more_connections_than_are_allowed(
    pools: Pools, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "WAIT_S", 0.1)
    source = place.source(limits={"max_connections": 2})
    with ExitStack() as lent:
        for _ in range(2):
            lent.enter_context(pools.session(source))
        with pytest.raises(SourceError) as refused, pools.session(source):
            pass
    assert refused.value.reason is Reason.BUSY
    assert who(pools, source)


def test_a_source_waits_for_no_other(
    pools: Pools, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "WAIT_S", 0.1)
    first, second = (place.source(limits={"max_connections": 1}) for _ in range(2))
    with pools.session(first), pools.session(second):
        pass


def test_a_change_of_the_connection_closes_the_old_ones(pools: Pools, postgresql: Place) -> None:
    source_id = uuid4()
    old = who(pools, postgresql.source(source_id))
    changed = postgresql.source(source_id, limits={"max_connections": 1})
    assert who(pools, changed) != old
    until(lambda: old not in backends(postgresql))


def test_one_that_is_lent_meanwhile_is_closed_when_it_comes_back(
    pools: Pools, postgresql: Place
) -> None:
    source = postgresql.source()
    with pools.session(source) as session:
        old = one(session, WHO["postgresql"])
        pools.forget(source.id)
        assert one(session, WHO["postgresql"]) == old
    until(lambda: old not in backends(postgresql))


def backends(place: Place) -> set[int]:
    with psycopg.connect(place.admin_url) as connection:
        found = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE usename = %s", [place.user]
        )
        return {row[0] for row in found}


def test_R16_connections_that_died_while_idle_are_replaced(pools: Pools, postgresql: Place) -> None:
    source = postgresql.source(limits={"max_connections": 3})
    with ExitStack() as lent:
        for _ in range(3):
            lent.enter_context(pools.session(source))
    old = backends(postgresql)
    with psycopg.connect(postgresql.admin_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = %s",
            [postgresql.user],
        )
    assert len(old) == 3
    assert who(pools, source) not in old


def test_R16_on_mariadb_too(pools: Pools, mysql: Place, mariadb: MariaDB) -> None:
    source = mysql.source()
    old = who(pools, source)
    with mariadb.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"KILL {old}")
    assert who(pools, source) != old


def test_S42_a_session_shows_no_password(pools: Pools, place: Place) -> None:
    source = place.source()
    with pools.session(source) as session:
        assert place.password not in f"{source!r} {session!r} {session.engine!r}"


def test_S45_a_blocked_address_is_not_connected_to(place: Place) -> None:
    pools = Pools(NetworkGuard())
    with pytest.raises(BlockedAddressError), pools.session(place.source()):
        pass
    pools.close()


def test_S46_every_new_connection_is_checked(place: Place) -> None:
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    guard = NetworkGuard(LOCAL.networks, LOCAL.names, lambda _host, _port: next(answers))
    pools, source = Pools(guard), place.source(host="db.example.com")
    with pools.session(source), pytest.raises(BlockedAddressError), pools.session(source):
        pass
    pools.close()


def test_S48_loading_local_files_is_off(pools: Pools, mysql: Place, tmp_path: Path) -> None:
    file = tmp_path / "secret.csv"
    file.write_text("s3cret\n")
    with pools.session(mysql.source()) as session, pytest.raises(SourceError):
        session.execute(f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE cities")


def _packet(number: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3, "little") + bytes([number]) + payload


_GREETING = (
    b"\x0a8.0.0\0\x01\0\0\0abcdefgh\0\xff\xf7\x21\x02\0\xff\x81\x15"
    + b"\0" * 10
    + b"ijklmnopqrst\0"
    b"mysql_native_password\0"
)
_OK = b"\0\0\0\x02\0\0\0"


@contextmanager
def asking_for(file: Path) -> Iterator[tuple[int, bytearray]]:
    """A server that answers every statement with the request for a file of its client's."""
    heard = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            with client:
                client.settimeout(20)
                client.sendall(_packet(0, _GREETING))
                heard.extend(client.recv(65_536))
                client.sendall(_packet(2, _OK))
                while received := client.recv(65_536):
                    heard.extend(received)
                    with suppress(OSError):
                        client.sendall(_packet(1, b"\xfb" + str(file).encode()))

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1], heard
        thread.join(30)


def test_S48_a_server_that_asks_for_a_file_gets_none(
    pools: Pools, mysql: Place, tmp_path: Path
) -> None:
    file = tmp_path / "secret.csv"
    file.write_text("s3cret-content\n")
    with (
        asking_for(file) as (port, heard),
        pytest.raises(SourceError) as refused,
        pools.session(mysql.source(port=port)),
    ):
        pass
    assert refused.value.reason is Reason.FAILED
    assert b"SET NAMES" in heard
    assert b"s3cret-content" not in heard


def test_a_password_is_not_sent_in_plain_text(mysql: Place, pools: Pools) -> None:
    """A server that asks for the password itself, over a connection that everybody can read."""
    heard = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            with client:
                client.settimeout(20)
                client.sendall(_packet(0, _GREETING))
                heard.extend(client.recv(65_536))
                client.sendall(_packet(2, b"\xfemysql_clear_password\0\0"))
                while received := client.recv(65_536):
                    heard.extend(received)

        thread = threading.Thread(target=serve)
        thread.start()
        source = mysql.source(port=server.getsockname()[1])
        with pytest.raises(SourceError) as refused, pools.session(source):
            pass
        thread.join(30)
    assert refused.value.reason is Reason.TLS
    assert mysql.user.encode() in heard
    assert mysql.password.encode() not in heard


def test_nor_to_a_postgresql(postgresql: Place, pools: Pools) -> None:
    heard = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            with client:
                client.settimeout(20)
                heard.extend(client.recv(65_536))
                client.sendall(b"R\0\0\0\x08\0\0\0\x03")
                while received := client.recv(65_536):
                    heard.extend(received)

        thread = threading.Thread(target=serve)
        thread.start()
        source = postgresql.source(port=server.getsockname()[1])
        with pytest.raises(SourceError) as refused, pools.session(source):
            pass
        thread.join(30)
    assert refused.value.reason is Reason.PASSWORD
    assert postgresql.user.encode() in heard
    assert postgresql.password.encode() not in heard


def test_R21_a_server_that_hangs_is_cut_off_and_others_go_on(
    pools: Pools, postgresql: Place, mysql: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "GRACE_S", 0.3)
    hanging = postgresql.source()
    with pools.session(hanging, timeout_s=0.2) as session:
        backend = one(session, WHO["postgresql"])
        os.kill(backend, signal.SIGSTOP)
        try:
            started = time.monotonic()
            with pytest.raises(SourceError) as ended:
                session.execute("SELECT 1")
            assert who(pools, mysql.source())
            assert time.monotonic() - started < 30
        finally:
            os.kill(backend, signal.SIGCONT)
    assert ended.value.reason is Reason.TIMEOUT
    assert who(pools, hanging) != backend


def test_many_threads_share_the_pools(pools: Pools, place: Place) -> None:
    source, found = place.source(limits={"max_connections": 3}), set()

    def work() -> None:
        for _ in range(10):
            found.add(who(pools, source))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert 1 <= len(found) <= 3


def test_pools_that_were_not_used_for_long_make_room(
    pools: Pools, postgresql: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "MAX_POOLS", 2)
    first, second, third = (postgresql.source() for _ in range(3))
    kept, old = who(pools, first), who(pools, second)
    assert who(pools, first) == kept
    who(pools, third)
    assert who(pools, first) == kept
    assert who(pools, second) != old
