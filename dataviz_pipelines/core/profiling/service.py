"""Profiles tables: one bounded query each, run as any other query of whoever asks for it (F65, F67, F69)."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.clock import utc_now
from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.profiling import store
from dataviz_pipelines.core.profiling.errors import (
    NoColumnsError,
    TableNotFoundError,
    TableUnreadableError,
)
from dataviz_pipelines.core.profiling.recognising import personal_reason
from dataviz_pipelines.core.profiling.sampling import UNREAD, Column, Table, sample, share_of
from dataviz_pipelines.core.profiling.statistics import as_texts, estimate_distinct, summarize
from dataviz_pipelines.core.queries import results
from dataviz_pipelines.core.queries.errors import (
    BudgetExceededError,
    QueryCancelledError,
    QueryFailedError,
    QueryRefusedError,
    QueryTimedOutError,
    TooExpensiveError,
)
from dataviz_pipelines.core.queries.service import Asked, Platform, Question, run_query
from dataviz_pipelines.core.security.caller import Caller

ROWS: Final = 10_000
MOST_ROWS: Final = 1_000_000
TIMEOUT_S: Final = 30.0
_OF_ONE_TABLE: Final = (
    NoColumnsError,
    TableNotFoundError,
    TableUnreadableError,
    BudgetExceededError,
    QueryCancelledError,
    QueryRefusedError,
    QueryTimedOutError,
    TooExpensiveError,
)
"""What keeps a table from being profiled and says nothing of the next one. A server that is away is away for all."""


@dataclass(frozen=True)
class TableProfile:
    """`columns` are those that were ever profiled, in their order."""

    table: Table
    columns: list[store.Profile]

    def document(self) -> dict[str, Any]:
        return {
            "table_id": self.table.id,
            "schema_name": self.table.schema_name,
            "table_name": self.table.table_name,
            "columns": [each.document() for each in self.columns],
        }


@dataclass(frozen=True)
class Failure:
    """A table that could not be profiled. What was known of it stays."""

    table_id: UUID
    place: str
    error: DatavizError


@dataclass(frozen=True)
class _Sample:
    """`is_exact`: these are all rows."""

    read: results.Table
    is_exact: bool
    at: datetime


def profile_table(
    platform: Platform,
    caller: Caller | None,
    table_id: UUID,
    *,
    rows: int = ROWS,
    execution_id: UUID | None = None,
) -> TableProfile:
    """`caller` None: the platform itself. Raises TableNotFoundError, NoColumnsError,
    TableUnreadableError, or as `run_query` does. That it was tried is on record even if the process dies of it."""
    with platform.database.begin() as connection:
        table = _table(connection, caller, table_id)
        columns = store.columns_of(connection, table_id)
        store.note_try(connection, table_id, utc_now())
    if not columns:
        raise NoColumnsError(table.place)
    try:
        found = _sampled(platform, caller, table, columns, rows, execution_id)
    except QueryFailedError as error:
        raise TableUnreadableError(table.place, error.message) from error
    kept = [_profile(table, column, found, place=place) for place, column in enumerate(columns)]
    with platform.database.begin() as connection:
        store.keep(connection, kept, user_id=None if caller is None else caller.user_id)
        return TableProfile(table, store.profiles_of(connection, table_id))


def known_profile(connection: Connection, caller: Caller, table_id: UUID) -> TableProfile:
    """Raises TableNotFoundError."""
    table = _table(connection, caller, table_id)
    return TableProfile(table, store.profiles_of(connection, table_id))


def profile_tables(
    platform: Platform, source_id: UUID, *, only: Sequence[str] = (), rows: int = ROWS
) -> Iterator[TableProfile | Failure]:
    """As the platform itself, one table after the other: those of `only`, each SCHEMA.TABLE, or all of the data source.
    Raises TableNotFoundError before any is read, and what is wrong with the data source itself."""
    with platform.database.connect() as connection:
        known = {
            f"{schema}.{name}": table_id
            for table_id, schema, name in store.tables_of(connection, source_id)
        }
    for place in only:
        if place not in known:
            raise TableNotFoundError(place)
    yield from profile_each(
        platform, None, [(known[place], place) for place in only or known], rows
    )


def profile_each(
    platform: Platform, caller: Caller | None, tables: Iterable[tuple[UUID, str]], rows: int
) -> Iterator[TableProfile | Failure]:
    """Of ids and places, each on its own. Raises what is wrong with the data source itself."""
    for table_id, place in tables:
        try:
            yield profile_table(platform, caller, table_id, rows=rows)
        except _OF_ONE_TABLE as error:
            yield Failure(table_id, place, error)


def _table(connection: Connection, caller: Caller | None, table_id: UUID) -> Table:
    table = store.find_table(connection, caller, table_id)
    if table is None:
        raise TableNotFoundError(table_id)
    return table


def _sampled(
    platform: Platform,
    caller: Caller | None,
    table: Table,
    columns: Sequence[Column],
    rows: int,
    execution_id: UUID | None,
) -> _Sample:
    """From its beginning where blocks cannot be chosen by chance: all of them can be empty, in a table that has shrunk, and
    servers refuse to choose any of a view that took a table's place."""
    write = partial(sample, table, columns, rows=rows)
    ask = partial(_asked, platform, caller, table.source_id, rows=rows)
    share = share_of(table, rows)
    if share is not None:
        with suppress(QueryFailedError):
            found = ask(write(share=share), execution_id=execution_id)
            if found.rows:
                return _Sample(found, is_exact=False, at=utc_now())
        execution_id = None
    found = ask(write(share=None), execution_id=execution_id)
    return _Sample(found, is_exact=not found.truncated, at=utc_now())


def _asked(
    platform: Platform,
    caller: Caller | None,
    source_id: UUID,
    text: str,
    *,
    rows: int,
    execution_id: UUID | None,
) -> results.Table:
    """The rows are kept nowhere: what is personal in them is not known yet."""
    asked = Asked(
        timeout_s=TIMEOUT_S,
        max_rows=rows,
        use_cache=False,
        execution_id=execution_id,
        is_kept=False,
    )
    return run_query(platform, caller, Question(source_id, text), asked).table


def _profile(table: Table, column: Column, found: _Sample, *, place: int) -> store.Kept:
    """The type is the one that the values came with: the column may have another since it was discovered."""
    kind = column.type if column.type in UNREAD else found.read.columns[place].type
    texts = as_texts([row[place] for row in found.read.rows], kind)
    reason = personal_reason(column.name, kind, texts.drop_nulls().unique().to_list())
    known, sampled = summarize(texts, kind), len(texts)
    rows = sampled if found.is_exact else table.row_count
    is_shown = reason is None
    return store.Kept(
        column_id=column.id,
        sampled_rows=sampled,
        is_exact=found.is_exact,
        null_count=known.null_count,
        sampled_distinct=known.distinct,
        distinct_estimate=estimate_distinct(known, sampled=sampled, rows=rows),
        min_value=known.min_value if is_shown else None,
        max_value=known.max_value if is_shown else None,
        quantiles=known.quantiles if is_shown else None,
        top_values=_documents(known.top_values) if is_shown else None,
        looks_personal=not is_shown,
        personal_reason=reason,
        profiled_at=found.at,
    )


def _documents(values: tuple[tuple[str, int], ...] | None) -> list[dict[str, Any]] | None:
    if values is None:
        return None
    return [{"value": value, "count": count} for value, count in values]
