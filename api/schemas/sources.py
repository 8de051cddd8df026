"""Data sources, what was found in them, and the queries people keep for them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

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
from dataviz_pipelines.core.models.documents.document import JsonObject
from dataviz_pipelines.core.models.documents.metadata import (
    DiscoveryProblem,
    ForeignKey,
    TableIndex,
    UniqueKey,
)
from dataviz_pipelines.core.models.documents.settings import Tag
from dataviz_pipelines.core.models.metadata import (
    ChangeType,
    CountKind,
    DiscoveryStatus,
    NormalizedType,
    QueryType,
    TableAccess,
    TableType,
)
from dataviz_pipelines.core.sources.connections import (
    BigQueryProject,
    Connection,
    MySQLServer,
    PostgreSQLServer,
)
from dataviz_pipelines.core.sources.errors import Reason

QueryText = Annotated[
    str, StringConstraints(min_length=1, max_length=100_000, pattern=NOTHING_BUT_SPACE_OR_NUL)
]

Tags = Annotated[list[Tag], Field(max_length=50)]


class DataSourceRead(Read):
    """How it is connected is a resource of its own. `test_reason` and `test_message` say why the last test failed."""

    name: str
    connection_type: ConnectionType
    is_active: bool
    test_query: str | None
    last_tested_at: datetime | None
    test_status: TestStatus
    test_reason: Reason | None
    test_message: str | None
    owner: PersonRead | None = INCLUDED


class DataSourceCreate(Input):
    """Nothing is connected to until it is tested or used."""

    name: Name
    connection: Connection
    test_query: Text | None = None
    is_active: Flag = True


class ConnectionTry(Input):
    connection: Connection
    test_query: Text | None = None


class PostgreSQLShown(PostgreSQLServer):
    has_password: bool


class MySQLShown(MySQLServer):
    has_password: bool


class BigQueryShown(BigQueryProject):
    """`client_email` is the service account's name."""

    client_email: str | None


ConnectionShown = Annotated[
    PostgreSQLShown | MySQLShown | BigQueryShown, Field(discriminator="connection_type")
]


class TrialRead(BaseModel):
    """`reason`, `message` and `remedy` are there when it failed, `server_version` when the server answered. `warnings` say
    what its role may do that nobody who only reads needs."""

    is_ok: bool
    reason: Reason | None
    message: str | None
    remedy: str | None
    server_version: str | None
    elapsed_ms: int
    warnings: list[str]


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
    position: int
    native_type: str | None
    normalized_type: NormalizedType
    max_length: int | None
    numeric_precision: int | None
    numeric_scale: int | None
    default_expression: str | None
    is_generated: bool
    generation_expression: str | None
    is_identity: bool
    source_comment: str | None
    description: str | None
    tags: list[Tag]
    first_seen_at: datetime
    removed_at: datetime | None


class TableRead(Read):
    """A table or view of a data source. A count that is not known is null, never 0; its kind says what it is worth.
    `description` and `tags` are people's, `source_comment` is the database's own."""

    data_source_id: UUID
    database_name: str
    schema_name: str
    table_name: str
    table_type: TableType
    row_count: int | None
    row_count_kind: CountKind
    size_bytes: int | None
    size_bytes_kind: CountKind
    counted_at: datetime | None
    is_partitioned: bool
    source_comment: str | None
    view_definition: str | None
    primary_key: list[str]
    unique_keys: list[UniqueKey]
    foreign_keys: list[ForeignKey]
    indexes: list[TableIndex]
    access: TableAccess
    access_remedy: str | None
    description: str | None
    tags: list[Tag]
    first_seen_at: datetime
    last_seen_at: datetime | None
    removed_at: datetime | None
    columns: list[ColumnRead] | None = INCLUDED
    data_source: DataSourceRead | None = INCLUDED


class TableUpdate(Patch):
    """What people say of it; everything else is what the database says. No discovery overwrites it."""

    description: Text | None = None
    tags: Tags = UNCHANGED


class ColumnUpdate(Patch):
    """As of a table."""

    description: Text | None = None
    tags: Tags = UNCHANGED


class DiscoveryRunRead(Read):
    """One look at a data source. `listed_count` is the sum of stored, skipped and failed. `error_message` says what ended it
    early; what could not be read besides is among the `problems`, each with its remedy. `told_at` is when those whom its
    changes concern were told."""

    data_source_id: UUID
    status: DiscoveryStatus
    started_at: datetime | None
    finished_at: datetime | None
    listed_count: int
    stored_count: int
    skipped_count: int
    failed_count: int
    denied_count: int
    added_count: int
    changed_count: int
    removed_count: int
    problems: list[DiscoveryProblem]
    error_message: str | None
    told_at: datetime | None
    data_source: DataSourceRead | None = INCLUDED


class MetadataChangeRead(Read):
    """What a run found to differ. Breaking is what can make a query fail that worked before."""

    discovery_run_id: UUID
    table_metadata_id: UUID
    column_name: str | None
    change_type: ChangeType
    is_breaking: bool
    before: JsonObject | None
    after: JsonObject | None
    table: TableRead | None = INCLUDED
    discovery_run: DiscoveryRunRead | None = INCLUDED


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
