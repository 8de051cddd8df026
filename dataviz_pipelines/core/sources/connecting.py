"""Connections to data sources for whoever reads them: a pool for each source, read-only sessions, bounded statements.

A process has one `Pools`. Each connection is made to an address that the guard has checked at that moment; when the way in
which a source is connected changes, its old connections are closed as soon as nobody uses them.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from dataviz_pipelines.core.network import NetworkGuard
from dataviz_pipelines.core.sources.connections import AnyConnection, BigQueryConnection
from dataviz_pipelines.core.sources.engines.base import SqlEngine, bounded
from dataviz_pipelines.core.sources.engines.registry import bigquery_engine, sql_engine
from dataviz_pipelines.core.sources.errors import Reason, SourceError

if TYPE_CHECKING:
    from google.cloud import bigquery

LONGEST_IDLE_S: Final = 300
WAIT_S: Final = 10.0
MAX_POOLS: Final = 64

Values = Mapping[str, Any] | Sequence[Any] | None


@dataclass(frozen=True)
class Source:
    """A data source as it is to be reached right now: read it anew for each use."""

    id: UUID
    name: str
    connection: AnyConnection


@dataclass(frozen=True)
class Session:
    """A read-only transaction. `driver` is the connection of PEP 249 itself, for what `execute` does not do."""

    driver: Any
    engine: SqlEngine
    timeout_s: float

    def execute(self, text: str, values: Values = None) -> Any:
        """The cursor, after the statement. Raises SourceError, also when nothing comes within the time."""
        with bounded(self.engine, self.driver, timeout_s=self.timeout_s):
            cursor = self.driver.cursor()
            cursor.execute(text, values)
            return cursor


class _Pool:
    """The connections of a source while it is connected in one way."""

    def __init__(self, connection: AnyConnection, guard: NetworkGuard) -> None:
        assert not isinstance(connection, BigQueryConnection)  # noqa: S101  # that has no connections to keep
        self.connection = connection
        self.engine = sql_engine(connection, guard)
        self._closed = False
        self._queue = QueuePool(
            self.engine.connect,  # type: ignore[arg-type]  # of any driver
            pool_size=connection.limits.max_connections,
            max_overflow=0,
            timeout=WAIT_S,
            recycle=LONGEST_IDLE_S,
        )

    @contextmanager
    def lend(self, *, timeout_s: float) -> Iterator[Session]:
        kept = self._taken(timeout_s)
        session = Session(kept.dbapi_connection, self.engine, timeout_s)
        try:
            yield session
        finally:
            self._give_back(kept)

    def close(self) -> None:
        """Those that are lent are closed when they come back."""
        self._closed = True
        self._queue.dispose()

    def _taken(self, timeout_s: float) -> PoolProxiedConnection:
        """One that works: those that died while they lay idle are thrown away, and the one after them is new."""
        dead = 0
        while True:
            kept = self._connect()
            try:
                self._begin(kept, timeout_s)
            except SourceError:
                is_dead = self.engine.is_broken(kept.dbapi_connection)
                self._give_back(kept)
                if not is_dead or dead == self.connection.limits.max_connections:
                    raise
                dead += 1
            else:
                return kept

    def _connect(self) -> PoolProxiedConnection:
        try:
            return self._queue.connect()
        except PoolTimeoutError as error:
            raise SourceError(Reason.BUSY) from error

    def _begin(self, kept: PoolProxiedConnection, timeout_s: float) -> None:
        driver = kept.dbapi_connection
        assert driver is not None  # noqa: S101  # just taken out
        with bounded(self.engine, driver, timeout_s=timeout_s):
            self.engine.begin(driver, timeout_s=timeout_s)

    def _give_back(self, kept: PoolProxiedConnection) -> None:
        """Rolled back by the pool, unless there is nothing left to roll back."""
        if self._closed or self.engine.is_broken(kept.dbapi_connection):
            kept.invalidate()
        kept.close()


class Pools:
    """For all sources, by all threads of a process."""

    def __init__(self, guard: NetworkGuard) -> None:
        self._guard = guard
        self._pools: dict[UUID, _Pool] = {}
        self._lock = threading.Lock()

    @contextmanager
    def session(self, source: Source, *, timeout_s: float | None = None) -> Iterator[Session]:
        """A read-only transaction on PostgreSQL or MySQL; it is never committed. `timeout_s` is for each statement, at most
        what the source allows. Raises SourceError, BlockedAddressError or NameNotResolvedError."""
        longest = source.connection.limits.statement_timeout_s
        limit = longest if timeout_s is None else min(timeout_s, longest)
        with self._pool(source).lend(timeout_s=limit) as session:
            yield session

    @contextmanager
    def bigquery(self, source: Source) -> Iterator["bigquery.Client"]:
        """A client of its own, closed afterwards; there is no connection worth keeping."""
        assert isinstance(source.connection, BigQueryConnection)  # noqa: S101
        engine = bigquery_engine(source.connection, self._guard)
        client = engine.client()
        try:
            yield client
        except engine.errors as error:
            raise engine.explain(error) from error
        finally:
            client.close()  # type: ignore[no-untyped-call]  # untyped in google-cloud-bigquery

    def forget(self, source_id: UUID) -> None:
        with self._lock:
            pool = self._pools.pop(source_id, None)
        if pool is not None:
            pool.close()

    def close(self) -> None:
        for source_id in list(self._pools):
            self.forget(source_id)

    def _pool(self, source: Source) -> _Pool:
        """The one that was used last is the last to go."""
        outdated: list[_Pool] = []
        with self._lock:
            pool = self._pools.pop(source.id, None)
            if pool is not None and pool.connection != source.connection:
                outdated.append(pool)
                pool = None
            self._pools[source.id] = pool = pool or _Pool(source.connection, self._guard)
            while len(self._pools) > MAX_POOLS:
                outdated.append(self._pools.pop(next(iter(self._pools))))
        for each in outdated:
            each.close()
        return pool
