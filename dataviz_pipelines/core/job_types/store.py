"""Statements about the tables that results of queries are kept in."""

from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.ingestion.destinations.postgresql.store.identifiers import Table
from dataviz_pipelines.core.sql import execute

_FILLED_BY = """
SELECT 'the upload template ' || name FROM upload_templates
WHERE destination_type = 'postgresql'
  AND coalesce(destination_config ->> 'schema', destination_config ->> 'schema_name', 'uploads') = %(schema)s
  AND destination_config ->> 'table' = %(table)s
UNION ALL
SELECT 'the job ' || name FROM scheduler_jobs
WHERE job_type = 'query_refresh' AND id IS DISTINCT FROM %(job_id)s
  AND coalesce(job_config ->> 'schema', 'uploads') = %(schema)s
  AND job_config ->> 'table' = %(table)s
LIMIT 1
"""


def filled_by(connection: Connection, table: Table, job_id: UUID | None) -> str | None:
    """What else than the job puts rows there."""
    values = {"schema": table.schema, "table": table.name, "job_id": job_id}
    found = execute(connection, _FILLED_BY, values).fetchone()
    return None if found is None else str(found[0])
