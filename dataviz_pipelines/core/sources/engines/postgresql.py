"""PostgreSQL and what speaks like it. This module alone knows psycopg for data sources."""

import os
import re
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import errors

from dataviz_pipelines.core.network import NetworkGuard
from dataviz_pipelines.core.sources.connections import PostgreSQLConnection
from dataviz_pipelines.core.sources.engines.base import APPLICATION, CANCEL_S
from dataviz_pipelines.core.sources.errors import Reason, SourceError

Connection = psycopg.Connection[tuple[Any, ...]]

_STATES: Final = {
    errors.InvalidPassword: Reason.PASSWORD,
    errors.InvalidAuthorizationSpecification: Reason.PASSWORD,
    errors.InvalidCatalogName: Reason.DATABASE_MISSING,
    errors.InsufficientPrivilege: Reason.PERMISSION,
    errors.TooManyConnections: Reason.BUSY,
    errors.QueryCanceled: Reason.TIMEOUT,
    errors.ConnectionTimeout: Reason.TIMEOUT,
}
_SAID: Final = (
    (r"expected authentication request|invalid response|invalid message", Reason.FAILED),
    (r"pg_hba\.conf.*no encryption|SSL|certificate|TLS", Reason.TLS),
    (r"password|authentication|SCRAM|role .* does not exist", Reason.PASSWORD),
    (r"database .* does not exist", Reason.DATABASE_MISSING),
    (r"pg_hba\.conf|permission denied|not permitted", Reason.PERMISSION),
    (r"too many|remaining connection slots|starting up|shutting down", Reason.BUSY),
    (r"timeout|timed out", Reason.TIMEOUT),
    (r"refused|unreachable|No route", Reason.REFUSED),
)
"""While a connection is made libpq tells no error's code, only sentences."""

_POWERS: Final = """
SELECT rolsuper, NOT rolsuper AND EXISTS (
    SELECT FROM pg_roles AS strong
    WHERE strong.rolname IN ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')
      AND pg_has_role(own.oid, strong.oid, 'MEMBER')
)
FROM pg_roles AS own WHERE rolname = current_user
"""
_POWERS_SAID: Final = (
    "The data source is connected as a superuser: read-only transactions do not keep it from files and programs of the "
    "server. Use a role that may only SELECT.",
    "The role of the data source may reach files or programs of the server. Use one that may only SELECT.",
)


@dataclass(frozen=True)
class PostgreSQL:
    connection: PostgreSQLConnection
    guard: NetworkGuard
    errors: tuple[type[Exception], ...] = (psycopg.Error, OSError)

    def connect(self) -> Connection:
        asked = self.connection
        reached = self.guard.check(asked.host, asked.port)
        count = len(reached.addresses)
        try:
            with _authorities(asked) as file:
                return psycopg.connect(
                    hostaddr=",".join(reached.addresses),
                    host=",".join([reached.host.rstrip(".")] * count),
                    port=",".join([str(reached.port)] * count),
                    dbname=asked.database,
                    user=asked.user,
                    password=asked.password.get_secret_value() if asked.password else None,
                    passfile=os.devnull,
                    sslmode=asked.tls_mode,
                    sslrootcert=file,
                    sslcertmode="disable",
                    gssencmode="disable",
                    require_auth="!password" if asked.tls_mode == "disable" else None,
                    connect_timeout=max(2, asked.limits.connect_timeout_s // count),
                    application_name=APPLICATION,
                    client_encoding="utf8",
                    prepare_threshold=None,
                )
        except self.errors as error:
            raise self.explain(error) from error

    def begin(self, driver: Connection, *, timeout_s: float) -> None:
        driver.rollback()
        driver.read_only = True
        milliseconds = str(max(1, int(timeout_s * 1_000)))
        driver.execute(
            "SELECT set_config('statement_timeout', %(limit)s, true), set_config('lock_timeout', %(limit)s, true), "
            "set_config('timezone', 'UTC', true)",
            {"limit": milliseconds},
        )

    def run_one(self, driver: Connection, query: str) -> None:
        """As a stream, which takes one statement alone and does not wait for the rest of its rows."""
        driver.execute("SET LOCAL standard_conforming_strings = on")
        with driver.cursor() as cursor:
            for _ in cursor.stream(query.encode()):
                break

    def file_number(self, driver: Connection) -> int:
        return driver.fileno()

    def is_broken(self, driver: Connection) -> bool:
        return driver.broken or driver.closed

    def version(self, driver: Connection) -> str:
        return f"PostgreSQL {driver.info.parameter_status('server_version')}"

    def cancel(self, driver: Connection) -> None:
        try:
            driver.cancel_safe(timeout=CANCEL_S)
        except self.errors as error:
            raise self.explain(error) from error

    def powers(self, driver: Connection) -> list[str]:
        row = driver.execute(_POWERS).fetchone()
        return [said for has, said in zip(row or (), _POWERS_SAID, strict=False) if has]

    def explain(self, error: BaseException) -> SourceError:
        found = next((why for kind, why in _STATES.items() if isinstance(error, kind)), None)
        if isinstance(error, psycopg.Error) and error.sqlstate is not None:
            detail = error.diag.message_primary
            return SourceError(found or Reason.QUERY, None if found is Reason.TIMEOUT else detail)
        return SourceError(found or _from_sentence(str(error)))


def _from_sentence(text: str) -> Reason:
    for pattern, reason in _SAID:
        if re.search(pattern, text, re.IGNORECASE):
            return reason
    return Reason.FAILED


@contextmanager
def _authorities(asked: PostgreSQLConnection) -> Iterator[str | None]:
    """libpq reads them from a file, while it connects. The platform's own ones may not be where libpq was built to look."""
    if asked.ca_certificate is None:
        is_checked = asked.tls_mode == "verify-full"
        yield (ssl.get_default_verify_paths().cafile or "system") if is_checked else None
        return
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
        file.write(asked.ca_certificate)
        file.flush()
        yield file.name
