"""Data sources, what was found in them, and the queries people keep for them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints

from api.schemas.base import (
    INCLUDED,
    NOTHING_BUT_SPACE_OR_NUL,
    UNCHANGED,
    Flag,
    Input,
    Name,
    Patch,
    Read,
    Text,
)
from api.schemas.people import PersonRead
from dataviz_pipelines.core.models.business import ConnectionType, TestStatus
from dataviz_pipelines.core.models.metadata import QueryType, TableType

QueryText = Annotated[
    str, StringConstraints(min_length=1, max_length=100_000, pattern=NOTHING_BUT_SPACE_OR_NUL)
]


class DataSourceRead(Read):
    """How it is connected is never shown."""

    name: str
    connection_type: ConnectionType
    is_active: bool
    test_query: str | None
    last_tested_at: datetime | None
    test_status: TestStatus
    owner: PersonRead | None = INCLUDED


class DataSourceUpdate(Patch):
    name: Name = UNCHANGED
    is_active: Flag = UNCHANGED
    test_query: Text | None = None


class ColumnRead(Read):
    table_metadata_id: UUID
    column_name: str
    data_type: str
    is_nullable: bool
    is_primary_key: bool
    is_foreign_key: bool


class TableRead(Read):
    """A table or view of a data source. A count that is not known is null, never 0."""

    data_source_id: UUID
    database_name: str
    schema_name: str
    table_name: str
    table_type: TableType
    row_count: int | None
    size_bytes: int | None
    columns: list[ColumnRead] | None = INCLUDED
    data_source: DataSourceRead | None = INCLUDED


class SavedQueryRead(Read):
    name: str
    query_text: str
    data_source_id: UUID
    query_type: QueryType
    execution_count: int
    avg_execution_time_ms: int | None
    data_source: DataSourceRead | None = INCLUDED
    owner: PersonRead | None = INCLUDED


class SavedQueryCreate(Input):
    name: Name
    query_text: QueryText
    data_source_id: UUID
    query_type: QueryType = QueryType.SELECT


class SavedQueryUpdate(Patch):
    name: Name = UNCHANGED
    query_text: QueryText = UNCHANGED
    data_source_id: UUID = UNCHANGED
    query_type: QueryType = UNCHANGED
