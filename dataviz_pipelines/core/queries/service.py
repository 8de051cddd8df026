"""Runs a query on a data source, on behalf of a person or, where there is none, of whoever operates the platform.

A job that works for a person asks `core.security.people.caller_of` for them, and then runs as they would: with what they may
see at that moment, on their budget, under their name in the log.
"""

import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Engine

from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.queries import caching, store
from dataviz_pipelines.core.queries.engines.base import Statement
from dataviz_pipelines.core.queries.engines.registry import engine_of
from dataviz_pipelines.core.queries.errors import (
    AskedNotFoundError,
    ExecutionOverError,
    QueryCancelledError,
    QueryTimedOutError,
)
from dataviz_pipelines.core.queries.limits import Bounds, bounds
from dataviz_pipelines.core.queries.parameters import Parameter
from dataviz_pipelines.core.queries.preparing import Checked, checked, tag
from dataviz_pipelines.core.queries.recording import Begun, Record, recorded
from dataviz_pipelines.core.queries.results import Result, Table, gather
from dataviz_pipelines.core.queries.spending import set_aside
from dataviz_pipelines.core.queries.watching import Cancellable, Watch
from dataviz_pipelines.core.secrets import Vault
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.sources.connecting import Pools, Source
from dataviz_pipelines.core.sources.errors import Reason, SourceDisabledError, SourceError
from dataviz_pipelines.core.sources.service import opened
from dataviz_pipelines.core.sources.store import StoredSource

BY_HAND: Final = "platform"
"""Who runs what no person runs."""


@dataclass(frozen=True)
class Platform:
    """What running queries needs of a process: `database` is the platform's own."""

    database: Engine
    pools: Pools
    vault: Vault
    watch: Watch


@dataclass(frozen=True)
class Asked:
    """How a query is to be run: within `timeout_s` and `max_rows` if they are less than what is allowed. `execution_id` is a
    new one, by which it can be cancelled. `is_kept`: whether the result may be, for whoever asks the same."""

    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    timeout_s: float | None = None
    max_rows: int | None = None
    use_cache: bool = True
    execution_id: UUID | None = None
    is_kept: bool = True


@dataclass(frozen=True)
class Question:
    """What is run. `saved_query_id` and `visualization_id` say where the text is from; whoever may see them may share the
    results."""

    source_id: UUID
    text: str
    saved_query_id: UUID | None = None
    visualization_id: UUID | None = None

    def scope(self, caller: Caller | None) -> str:
        """Whose the result is."""
        if self.saved_query_id is not None:
            return f"saved_query:{self.saved_query_id}"
        if self.visualization_id is not None:
            return f"visualization:{self.visualization_id}"
        return BY_HAND if caller is None else f"user:{caller.user_id}"

    @property
    def is_shared(self) -> bool:
        return self.saved_query_id is not None or self.visualization_id is not None


def run_query(
    platform: Platform, caller: Caller | None, question: Question, asked: Asked | None = None
) -> Result:
    """`caller` None: the platform itself, which may do everything. Raises AskedNotFoundError for a data source that the caller
    may not see; and, all of them in the log, SourceDisabledError, SourceError, and the errors of this package."""
    asked = asked or Asked()
    with platform.database.connect() as connection:
        stored = require_source(connection, caller, question.source_id)
        bound = bounds(connection, timeout_s=asked.timeout_s, max_rows=asked.max_rows)
    begun = Begun(
        asked.execution_id or new_id(),
        None if caller is None else caller.user_id,
        stored.id,
        question.text,
        question.saved_query_id,
        question.visualization_id,
    )
    with recorded(platform.database, begun, timeout_s=bound.timeout_s) as record:
        execution = _Execution(platform, caller, question, asked, stored, bound, begun, record)
        return execution.answer()


def cancel_query(database: Engine, caller: Caller, execution_id: UUID) -> None:
    """Asks whoever runs it to end it on its server, which happens within a second. Raises AskedNotFoundError or
    ExecutionOverError."""
    with database.begin() as connection:
        if store.request_cancel(connection, caller, execution_id):
            return
        if not store.may_cancel(connection, caller, execution_id):
            raise AskedNotFoundError(f"There is no query execution {execution_id}.")
    raise ExecutionOverError


def reach(platform: Platform, stored: StoredSource) -> Source:
    """Raises SourceDisabledError, or what opening its secret raises."""
    if not stored.is_active:
        raise SourceDisabledError(stored.name)
    return Source(stored.id, stored.name, opened(stored, platform.vault))


def require_source(connection: Connection, caller: Caller | None, source_id: UUID) -> StoredSource:
    """Raises AskedNotFoundError for one that the caller may not see."""
    found = store.source(connection, caller, source_id)
    if found is None:
        raise AskedNotFoundError(f"There is no data source {source_id}.")
    return found


@dataclass(frozen=True)
class _Execution:
    platform: Platform
    caller: Caller | None
    question: Question
    asked: Asked
    stored: StoredSource
    bounds: Bounds
    begun: Begun
    record: Record

    def answer(self) -> Result:
        query = checked(self.question.text, self.stored.connection_type)
        source = reach(self.platform, self.stored)
        key = caching.key_of(
            self.stored,
            query.text,
            self.asked.parameters,
            bounds=self.bounds,
            scope=self.question.scope(self.caller),
        )
        kept = caching.find(self.platform.database, key) if self.asked.use_cache else None
        if kept is not None:
            return self._again(kept)
        table = self._run(query, source)
        if self.asked.is_kept:
            self._keep(key, table)
        return self._result(table)

    def _again(self, kept: caching.Kept) -> Result:
        self.record.cache_hit = True
        self.record.elapsed_ms = 0
        self.record.rows = len(kept.table.rows)
        return Result(self.begun.id, kept.table, 0, cached_at=kept.at)

    def _run(self, query: Checked, source: Source) -> Table:
        who = BY_HAND if self.caller is None else str(self.caller.user_id)
        bound = query.bound(self.asked.parameters, tag=tag(self.begun.id, who))
        most_bytes = set_aside(
            self.platform.database,
            self.platform.pools,
            source,
            bound,
            execution_id=self.begun.id,
            user_id=self.begun.user_id,
            daily_bytes=self.bounds.daily_bytes,
        )
        limit_s = min(self.bounds.timeout_s, source.connection.limits.statement_timeout_s)
        labels = (("dataviz_user", who), ("dataviz_query", str(self.begun.id)))
        statement = Statement(bound, limit_s, most_bytes, labels)
        with (
            engine_of(source.connection).run(self.platform.pools, source, statement) as run,
            self.platform.watch.watching(self.begun.id, run) as watched,
        ):
            self.record.started = time.monotonic()
            try:
                with closing(run.rows()) as rows:
                    taken, truncated = gather(rows, self.bounds.rows)
                self.record.elapsed_ms = self._elapsed_ms()
                columns = tuple(run.columns())
            except DatavizError as error:
                raise self._why(error, watched, limit_s) from error
            finally:
                self.record.bytes_billed = run.bytes_billed
            self.record.rows = len(taken)
            return Table(columns, taken, truncated, tuple(run.warnings))

    def _why(self, error: DatavizError, watched: Cancellable, limit_s: float) -> DatavizError:
        """Servers say the same of a query that was cancelled and of one that took too long."""
        if watched.is_cancelled:
            return QueryCancelledError()
        if isinstance(error, SourceError) and error.reason is Reason.TIMEOUT:
            is_late = self._elapsed_ms() >= limit_s * 1_000 * 0.9
            return QueryTimedOutError(limit_s) if is_late else QueryCancelledError()
        return error

    def _keep(self, key: str, table: Table) -> None:
        user_id = None if self.question.is_shared else self.begun.user_id
        caching.keep(
            self.platform.database,
            key,
            table,
            source_id=self.stored.id,
            user_id=user_id,
            bounds=self.bounds,
        )

    def _result(self, table: Table) -> Result:
        elapsed_ms = self.record.elapsed_ms or 0
        return Result(self.begun.id, table, elapsed_ms, bytes_billed=self.record.bytes_billed)

    def _elapsed_ms(self) -> int:
        return int((time.monotonic() - self.record.started) * 1_000)
