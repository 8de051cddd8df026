"""Which engine a connection is for. Drivers load with the first connection that needs them."""

from typing import TYPE_CHECKING

from dataviz_pipelines.core.network import NetworkGuard
from dataviz_pipelines.core.sources.connections import (
    BigQueryConnection,
    MySQLConnection,
    PostgreSQLConnection,
)
from dataviz_pipelines.core.sources.engines.base import SqlEngine

if TYPE_CHECKING:
    from dataviz_pipelines.core.sources.engines.bigquery import BigQuery


def sql_engine(
    connection: PostgreSQLConnection | MySQLConnection, guard: NetworkGuard
) -> SqlEngine:
    if isinstance(connection, MySQLConnection):
        from dataviz_pipelines.core.sources.engines.mysql import MySQL

        return MySQL(connection, guard)
    from dataviz_pipelines.core.sources.engines.postgresql import PostgreSQL

    return PostgreSQL(connection, guard)


def bigquery_engine(connection: BigQueryConnection, guard: NetworkGuard) -> "BigQuery":
    from dataviz_pipelines.core.sources.engines.bigquery import BigQuery

    return BigQuery(connection, guard)
