"""LOAD DATA LOCAL without files: what is sent is what the caller has in memory, whatever file the server asks for.

PyMySQL would open the file that the *server* names. A server that is not what it seems could read any file of the
platform's machine that way, so here the name is never looked at, and a request out of turn ends the connection.
"""

from typing import Any

import pymysql
from pymysql.connections import MySQLResult
from pymysql.constants import CR

MOST_BYTES = 256 * 1024  # of a packet: a quarter of what servers take at the least


class StreamingConnection(pymysql.Connection[pymysql.cursors.Cursor]):
    """A connection that can also `load`."""

    _data: bytes | None = None

    def load(self, statement: str, data: bytes) -> tuple[int, int]:
        """Runs a LOAD DATA LOCAL statement on the data; returns how many rows it added, and its count of warnings."""
        self._data = data
        try:
            rows = self.query(statement)
        finally:
            self._data = None
        return rows, self._result.warning_count

    def _read_query_result(self, unbuffered: bool = False) -> int:
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
    def _read_load_local_packet(self, first_packet: Any) -> None:  # noqa: ARG002  # it holds the file's name
        connection = self.connection
        data, connection._data = connection._data, None
        if data is None:
            connection._force_close()
            raise pymysql.OperationalError(CR.CR_MALFORMED_PACKET, "It asked for a file.")
        for start in range(0, len(data), MOST_BYTES):
            connection.write_packet(data[start : start + MOST_BYTES])
        connection.write_packet(b"")
        self._read_ok_packet(connection._read_packet())
