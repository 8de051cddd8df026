"""Tries a connection out: does it answer, and if not, why?"""

import time
from dataclasses import dataclass
from typing import Final

from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.network import NetworkGuard
from dataviz_pipelines.core.sources.connections import AnyConnection, BigQueryConnection
from dataviz_pipelines.core.sources.engines.base import SqlEngine, bounded
from dataviz_pipelines.core.sources.engines.registry import bigquery_engine, sql_engine
from dataviz_pipelines.core.sources.errors import Reason, reason_of

QUERY: Final = "SELECT 1"
STATEMENT_TIMEOUT_S: Final = 5.0
CONNECT_TIMEOUT_S: Final = 5
LONGEST_S: Final = 20.0
"""After that a person is told so, whatever the server, the name service or the network still do."""


@dataclass(frozen=True)
class Trial:
    """`server_version` is there when it answered; otherwise `reason`, `message` and `remedy` say why it did not. `warnings`
    say what its role may do that nobody who only reads needs."""

    elapsed_ms: int
    server_version: str | None = None
    reason: Reason | None = None
    message: str | None = None
    remedy: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def is_ok(self) -> bool:
        return self.reason is None

    @property
    def said(self) -> str | None:
        """Why it failed, in words to keep."""
        return None if self.reason is None else f"{self.message} {self.remedy or ''}".strip()


def try_out(connection: AnyConnection, guard: NetworkGuard, *, query: str | None = None) -> Trial:
    """With a connection of its own, and a short one: nobody waits long for a test."""
    started = time.monotonic()
    try:
        version, *warnings = _answered(_hurried(connection), guard, query or QUERY)
    except DatavizError as error:
        return failed(error, started)
    return Trial(_elapsed_ms(started), server_version=version, warnings=tuple(warnings))


def failed(error: DatavizError, started: float) -> Trial:
    return Trial(
        _elapsed_ms(started),
        reason=reason_of(error),
        message=error.message,
        remedy=error.remedy,
    )


def _answered(connection: AnyConnection, guard: NetworkGuard, query: str) -> list[str]:
    """What the server calls itself, and warnings."""
    if isinstance(connection, BigQueryConnection):
        timeout_s = 2 * STATEMENT_TIMEOUT_S
        return [bigquery_engine(connection, guard).try_out(query, timeout_s=timeout_s)]
    return _answered_by(sql_engine(connection, guard), query)


def _answered_by(engine: SqlEngine, query: str) -> list[str]:
    driver = engine.connect()
    try:
        with bounded(engine, driver, timeout_s=STATEMENT_TIMEOUT_S):
            engine.begin(driver, timeout_s=STATEMENT_TIMEOUT_S)
            warnings = engine.powers(driver)
            engine.run_one(driver, query)
            return [engine.version(driver), *warnings]
    finally:
        driver.close()


def _hurried(connection: AnyConnection) -> AnyConnection:
    patience_s = min(CONNECT_TIMEOUT_S, connection.limits.connect_timeout_s)
    limits = connection.limits.model_copy(update={"connect_timeout_s": patience_s})
    return connection.model_copy(update={"limits": limits})


def _elapsed_ms(started: float) -> int:
    return int((time.monotonic() - started) * 1_000)
