"""Whether queries still fit their data source, without reading any data: what it costs is a parse on the server (F70)."""

from dataclasses import dataclass
from uuid import UUID

from dataviz_pipelines.core.queries import store
from dataviz_pipelines.core.queries.engines.registry import engine_of
from dataviz_pipelines.core.queries.errors import (
    AskedNotFoundError,
    QueryFailedError,
    QueryRefusedError,
)
from dataviz_pipelines.core.queries.limits import bounds
from dataviz_pipelines.core.queries.preparing import checked
from dataviz_pipelines.core.queries.service import Asked, Platform, reach
from dataviz_pipelines.core.queries.spending import estimate
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.sources.connecting import Source
from dataviz_pipelines.core.sources.connections import BigQueryConnection


@dataclass(frozen=True)
class QueryHealth:
    """`message` says why it would fail."""

    saved_query_id: UUID
    name: str
    message: str | None = None

    @property
    def is_ok(self) -> bool:
        return self.message is None


@dataclass(frozen=True)
class Cost:
    """What a query would read. Null where the data source bills nobody: there it was only found to be understood."""

    bytes_processed: int | None
    maximum_bytes_billed: int | None
    left_today: int | None


def check_saved_queries(
    platform: Platform, caller: Caller | None, source_id: UUID
) -> list[QueryHealth]:
    """All of a data source's that the caller may see, by name. Raises AskedNotFoundError, and SourceError when the source
    itself cannot be asked: then nothing is known of any."""
    with platform.database.connect() as connection:
        stored = store.source(connection, caller, source_id)
        if stored is None:
            raise AskedNotFoundError(f"There is no data source {source_id}.")
        queries = store.saved_queries_of(connection, caller, source_id)
    source = reach(platform, stored)
    return [_health(platform, source, *query) for query in queries]


def estimate_query(
    platform: Platform, caller: Caller, source_id: UUID, text: str, asked: Asked
) -> Cost:
    """F67. Raises as `run_query` does, and notes nothing: nothing is run."""
    with platform.database.connect() as connection:
        stored = store.source(connection, caller, source_id)
        if stored is None:
            raise AskedNotFoundError(f"There is no data source {source_id}.")
        daily_bytes = bounds(connection).daily_bytes
    source = reach(platform, stored)
    query = checked(text, stored.connection_type)
    bound = query.bound(asked.parameters)
    found = estimate(platform.pools, source, bound)
    if found is None or not isinstance(source.connection, BigQueryConnection):
        engine_of(source.connection).check(platform.pools, source, query.probe())
        return Cost(None, None, None)
    with platform.database.begin() as connection:
        left = daily_bytes - store.spent_today(connection, caller.user_id)
    return Cost(found.bytes_processed, source.connection.limits.maximum_bytes_billed, max(0, left))


def _health(
    platform: Platform, source: Source, saved_query_id: UUID, name: str, text: str
) -> QueryHealth:
    try:
        query = checked(text, source.connection.connection_type)
        engine_of(source.connection).check(platform.pools, source, query.probe())
    except (QueryFailedError, QueryRefusedError) as error:
        return QueryHealth(saved_query_id, name, error.message)
    return QueryHealth(saved_query_id, name)
