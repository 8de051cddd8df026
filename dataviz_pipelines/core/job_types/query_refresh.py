"""Keeps the whole result of a saved query in a table of the platform's PostgreSQL."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, Field
from sqlalchemy import Connection

from dataviz_pipelines.core.db import DAGSTER_SCHEMA
from dataviz_pipelines.core.errors import Fault
from dataviz_pipelines.core.ingestion.destinations.postgresql.store.identifiers import Table
from dataviz_pipelines.core.job_types import store
from dataviz_pipelines.core.job_types.querying import RUN_QUERIES, Parameters, run_whole
from dataviz_pipelines.core.job_types.result_table import replace_rows
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.documents.document import Document
from dataviz_pipelines.core.models.documents.vocabulary import Identifier
from dataviz_pipelines.core.models.scheduler import JobType
from dataviz_pipelines.core.queries.saved import require_runnable
from dataviz_pipelines.core.scheduling.errors import JobFailedError
from dataviz_pipelines.core.scheduling.job_types import JobContext, Runner

_PLATFORMS: Final = frozenset({"public", "partitions", "information_schema", DAGSTER_SCHEMA})


def _not_ours(schema: str) -> str:
    if schema in _PLATFORMS or schema.startswith("pg_"):
        raise ValueError("it is the platform's or the server's own; use uploads")
    return schema


class QueryRefreshConfig(Document):
    """The table is made when it is not there."""

    parameters: Parameters = Field(default_factory=dict)
    schema_name: Annotated[Identifier, AfterValidator(_not_ours)] = Field("uploads", alias="schema")
    table: Identifier


def refresh(context: JobContext[QueryRefreshConfig]) -> None:
    """Readers see the rows of the run before until all of the new ones are there."""
    table = Table(context.config.schema_name, context.config.table)
    _refuse_filled(context, table)
    result = run_whole(context, context.config.parameters)
    with context.engine.begin() as connection:
        before = replace_rows(connection, table, result.table)
    context.log.say(f"{table} has {len(result.table.rows):,} rows; before, it had {before:,}.")


def _refuse_filled(context: JobContext[QueryRefreshConfig], table: Table) -> None:
    with context.engine.connect() as connection:
        other = store.filled_by(connection, table, context.job_id)
    if other is not None:
        raise JobFailedError(
            f"Table {table} gets its rows from {other}, which would be lost.",
            remedy="Name another table.",
        )


def _clash(connection: Connection, config: QueryRefreshConfig, job_id: UUID | None) -> Fault | None:
    """Whoever saves the job may not see what has the table, so it is not named."""
    table = Table(config.schema_name, config.table)
    if store.filled_by(connection, table, job_id) is None:
        return None
    message = f"{table} gets its rows from an upload template or another job; name another table"
    return Fault("/job_config/table", message)


QUERY_REFRESH: Final = Runner(
    job_type=JobType.QUERY_REFRESH,
    config=QueryRefreshConfig,
    run=refresh,
    timeout_s=3_600,
    heavy=True,
    target=ResourceType.SAVED_QUERY,
    permissions=(RUN_QUERIES, "uploads:create"),
    admit=require_runnable,
    clash=_clash,
    is_repeatable=True,
)
