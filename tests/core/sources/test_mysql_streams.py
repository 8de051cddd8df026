"""S48 where loading is on: whatever file a server asks for, it gets what the platform meant to send, or nothing."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pymysql
import pytest

from dataviz_pipelines.core.sources.connections import MySQLConnection
from dataviz_pipelines.core.sources.engines.mysql import MySQL
from dataviz_pipelines.core.sources.engines.mysql_streams import MOST_BYTES, StreamingConnection
from dataviz_pipelines.core.sources.errors import SourceError
from tests.core.sources.places import LOCAL, Place
from tests.core.sources.test_connecting import _GREETING, _OK, _packet, asking_for

_OK_NEXT = b"\0\0\0\x02\0\0\0"


def opened(mysql: Place, port: int) -> StreamingConnection:
    connection = mysql.connection(port=port)
    assert isinstance(connection, MySQLConnection)
    return MySQL(connection, LOCAL).connect_to_write()


@contextmanager
def asking_when_loaded(file: Path, *, at: bytes) -> Iterator[tuple[int, bytearray]]:
    """A server that agrees to everything, and asks for a file when it hears `at`."""
    heard = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            client, _ = server.accept()
            with client, suppress(OSError):
                client.settimeout(20)
                client.sendall(_packet(0, _GREETING))
                client.recv(65_536)
                client.sendall(_packet(2, _OK))
                while received := client.recv(65_536):
                    heard.extend(received)
                    if at in received:
                        client.sendall(_packet(1, b"\xfb" + str(file).encode()))
                        sent = b""
                        while not sent.endswith(b"\0\0\0\x03") and (more := client.recv(65_536)):
                            sent += more
                        heard.extend(sent)
                        client.sendall(_packet(4, _OK_NEXT))
                    else:
                        client.sendall(_packet(1, _OK_NEXT))

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1], heard
        thread.join(30)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret.csv"
    file.write_text("s3cret-content\n")
    return file


def test_S48_a_server_that_names_a_file_gets_the_data_of_the_statement(
    mysql: Place, secret: Path
) -> None:
    with asking_when_loaded(secret, at=b"LOAD DATA") as (port, heard):
        connection = opened(mysql, port)
        assert connection.load("LOAD DATA LOCAL INFILE 'x' INTO TABLE t", [b"our rows\n"]) == (
            0,
            0,
        )
        connection.close()
    assert b"our rows" in heard
    assert b"s3cret-content" not in heard


def test_S48_a_server_that_asks_out_of_turn_gets_nothing_and_loses_its_client(
    mysql: Place, secret: Path
) -> None:
    with asking_when_loaded(secret, at=b"SELECT 1") as (port, heard):
        connection = opened(mysql, port)
        with pytest.raises(pymysql.OperationalError, match="asked for a file"):
            connection.cursor().execute("SELECT 1")
        assert not connection.open
    assert b"s3cret-content" not in heard


def test_S48_also_while_the_connection_is_made(mysql: Place, secret: Path) -> None:
    with asking_for(secret) as (port, heard), pytest.raises(SourceError):
        opened(mysql, port)
    assert b"s3cret-content" not in heard


def test_a_stream_that_breaks_off_loads_nothing(mysql: Place) -> None:
    def broken() -> Iterator[bytes]:
        yield b"Graz\n"
        raise KeyError("broken")

    connection = opened(mysql, mysql.port)
    with pytest.raises(KeyError, match="broken"):
        connection.load("LOAD DATA LOCAL INFILE 'x' INTO TABLE cities", broken())
    assert not connection.open
    other = opened(mysql, mysql.port)
    with other.cursor() as cursor:
        cursor.execute("SELECT city FROM cities")
        assert cursor.fetchall() == (("Wien",),)
    other.close()


def test_data_longer_than_a_packet_arrives_whole(mysql: Place) -> None:
    connection = opened(mysql, mysql.port)
    rows = 3 * MOST_BYTES // len(b"Graz\n") + 1
    statement = "LOAD DATA LOCAL INFILE 'x' INTO TABLE cities"
    assert connection.load(statement, [b"Graz\n" * rows]) == (rows, 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT city) FROM cities")
        assert cursor.fetchall() == ((rows + 1, 2),)
    connection.close()
