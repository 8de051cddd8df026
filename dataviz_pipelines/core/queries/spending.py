"""What BigQuery may cost (F67, F68): it is asked what a query would read, and that is set aside before it is run."""

from typing import TYPE_CHECKING, Final
from uuid import UUID

from sqlalchemy import Engine

from dataviz_pipelines.core.queries import store
from dataviz_pipelines.core.queries.binding import Bound
from dataviz_pipelines.core.queries.errors import BudgetExceededError, TooExpensiveError
from dataviz_pipelines.core.sources.connecting import Pools, Source
from dataviz_pipelines.core.sources.connections import BigQueryConnection

if TYPE_CHECKING:
    from dataviz_pipelines.core.queries.engines.bigquery import Estimate

LEAST_BILLED: Final = 10 * 2**20
"""Google bills no query for less."""


def estimate(pools: Pools, source: Source, bound: Bound) -> "Estimate | None":
    """None where nobody is billed for a query."""
    if not isinstance(source.connection, BigQueryConnection):
        return None
    from dataviz_pipelines.core.queries.engines import bigquery

    return bigquery.estimate(pools, source, bound)


def set_aside(
    database: Engine,
    pools: Pools,
    source: Source,
    bound: Bound,
    *,
    execution_id: UUID,
    user_id: UUID | None,
    daily_bytes: int,
) -> int | None:
    """The bytes that the query may be billed for at most; None where nobody is. Two queries of a person at once do not spend
    the same. Raises TooExpensiveError or BudgetExceededError."""
    found = estimate(pools, source, bound)
    if found is None or not isinstance(source.connection, BigQueryConnection):
        return None
    needed, limit = found.bytes_processed, source.connection.limits.maximum_bytes_billed
    if needed > limit:
        raise TooExpensiveError(needed=needed, limit=limit)
    with database.begin() as connection:
        if user_id is not None:
            left = daily_bytes - store.spent_today(connection, user_id)
            if needed > left:
                raise BudgetExceededError(needed=needed, left=left)
            limit = min(limit, max(left, LEAST_BILLED))
        store.reserve(connection, execution_id, needed)
    return limit
