"""PostgreSQL: a handful of set-based queries over the catalogs, in one read-only transaction that sees one moment."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import errors, sql

from dataviz_pipelines.core.discovery.deadlines import deadline
from dataviz_pipelines.core.discovery.engines.base import Limits, Listing, UnreadableError
from dataviz_pipelines.core.discovery.engines.postgresql import definitions
from dataviz_pipelines.core.discovery.errors import SourceReadError
from dataviz_pipelines.core.discovery.snapshot import (
    UNKNOWN,
    Described,
    Listed,
    Statistics,
    TableName,
)
from dataviz_pipelines.core.models.documents.metadata import ProblemKind
from dataviz_pipelines.core.models.metadata import CountKind
from dataviz_pipelines.core.sql import blocks

_SQL: Final = blocks("dataviz_pipelines.core.discovery.engines.postgresql", "catalog.sql")
_COUNTABLE: Final = {"table", "materialized_view"}
Row = tuple[Any, ...]


class PostgreSQL:
    """The connection is used by nobody else meanwhile; what it had begun is rolled back."""

    def __init__(self, connection: "psycopg.Connection[Row]", limits: Limits | None = None) -> None:
        self._connection = connection
        self._limits = limits or Limits()

    @contextmanager
    def reading(self) -> Iterator[None]:
        limits = self._limits
        with deadline(limits.deadline_s, self._connection.fileno()):
            try:
                self._connection.rollback()
                with self._connection.transaction(force_rollback=True):
                    self._connection.execute(
                        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
                    )
                    self._set("search_path", "")
                    self._set("row_security", "off")
                    self._set("lock_timeout", str(limits.lock_timeout_ms))
                    self._set("statement_timeout", str(limits.statement_timeout_ms))
                    yield
            except psycopg.Error as error:
                raise _read_error(error) from error

    def tables(self) -> Listing:
        rows = self.rows("tables")
        return Listing([Listed(TableName(*name), key) for key, *name in rows])

    def describe(self, tables: Sequence[Listed]) -> list[Described]:
        try:
            with self._connection.transaction():
                return self._described(tables)
        except (errors.LockNotAvailable, errors.QueryCanceled) as error:
            raise UnreadableError(
                ProblemKind.LOCKED,
                "Another session holds a lock on it, or it took too long to be described.",
                "It is looked at again by the next run.",
            ) from error
        except errors.InsufficientPrivilege as error:
            raise UnreadableError(
                ProblemKind.DENIED, "The role may not read its definition."
            ) from error
        except psycopg.InternalError as error:
            raise UnreadableError(
                ProblemKind.VANISHED, "It was dropped or changed while it was read."
            ) from error
        except (psycopg.ProgrammingError, psycopg.DataError, psycopg.NotSupportedError) as error:
            raise UnreadableError(
                ProblemKind.UNREADABLE, "The server could not describe it."
            ) from error

    def hidden(self, missing: Collection[TableName]) -> dict[TableName, str | None]:  # noqa: ARG002  # part of the protocol
        """Catalogs hide nothing."""
        return {}

    def _described(self, tables: Sequence[Listed]) -> list[Described]:
        oids = [table.key for table in tables]
        found = definitions.definitions(
            definitions=self.rows("definitions", oids),
            columns=self.rows("columns", oids),
            keys=self.rows("keys", oids),
            indexes=self.rows("indexes", oids),
            view_texts=self.rows("view_texts", oids),
        )
        if len(found) < len(tables):
            raise UnreadableError(ProblemKind.VANISHED, "It was dropped while it was read.")
        statistics = self._statistics(oids)
        if self._limits.count_budget_ms:
            for table in tables:
                definition = found[table.key]
                if definition.table_type in _COUNTABLE and definition.access_remedy is None:
                    statistics[table.key] = self._counted(
                        table, statistics[table.key], with_children=definition.is_partitioned
                    )
        return [
            Described(table.name, found[table.key], statistics.get(table.key, UNKNOWN))
            for table in tables
        ]

    def _statistics(self, oids: Sequence[int]) -> dict[int, Statistics]:
        """Sizes are measured where no lock is in the way, and otherwise those that the last VACUUM or ANALYZE noted."""
        locked = {oid for (oid,) in self.rows("locked")}
        free = [oid for oid in oids if oid not in locked]
        try:
            with self._connection.transaction():
                measured = self.rows("statistics", free, is_measured=True)
        except (errors.LockNotAvailable, errors.QueryCanceled):
            measured, free = [], []
        others = list(set(oids) - set(free))
        noted = self.rows("statistics", others, is_measured=False) if others else []
        return {
            **{row[0]: _statistics(row, CountKind.EXACT) for row in measured},
            **{row[0]: _statistics(row, CountKind.ESTIMATE) for row in noted},
        }

    def _counted(self, table: Listed, known: Statistics, *, with_children: bool) -> Statistics:
        """An exact count where the budget suffices, and no policy hides rows from the role. Tables that inherit from others are
        counted on their own."""
        name = sql.Identifier(table.name.schema_name, table.name.table_name)
        text = "SELECT count(*) FROM {}" if with_children else "SELECT count(*) FROM ONLY {}"
        try:
            with self._connection.transaction():
                self._set("statement_timeout", str(self._limits.count_budget_ms))
                row = self._connection.execute(sql.SQL(text).format(name)).fetchone()
        except psycopg.Error:
            if self._connection.broken:
                raise
            return known
        return known._replace(
            row_count=row[0] if row else None, row_count_kind=CountKind.EXACT, counted_at=None
        )

    def _set(self, name: str, value: str) -> None:
        self._connection.execute("SELECT set_config(%s, %s, true)", (name, value))

    def rows(self, block: str, oids: Sequence[int] = (), **values: Any) -> list[Row]:
        return self._connection.execute(_SQL[block], {"oids": list(oids), **values}).fetchall()


def _statistics(row: Row, measured: CountKind) -> Statistics:
    _, rows, is_empty, size, counted_at = row
    rows_kind = CountKind.EXACT if is_empty else CountKind.ESTIMATE
    return Statistics(
        rows,
        CountKind.UNKNOWN if rows is None else rows_kind,
        size,
        CountKind.UNKNOWN if size is None else measured,
        counted_at,
    )


def _read_error(error: psycopg.Error) -> SourceReadError:
    if isinstance(error, errors.OperationalError) and error.sqlstate is None:
        return SourceReadError("The connection to the data source was lost.")
    return SourceReadError(
        f"The data source refused to be read (SQLSTATE {error.sqlstate}).",
        remedy="What was known of it stays.",
    )
