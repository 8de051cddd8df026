"""Statements about executions, results that are kept, and what is run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.logs import QueryStatus
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import ALWAYS, KINDS, either, parameters, within
from dataviz_pipelines.core.sources.store import StoredSource
from dataviz_pipelines.core.sql import blocks, execute

_SQL: Final = blocks("dataviz_pipelines.core.queries", "queries.sql")
_SOURCES: Final = KINDS[ResourceType.DATA_SOURCE]
_OWN: Final = "item.user_id = %(caller_id)s"


@dataclass(frozen=True)
class Outcome:
    """What became of an execution. `bytes_billed` None: as it was."""

    status: QueryStatus
    elapsed_ms: int
    rows: int | None = None
    cache_hit: bool = False
    message: str | None = None
    bytes_billed: int | None = None


def source(connection: Connection, caller: Caller | None, source_id: UUID) -> StoredSource | None:
    row = _visible(connection, caller, ResourceType.DATA_SOURCE, "source", source_id)
    return None if row is None else StoredSource(*row)


def saved_query(
    connection: Connection, caller: Caller | None, row_id: UUID
) -> tuple[UUID, str] | None:
    """Its data source and its text."""
    found: tuple[UUID, str] | None = _visible(
        connection, caller, ResourceType.SAVED_QUERY, "saved_query", row_id
    )
    return found


def visualization(
    connection: Connection, caller: Caller | None, row_id: UUID
) -> tuple[UUID | None, Any] | None:
    """Its data source and its query_config."""
    found: tuple[UUID | None, Any] | None = _visible(
        connection, caller, ResourceType.VISUALIZATION, "visualization", row_id
    )
    return found


def saved_queries_of(
    connection: Connection, caller: Caller | None, source_id: UUID
) -> list[tuple[UUID, str, str]]:
    """Ids, names and texts of those that the caller may see, by name."""
    statement = _SQL["saved_queries_of"].format(allowed=_allowed(caller, ResourceType.SAVED_QUERY))
    values = {"source_id": source_id, **_bound(caller)}
    return execute(connection, statement, values).fetchall()


def settings(connection: Connection, keys: Sequence[str]) -> dict[str, Any]:
    return dict(execute(connection, _SQL["settings"], {"keys": list(keys)}).fetchall())


def begin(connection: Connection, values: Mapping[str, Any]) -> bool:
    """False when there is an execution of that id already."""
    execute(connection, _SQL["lose"], {})
    return execute(connection, _SQL["begin"], values).rowcount == 1


def finish(connection: Connection, execution_id: UUID, outcome: Outcome) -> None:
    execute(connection, _SQL["finish"], {"id": execution_id, **vars(outcome)})


def count_use(connection: Connection, saved_query_id: UUID, elapsed_ms: int) -> None:
    values = {"saved_query_id": saved_query_id, "elapsed_ms": elapsed_ms}
    execute(connection, _SQL["count_use"], values)


def spent_today(connection: Connection, user_id: UUID) -> int:
    """Bytes; until the transaction ends, nobody else spends for the person."""
    execute(connection, _SQL["lock_budget"], {"user_id": user_id})
    row = execute(connection, _SQL["spent_today"], {"user_id": user_id}).fetchone()
    return 0 if row is None else int(row[0])


def reserve(connection: Connection, execution_id: UUID, needed: int) -> None:
    execute(connection, _SQL["reserve"], {"id": execution_id, "needed": needed})


def request_cancel(connection: Connection, caller: Caller, execution_id: UUID) -> bool:
    """Their own, or of a data source that they may edit."""
    others = within(_SOURCES, "data_source_id", caller, "edit")
    statement = _SQL["cancel"].format(allowed=either(_OWN, others))
    return _is_found(connection, caller, statement, execution_id)


def may_cancel(connection: Connection, caller: Caller, execution_id: UUID) -> bool:
    others = within(_SOURCES, "data_source_id", caller, "edit")
    statement = _SQL["is_visible"].format(allowed=either(_OWN, others))
    return _is_found(connection, caller, statement, execution_id)


def to_cancel(connection: Connection, ids: Sequence[UUID]) -> list[UUID]:
    return [each for (each,) in execute(connection, _SQL["to_cancel"], {"ids": list(ids)})]


def find_result(connection: Connection, key: str) -> tuple[bytes, Any] | None:
    return execute(connection, _SQL["find_result"], {"key": key}).fetchone()


def keep_result(connection: Connection, values: Mapping[str, Any], *, most_bytes: int) -> None:
    execute(connection, _SQL["keep_result"], values)
    execute(connection, _SQL["drop_results"], {"most_bytes": most_bytes})


def _visible(
    connection: Connection, caller: Caller | None, kind: ResourceType, block: str, row_id: UUID
) -> Any:
    statement = _SQL[block].format(allowed=_allowed(caller, kind))
    return execute(connection, statement, {"id": row_id, **_bound(caller)}).fetchone()


def _is_found(connection: Connection, caller: Caller, statement: str, row_id: UUID) -> bool:
    values = {"id": row_id, **parameters(caller)}
    return execute(connection, statement, values).fetchone() is not None


def _allowed(caller: Caller | None, kind: ResourceType) -> str:
    return ALWAYS if caller is None else KINDS[kind].allows(caller, "view")


def _bound(caller: Caller | None) -> dict[str, Any]:
    return {} if caller is None else parameters(caller)
