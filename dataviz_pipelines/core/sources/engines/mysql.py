"""MySQL and MariaDB. This module alone knows PyMySQL for data sources."""

import re
import socket
import ssl
import struct
from dataclasses import dataclass
from typing import Any, Final, NoReturn, TypeAlias, TypeVar

import pymysql
from pymysql.constants import CR, ER

from dataviz_pipelines.core.network import NetworkGuard, Reached
from dataviz_pipelines.core.sources.connections import MySQLConnection
from dataviz_pipelines.core.sources.cutting import cut_off
from dataviz_pipelines.core.sources.engines.base import APPLICATION
from dataviz_pipelines.core.sources.engines.mysql_streams import StreamingConnection
from dataviz_pipelines.core.sources.errors import Reason, SourceError

Connection: TypeAlias = "pymysql.Connection[pymysql.cursors.Cursor]"
Opened = TypeVar("Opened", bound="pymysql.Connection[Any]")

_NONSENSE: Final = (RuntimeError, LookupError, ValueError, AssertionError, TypeError, struct.error)
"""What PyMySQL raises when a server does not speak MySQL, or asks for a file of ours."""
_MARIADB_VERSION: Final = re.compile(r"([0-9.]+)-MariaDB")
_OTHER_LEXERS: Final = frozenset(
    {"NO_BACKSLASH_ESCAPES", "ANSI_QUOTES", "ANSI", "DB2", "MAXDB", "MSSQL", "ORACLE", "POSTGRESQL"}
)
"""Modes in which quotes mean something else than what was checked."""
_POWERFUL: Final = re.compile(r"GRANT .*\b(ALL PRIVILEGES|SUPER|FILE)\b.* ON \*\.\*", re.IGNORECASE)
_POWERS_SAID: Final = (
    "The user of the data source may do everything on the server, or reach its files: read-only transactions do not keep "
    "it from that. Use a user that may only SELECT."
)
_MARIADB_STATEMENT_TIMEOUT: Final = 1_969
_MYSQL_STATEMENT_TIMEOUT: Final = 3_024
_SECURE_TRANSPORT_REQUIRED: Final = 3_159
_CODES: Final = {
    ER.ACCESS_DENIED_ERROR: Reason.PERMISSION,
    CR.CR_AUTH_PLUGIN_CANNOT_LOAD: Reason.PASSWORD,
    ER.BAD_DB_ERROR: Reason.DATABASE_MISSING,
    ER.DBACCESS_DENIED_ERROR: Reason.PERMISSION,
    ER.HOST_NOT_PRIVILEGED: Reason.PERMISSION,
    ER.TABLEACCESS_DENIED_ERROR: Reason.PERMISSION,
    ER.COLUMNACCESS_DENIED_ERROR: Reason.PERMISSION,
    ER.SPECIFIC_ACCESS_DENIED_ERROR: Reason.PERMISSION,
    ER.PROCACCESS_DENIED_ERROR: Reason.PERMISSION,
    ER.HOST_IS_BLOCKED: Reason.PERMISSION,
    ER.CON_COUNT_ERROR: Reason.BUSY,
    ER.TOO_MANY_USER_CONNECTIONS: Reason.BUSY,
    ER.USER_LIMIT_REACHED: Reason.BUSY,
    CR.CR_SSL_CONNECTION_ERROR: Reason.TLS,
    _SECURE_TRANSPORT_REQUIRED: Reason.TLS,
    _MARIADB_STATEMENT_TIMEOUT: Reason.TIMEOUT,
    _MYSQL_STATEMENT_TIMEOUT: Reason.TIMEOUT,
    ER.QUERY_INTERRUPTED: Reason.TIMEOUT,
    ER.LOCK_WAIT_TIMEOUT: Reason.TIMEOUT,
    CR.CR_SERVER_GONE_ERROR: Reason.REFUSED,
    CR.CR_SERVER_LOST: Reason.REFUSED,
}
_WITH_DETAIL: Final = frozenset({Reason.PERMISSION, Reason.QUERY})
_FIRST_OF_SERVER: Final = 1_000
_FIRST_OF_CLIENT: Final = 2_000
_LAST_OF_CLIENT: Final = 2_999


class _PlainPassword:
    """What the server is answered that wants the password itself over a connection that everybody can read."""

    def __init__(self, _: Any) -> None:
        """PyMySQL hands over the connection."""

    def authenticate(self, _: Any) -> NoReturn:
        raise pymysql.OperationalError(CR.CR_SSL_CONNECTION_ERROR, "TLS is needed for this log-in")


@dataclass(frozen=True)
class MySQL:
    connection: MySQLConnection
    guard: NetworkGuard
    errors: tuple[type[Exception], ...] = (pymysql.Error, OSError, *_NONSENSE)

    def connect(self) -> Connection:
        """Loading local files is off, whatever the server asks for."""
        return self._opened(pymysql.Connection, local_infile=False)

    def connect_to_write(self) -> StreamingConnection:
        """For loading, and nothing else: LOAD DATA LOCAL is on, and sends what the platform gives it."""
        return self._opened(StreamingConnection, local_infile=True)

    def _opened(self, kind: type[Opened], *, local_infile: bool) -> Opened:
        asked = self.connection
        reached = self.guard.check(asked.host, asked.port)
        is_plain = asked.tls_mode == "disable"
        driver = kind(
            host=reached.host.rstrip("."),
            port=reached.port,
            user=asked.user,
            password=asked.password.get_secret_value() if asked.password else "",
            database=asked.database,
            charset="utf8mb4",
            local_infile=local_infile,
            autocommit=False,
            ssl=None if is_plain else _context(asked),
            ssl_disabled=is_plain,
            auth_plugin_map=dict.fromkeys(
                ("mysql_clear_password", "dialog") if is_plain else (), _PlainPassword
            ),
            program_name=APPLICATION,
            defer_connect=True,
        )
        try:
            return self._connected(driver, reached)
        except self.errors as error:
            if error.args[:1] == (ER.ACCESS_DENIED_ERROR,):
                raise SourceError(Reason.PASSWORD) from error
            raise self.explain(error) from error

    def begin(self, driver: Connection, *, timeout_s: float) -> None:
        driver.rollback()
        is_mariadb = "MariaDB" in _server_info(driver)
        limit = (
            f"max_statement_time = {timeout_s:.3f}"
            if is_mariadb
            else f"max_execution_time = {max(1, int(timeout_s * 1_000))}"
        )
        waiting = max(1, int(timeout_s))
        with driver.cursor() as cursor:
            cursor.execute(
                f"SET SESSION {limit}, lock_wait_timeout = {waiting}, time_zone = '+00:00'"
            )
            cursor.execute("SET SESSION TRANSACTION READ ONLY")
            cursor.execute("START TRANSACTION READ ONLY")

    def run_one(self, driver: Connection, query: str) -> None:
        """PyMySQL sends one statement at a time."""
        agree_on_quotes(driver)
        with driver.cursor() as cursor:
            cursor.execute("SET SESSION sql_select_limit = 1")
            cursor.execute(query)

    def file_number(self, driver: Connection) -> int:
        number: int = driver._sock.fileno()  # type: ignore[attr-defined]  # it has no public name
        return number

    def is_broken(self, driver: Connection) -> bool:
        return not driver.open

    def version(self, driver: Connection) -> str:
        said = _server_info(driver)
        mariadb = _MARIADB_VERSION.search(said)
        return f"MariaDB {mariadb[1]}" if mariadb else f"MySQL {said[:50]}"

    def cancel(self, driver: Connection) -> None:
        other = self.connect()
        try:
            with other.cursor() as cursor:
                cursor.execute(f"KILL QUERY {int(driver.thread_id())}")  # type: ignore[no-untyped-call]  # untyped in its stubs
        except self.errors as error:
            raise self.explain(error) from error
        finally:
            other.close()

    def powers(self, driver: Connection) -> list[str]:
        with driver.cursor() as cursor:
            cursor.execute("SHOW GRANTS")
            grants = [str(grant) for (grant,) in cursor.fetchall()]
        is_strong = any(_POWERFUL.match(grant) for grant in grants)
        return [_POWERS_SAID] if is_strong else []

    def explain(self, error: BaseException) -> SourceError:
        cause = getattr(error, "original_exception", None) or error
        if isinstance(cause, OSError):
            return SourceError(_of_socket(cause))
        if not isinstance(error, pymysql.Error):
            return SourceError(Reason.FAILED)
        code, sentence = (*error.args, None, None)[:2]
        reason = _CODES.get(code) or _of_unknown(code)
        return SourceError(reason, str(sentence) if reason in _WITH_DETAIL else None)

    def _connected(self, driver: Opened, reached: Reached) -> Opened:
        patience_s = self.connection.limits.connect_timeout_s
        opened = _open(reached, timeout_s=patience_s)
        with cut_off(opened.fileno(), after_s=patience_s) as passed:
            try:
                driver.connect(opened)
            except self.errors as error:
                opened.close()
                if passed.is_set():
                    raise TimeoutError from error
                raise
        return driver


def agree_on_quotes(driver: Any) -> None:
    """For the rest of the session."""
    with driver.cursor() as cursor:
        cursor.execute("SELECT @@SESSION.sql_mode")
        modes = cursor.fetchone()[0].split(",")
        kept = [mode for mode in modes if mode not in _OTHER_LEXERS]
        if kept != modes:
            cursor.execute("SET SESSION sql_mode = %s", [",".join(kept)])


def _server_info(driver: Connection) -> str:
    return str(driver.get_server_info())  # type: ignore[no-untyped-call]  # untyped in its stubs


def _open(reached: Reached, *, timeout_s: float) -> socket.socket:
    """The first address that answers."""
    *others, last = reached.addresses
    for address in others:
        try:
            return socket.create_connection((address, reached.port), timeout_s / 2)
        except OSError:
            continue
    return socket.create_connection((last, reached.port), timeout_s)


def _context(asked: MySQLConnection) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=asked.ca_certificate)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # MySQL's own certificates lack extensions
    context.check_hostname = asked.tls_mode == "verify-full"
    if asked.tls_mode == "require":
        context.verify_mode = ssl.CERT_NONE
    return context


def _of_socket(error: OSError) -> Reason:
    if isinstance(error, ssl.SSLError):
        return Reason.TLS
    return Reason.TIMEOUT if isinstance(error, TimeoutError) else Reason.REFUSED


def _of_unknown(code: object) -> Reason:
    """Errors of servers have numbers of their own; those of the client say that the server did something odd."""
    is_servers = isinstance(code, int) and code >= _FIRST_OF_SERVER
    is_clients = isinstance(code, int) and _FIRST_OF_CLIENT <= code <= _LAST_OF_CLIENT
    return Reason.QUERY if is_servers and not is_clients else Reason.FAILED
