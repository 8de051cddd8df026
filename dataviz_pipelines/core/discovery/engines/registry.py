"""Which engine reads a data source, over a connection of the source's own. Drivers load with the first source that needs them."""

from collections.abc import Iterator
from contextlib import contextmanager

from dataviz_pipelines.core.discovery.engines.base import Engine, Limits
from dataviz_pipelines.core.sources.connecting import Pools, Source
from dataviz_pipelines.core.sources.connections import BigQueryConnection, MySQLConnection


@contextmanager
def connected(pools: Pools, source: Source) -> Iterator[Engine]:
    """Raises what `Pools` raises."""
    limits = limits_of(source)
    if isinstance(source.connection, BigQueryConnection):
        from dataviz_pipelines.core.discovery.engines.bigquery import BigQuery

        with pools.bigquery(source) as client:
            yield BigQuery(client, limits)
        return
    with pools.session(source) as session:
        if isinstance(source.connection, MySQLConnection):
            from dataviz_pipelines.core.discovery.engines.mysql import MySQL

            yield MySQL(session.driver, limits)
        else:
            from dataviz_pipelines.core.discovery.engines.postgresql import PostgreSQL

            yield PostgreSQL(session.driver, limits)


def limits_of(source: Source) -> Limits:
    settings, longest_s = source.connection.discovery, source.connection.limits.statement_timeout_s
    return Limits(
        statement_timeout_ms=min(Limits.statement_timeout_ms, longest_s * 1_000),
        deadline_s=settings.deadline_s,
        count_budget_ms=settings.count_budget_ms,
    )
