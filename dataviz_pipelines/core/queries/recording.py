"""The record of an execution: begun before anything else is done, finished whatever happens, each committed alone so that it
survives what it tells of (F69)."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import Engine

from dataviz_pipelines.core.errors import ConflictError, DatavizError
from dataviz_pipelines.core.models.logs import QueryStatus
from dataviz_pipelines.core.queries import store
from dataviz_pipelines.core.queries.errors import (
    BudgetExceededError,
    ParametersInvalidError,
    QueryCancelledError,
    QueryRefusedError,
    QueryTimedOutError,
    TooExpensiveError,
)
from dataviz_pipelines.core.queries.store import Outcome

_STATUS: Final = {
    QueryCancelledError: QueryStatus.CANCELLED,
    QueryTimedOutError: QueryStatus.TIMED_OUT,
    QueryRefusedError: QueryStatus.REFUSED,
    ParametersInvalidError: QueryStatus.REFUSED,
    TooExpensiveError: QueryStatus.REFUSED,
    BudgetExceededError: QueryStatus.REFUSED,
}
AROUND_S: Final = 120.0
"""How much longer than its limit an execution may last: waiting for a connection, connecting, being estimated."""


class ExecutionKnownError(ConflictError):
    """An id names one execution."""

    def __init__(self) -> None:
        super().__init__("There is an execution of this id.", remedy="Send another id, or none.")


@dataclass(frozen=True)
class Begun:
    """Who runs what."""

    id: UUID
    user_id: UUID | None
    source_id: UUID
    text: str
    saved_query_id: UUID | None = None
    visualization_id: UUID | None = None


@dataclass
class Record:
    """What is known at the end of one that succeeds. `elapsed_ms` is the query's own time, not that of what is around it."""

    started: float = field(default_factory=time.monotonic)
    elapsed_ms: int | None = None
    rows: int | None = None
    cache_hit: bool = False
    bytes_billed: int | None = None


@contextmanager
def recorded(database: Engine, begun: Begun, *, timeout_s: float) -> Iterator[Record]:
    """Raises ExecutionKnownError, and whatever is raised in it."""
    _begin(database, begun, timeout_s + AROUND_S)
    record = Record()
    try:
        yield record
    except DatavizError as error:
        status = next((what for kind, what in _STATUS.items() if isinstance(error, kind)), None)
        _finish(database, begun, record, status or QueryStatus.FAILED, error.message)
        raise
    except Exception:
        _finish(database, begun, record, QueryStatus.FAILED, "An unexpected error; the log has it.")
        raise
    except BaseException:
        _finish(database, begun, record, QueryStatus.CANCELLED, "The process was ended.")
        raise
    _finish(database, begun, record, QueryStatus.SUCCEEDED, None)


def _begin(database: Engine, begun: Begun, longest_s: float) -> None:
    values = {
        **vars(begun),
        "hash": hashlib.sha256(begun.text.encode()).hexdigest(),
        "longest_s": longest_s,
    }
    with database.begin() as connection:
        if not store.begin(connection, values):
            raise ExecutionKnownError


def _finish(
    database: Engine, begun: Begun, record: Record, status: QueryStatus, message: str | None
) -> None:
    elapsed_ms = record.elapsed_ms
    if elapsed_ms is None:
        elapsed_ms = int((time.monotonic() - record.started) * 1_000)
    outcome = Outcome(
        status=status,
        elapsed_ms=elapsed_ms,
        rows=record.rows,
        cache_hit=record.cache_hit,
        message=message,
        bytes_billed=record.bytes_billed,
    )
    is_run = status is QueryStatus.SUCCEEDED and not record.cache_hit
    with database.begin() as connection:
        store.finish(connection, begun.id, outcome)
        if is_run and begun.saved_query_id is not None:
            store.count_use(connection, begun.saved_query_id, elapsed_ms)
