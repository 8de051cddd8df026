"""What a test of a connection says, on real servers: S42, S45 to S48, and a reason that somebody can act on."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dataviz_pipelines.core.network import NetworkGuard
from dataviz_pipelines.core.sources import trying
from dataviz_pipelines.core.sources.connections import CONNECTIONS
from dataviz_pipelines.core.sources.errors import Reason
from dataviz_pipelines.core.sources.trying import Trial, try_out
from tests.core.sources.places import LOCAL, NAME, NAMED, Place
from tests.servers.processes import free_port


def tried(place: Place, query: str | None = None, **changes: Any) -> Trial:
    tested = try_out(place.connection(**changes), LOCAL, query=query)
    assert place.password not in f"{tested!r} {tested.said}"
    return tested


def test_a_source_that_answers(place: Place) -> None:
    tested = tried(place)
    assert tested.is_ok, tested.said
    assert tested.server_version is not None
    assert tested.server_version.startswith(("PostgreSQL ", "MariaDB 10."))
    assert (tested.said, tested.message, tested.remedy) == (None, None, None)


def test_a_query_of_its_own(place: Place) -> None:
    assert tried(place, "SELECT city FROM cities").is_ok


def test_a_query_with_more_rows_than_anybody_reads(postgresql: Place) -> None:
    tested = tried(postgresql, "SELECT generate_series(1, 100000000), repeat('x', 1000)")
    assert tested.is_ok, tested.said


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"host": "does-not-exist.invalid"}, Reason.NAME_NOT_RESOLVED),
        ({"host": "127.0.0.2"}, Reason.BLOCKED_ADDRESS),
        ({"host": "169.254.169.254"}, Reason.BLOCKED_ADDRESS),
        ({"password": "wrong"}, Reason.PASSWORD),
        ({"password": None}, Reason.PASSWORD),
        ({"user": "nobody-here"}, Reason.PASSWORD),
        ({"tls_mode": "require"}, Reason.TLS),
        ({"tls_mode": "verify-full"}, Reason.TLS),
    ],
)
def test_S45_why_a_source_does_not_answer(
    place: Place, change: dict[str, Any], reason: Reason
) -> None:
    tested = tried(place, **change)
    assert tested.reason is reason, tested.said
    assert tested.remedy


def test_a_port_without_a_server(place: Place) -> None:
    assert tried(place, port=free_port()).reason is Reason.REFUSED


def test_a_database_that_is_not_there(place: Place) -> None:
    reason = tried(place, database="nothing").reason
    hidden = Reason.PERMISSION  # MariaDB does not tell users of databases that are not theirs
    assert reason is (Reason.DATABASE_MISSING if place.connection_type == "postgresql" else hidden)


def test_a_table_that_may_not_be_read(place: Place) -> None:
    tested = tried(place, "SELECT a FROM hidden")
    assert tested.reason is Reason.PERMISSION
    assert "hidden" in (tested.message or "")


@pytest.mark.parametrize("query", ["SELEKT 1", "SELECT nothing FROM cities", "SELECT 1; SELECT 2"])
def test_a_query_that_is_wrong(place: Place, query: str) -> None:
    assert tried(place, query).reason is Reason.QUERY


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM cities",
        "CREATE TABLE more (a int)",
        "COMMIT; DELETE FROM cities",
        "TRUNCATE cities",
    ],
)
def test_a_query_that_would_change_something(place: Place, query: str) -> None:
    assert tried(place, query).reason in {Reason.QUERY, Reason.PERMISSION}
    assert tried(place, "SELECT 1 / (SELECT count(*) FROM cities)").is_ok
    assert tried(place, "SELECT city FROM cities WHERE city = 'Wien'").is_ok


def test_a_query_that_takes_too_long(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trying, "STATEMENT_TIMEOUT_S", 0.2)
    query = {
        "postgresql": "SELECT pg_sleep(60)",
        "mysql": "WITH RECURSIVE n AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM n) SELECT count(*) FROM n x, n y, n z",
    }[place.connection_type]
    started = time.monotonic()
    assert tried(place, query).reason is Reason.TIMEOUT
    assert time.monotonic() - started < 30


def test_S42_what_a_server_says_of_a_query_is_one_short_line(postgresql: Place) -> None:
    with psycopg.connect(postgresql.admin_url, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION shout() RETURNS int LANGUAGE plpgsql AS "
            "$$BEGIN RAISE EXCEPTION '%', E'a\\n\\x1b[2J' || repeat('b', 100000); END$$"
        )
    tested = tried(postgresql, "SELECT shout()")
    assert tested.reason is Reason.QUERY
    assert (tested.message or "").isprintable()
    assert len(tested.message or "") < 400


def test_S46_the_connection_goes_to_the_address_that_was_checked(place: Place) -> None:
    """No name service knows the name: a driver that looked it up again would fail, or be led elsewhere."""
    answers = iter([["127.0.0.1"]])
    rebinding = NetworkGuard(LOCAL.networks, LOCAL.names, lambda _host, _port: next(answers))
    tested = try_out(place.connection(host=NAME), rebinding)
    assert tested.is_ok, tested.said
    assert next(answers, None) is None


def test_a_name_with_an_address_that_is_dead(place: Place) -> None:
    guard = NetworkGuard(LOCAL.networks, LOCAL.names, lambda _host, _port: ["::1", "127.0.0.1"])
    allowed = NetworkGuard((*guard.networks,), frozenset({NAME}), guard.resolve)
    tested = try_out(place.connection(host=NAME), allowed)
    assert tested.is_ok, tested.said


def test_S47_a_database_name_is_a_name(postgresql: Place) -> None:
    """libpq would take a connection string in a database's name, and with it any parameter."""
    for name in (
        f"dbname={postgresql.database}",
        f"postgresql://127.0.0.1:{postgresql.port}/{postgresql.database}",
        f"{postgresql.database} passfile=/etc/passwd",
        f"{postgresql.database}' host='127.0.0.2",
    ):
        assert tried(postgresql, database=name).reason is Reason.DATABASE_MISSING


def test_S47_no_password_file_of_the_platforms_user_is_read(
    postgresql: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "pgpass"
    file.write_text(f"*:*:*:*:{postgresql.password}\n")
    file.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(file))
    assert tried(postgresql, password=None).reason is Reason.PASSWORD


@contextmanager
def listening(answer: bytes | None, came: threading.Event | None = None) -> Iterator[int]:
    """Takes connections, sends each the same, and then nothing more; None: nothing at all. `came`: somebody did."""
    opened: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                opened.append(client)
                if came is not None:
                    came.set()
                if answer is not None:
                    with suppress(OSError):  # who has heard enough may be gone
                        client.sendall(answer)
                        client.shutdown(socket.SHUT_WR)

        thread = threading.Thread(target=accept)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
    for client in opened:
        client.close()


def test_R21_a_server_that_hangs_while_it_is_connected_to(place: Place) -> None:
    with listening(None) as port:
        started = time.monotonic()
        tested = tried(place, port=port, limits={"connect_timeout_s": 2})
    assert tested.reason is Reason.TIMEOUT
    assert time.monotonic() - started < 30


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 400 Bad Request\r\n\r\n" + b"x" * 10_000,
        b"\0" * 1_000,
        b"\xff" * 1_000,
        b"\x05\0\0\0\x0a5.7",
        bytes(range(256)),
    ],
    ids=["nothing", "ssh", "http", "nul", "ones", "half", "all"],
)
def test_a_server_of_another_kind(place: Place, answer: bytes) -> None:
    with listening(answer) as port:
        tested = tried(place, port=port, limits={"connect_timeout_s": 2})
    assert tested.reason in {Reason.FAILED, Reason.REFUSED, Reason.TIMEOUT, Reason.TLS}
    assert "SSH" not in (tested.said or "")


def test_a_name_is_looked_up_for_a_test(place: Place) -> None:
    assert try_out(place.connection(host=NAME), NAMED).is_ok


def test_a_kind_of_its_own_is_asked_for_by_name() -> None:
    assert (
        CONNECTIONS.validate_python(
            {"connection_type": "bigquery", "project": "shop-123"}
        ).connection_type
        == "bigquery"
    )
