"""LOAD DATA LOCAL without files: what is sent is a stream of the caller's, whatever file the server asks for.

PyMySQL would open the file that the *server* names. A server that is not what it seems could read any file of the
platform's machine that way, so here the name is never looked at, and a request out of turn ends the connection.
"""

from collections.abc import Iterable
from typing import Any

import pymysql
from pymysql.connections import MySQLResult
from pymysql.constants import CR

MOST_BYTES = 256 * 1024  # of a packet: a quarter of what servers take at the least


class StreamingConnection(pymysql.Connection):
    """A connection that can also `load`."""

    _stream: Iterable[bytes] | None = None

    def load(self, statement: str, stream: Iterable[bytes]) -> tuple[int, int]:
        """Runs a LOAD DATA LOCAL statement on the stream, whose next part is made while the server takes in the last;
        returns how many rows it added, and its count of warnings."""
        self._stream = stream
        try:
            rows = self.query(statement)
        finally:
            self._stream = None
        return rows, self._result.warning_count  # type: ignore[union-attr]  # there is one after a query

    def _read_query_result(self, unbuffered: bool = False) -> int:
        """As PyMySQL's, with a result of our own."""
        self._result = None
        result = _Result(self)
        if unbuffered:
            result.init_unbuffered_query()
        else:
            result.read()
        self._result = result
        if result.server_status is not None:
            self.server_status = result.server_status
        return int(result.affected_rows or 0)


class _Result(MySQLResult):
    connection: Any

    def _read_load_local_packet(self, first_packet: Any) -> None:  # noqa: ARG002  # it names a file
        connection = self.connection
        stream, connection._stream = connection._stream, None
        if stream is None:
            connection._force_close()
            raise pymysql.OperationalError(CR.CR_MALFORMED_PACKET, "It asked for a file.")
        try:
            for part in stream:
                for start in range(0, len(part), MOST_BYTES):
                    connection.write_packet(part[start : start + MOST_BYTES])
        except BaseException:
            connection._force_close()  # half a stream must not pass for a whole one
            raise
        connection.write_packet(b"")
        self._read_ok_packet(connection._read_packet())  # type: ignore[attr-defined]  # not in its stubs
