"""The connection of one load, its settings, and a limit to each statement's time."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pymysql

from dataviz_pipelines.core.ingestion.errors import LoadRaceError
from dataviz_pipelines.core.network import NetworkGuard
from dataviz_pipelines.core.sources.connecting import Source
from dataviz_pipelines.core.sources.connections import MySQLConnection
from dataviz_pipelines.core.sources.cutting import cut_off
from dataviz_pipelines.core.sources.engines.base import GRACE_S
from dataviz_pipelines.core.sources.engines.mysql import MySQL
from dataviz_pipelines.core.sources.engines.mysql_streams import StreamingConnection
from dataviz_pipelines.core.sources.errors import Reason, SourceError

LOCK_PATIENCE_S = 10
SQL_MODE = "STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Session:
    """`timeout_s` is what each statement may take. In statements a `%` is written twice."""

    driver: StreamingConnection
    timeout_s: float
    is_mariadb: bool

    def execute(self, statement: str, values: Sequence[Any] = ()) -> int:
        """The rows that it changed."""
        with self._bounded(), self.driver.cursor() as cursor:
            return int(cursor.execute(statement, tuple(values)))

    def rows(self, statement: str, values: Sequence[Any] = ()) -> Rows:
        with self._bounded(), self.driver.cursor() as cursor:
            cursor.execute(statement, tuple(values))
            return list(cursor.fetchall())

    def insert(self, statement: str, rows: Sequence[Sequence[Any]]) -> int:
        """Many rows with few statements."""
        with self._bounded(), self.driver.cursor() as cursor:
            return int(cursor.executemany(statement, rows) or 0)

    def load(self, statement: str, stream: Iterable[bytes]) -> int:
        """LOAD DATA LOCAL would pass over rows that the table does not take; here that is an error like any other."""
        with self._bounded():
            added, warnings = self.driver.load(statement % (), stream)
            if warnings:
                _, code, message = self.rows("SHOW WARNINGS LIMIT 1")[0]
                raise pymysql.DataError(code, message)
        return added

    def begin(self) -> None:
        self.execute("START TRANSACTION")

    def commit(self) -> None:
        with self._bounded():
            self.driver.commit()

    def rollback(self) -> None:
        with self._bounded():
            self.driver.rollback()

    def lock(self, name: str) -> None:
        """Held until the session ends. Raises LoadRaceError when somebody else holds it for too long."""
        key = f"dataviz {hashlib.sha256(name.encode()).hexdigest()[:40]}"
        if self.rows("SELECT GET_LOCK(%s, %s)", [key, self.timeout_s]) != [(1,)]:
            raise LoadRaceError(f"Another load into {name} goes on.", remedy="Try again.")

    @contextmanager
    def _bounded(self) -> Iterator[None]:
        number = self.driver._sock.fileno() if self.driver._sock else -1  # type: ignore[attr-defined]  # it has no public name
        if number < 0:
            raise pymysql.InterfaceError(0, "The connection is closed.")
        with cut_off(number, after_s=self.timeout_s + GRACE_S) as passed:
            try:
                yield
            except (pymysql.Error, OSError) as error:
                if passed.is_set():
                    raise SourceError(Reason.TIMEOUT) from error
                raise


@contextmanager
def open_session(source: Source, guard: NetworkGuard) -> Iterator[Session]:
    """What is not committed when it ends is rolled back by the server, and locks go with it."""
    asked = source.connection
    assert isinstance(asked, MySQLConnection)  # noqa: S101  # the registry has compared
    engine = MySQL(asked, guard)
    driver = engine.connect_to_write()
    is_mariadb = engine.version(driver).startswith("MariaDB")
    session = Session(driver, asked.limits.statement_timeout_s, is_mariadb)
    try:
        _set_up(session)
        yield session
    finally:
        if driver.open:
            driver.close()


def _set_up(session: Session) -> None:
    """Nothing is cut, rounded or zeroed in silence, and what a server is set to makes no difference."""
    settings = [
        f"sql_mode = '{SQL_MODE}'",
        "time_zone = '+00:00'",
        f"innodb_lock_wait_timeout = {LOCK_PATIENCE_S}",
        f"lock_wait_timeout = {LOCK_PATIENCE_S}",
        "foreign_key_checks = 1",
        "unique_checks = 1",
        "sql_safe_updates = 0",
    ]
    if session.is_mariadb:
        settings += ["max_statement_time = 0", "join_cache_level = 4"]  # joins by hash
    session.execute(f"SET SESSION {', '.join(settings)}")
    session.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
