"""Which engine runs the queries of a source. Drivers load with the first query that needs them."""

from dataviz_pipelines.core.queries.engines.base import Engine
from dataviz_pipelines.core.sources.connections import (
    AnyConnection,
    BigQueryConnection,
    MySQLConnection,
)


def engine_of(connection: AnyConnection) -> Engine:
    if isinstance(connection, BigQueryConnection):
        from dataviz_pipelines.core.queries.engines import bigquery

        return Engine(bigquery.run, bigquery.check)
    if isinstance(connection, MySQLConnection):
        from dataviz_pipelines.core.queries.engines import mysql

        return Engine(mysql.run, mysql.check)
    from dataviz_pipelines.core.queries.engines import postgresql

    return Engine(postgresql.run, postgresql.check)
