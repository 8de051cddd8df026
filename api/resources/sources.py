"""Data sources, what was found in them, and the queries people keep for them."""

from dataclasses import replace
from typing import Final

from api.resources.people import OWNER
from api.resources.resource import Resource, table
from api.schemas.search import ChangeImpactRead
from api.schemas.sources import (
    ColumnRead,
    ColumnUpdate,
    DataSourceRead,
    DataSourceUpdate,
    DiscoveryRunRead,
    MetadataChangeRead,
    SavedQueryCreate,
    SavedQueryRead,
    SavedQueryUpdate,
    TableRead,
    TableUpdate,
)
from dataviz_pipelines.core.crud import Collection, Named, Naming
from dataviz_pipelines.core.impacts.policy import Concerning
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.tables import (
    ChangeImpact,
    ColumnMetadata,
    DatabaseMetadata,
    DataSource,
    DiscoveryRun,
    MetadataChange,
    SavedQuery,
)
from dataviz_pipelines.core.queries.editing import TEXT_COLUMNS, check_saved_query
from dataviz_pipelines.core.security.rows import KINDS, METADATA, TABLE_METADATA, PartOf

DATA_SOURCES: Final = Collection(
    name="data_sources",
    one="data source",
    table=table(DataSource),
    policy=KINDS[ResourceType.DATA_SOURCE],
    hidden=frozenset({"connection_config"}),
    filters=("name", "connection_type", "is_active", "test_status", "created_by"),
    sorts=("created_at", "updated_at", "name"),
    search=("name",),
    includes={"owner": OWNER},
)
SOURCE: Final = Named(DATA_SOURCES, "data_source_id")
DISCOVERABLE: Final = replace(DATA_SOURCES, policy=METADATA)

COLUMNS: Final = Collection(
    name="columns",
    one="column",
    table=table(ColumnMetadata),
    policy=PartOf(TABLE_METADATA, "table_metadata_id"),
    filters=("table_metadata_id", "column_name", "data_type", "is_primary_key", "is_foreign_key"),
    through={"data_source_id": ("table_metadata_id", table(DatabaseMetadata))},
    sorts=("created_at", "column_name", "data_type"),
    search=("column_name",),
)

TABLES: Final = Collection(
    name="tables",
    one="table",
    table=table(DatabaseMetadata),
    policy=TABLE_METADATA,
    hidden=frozenset({"fingerprint", "profile_tried_at"}),
    filters=("data_source_id", "database_name", "schema_name", "table_name", "table_type"),
    sorts=("created_at", "updated_at", "table_name", "schema_name"),
    search=("table_name", "schema_name"),
    includes={"columns": Naming(COLUMNS, "table_metadata_id"), "data_source": SOURCE},
)

DISCOVERY_RUNS: Final = Collection(
    name="discovery_runs",
    one="discovery run",
    table=table(DiscoveryRun),
    policy=PartOf(METADATA, "data_source_id"),
    filters=("data_source_id", "status", "created_by"),
    ranges=("created_at",),
    includes={"data_source": SOURCE},
)

METADATA_CHANGES: Final = Collection(
    name="metadata_changes",
    one="metadata change",
    table=table(MetadataChange),
    policy=PartOf(TABLE_METADATA, "table_metadata_id"),
    filters=(
        "discovery_run_id",
        "table_metadata_id",
        "column_name",
        "change_type",
        "is_breaking",
    ),
    through={"data_source_id": ("table_metadata_id", table(DatabaseMetadata))},
    ranges=("created_at",),
    includes={
        "table": Named(TABLES, "table_metadata_id"),
        "discovery_run": Named(DISCOVERY_RUNS, "discovery_run_id"),
    },
)

SAVED_QUERIES: Final = Collection(
    name="saved_queries",
    one="saved query",
    table=table(SavedQuery),
    policy=KINDS[ResourceType.SAVED_QUERY],
    filters=("name", "data_source_id", "query_type", "created_by"),
    sorts=("created_at", "updated_at", "name", "execution_count"),
    search=("name", "query_text"),
    includes={"data_source": SOURCE, "owner": OWNER},
    references={"data_source_id": KINDS[ResourceType.DATA_SOURCE]},
    check=check_saved_query,
    checked=TEXT_COLUMNS,
)

CHANGE_IMPACTS: Final = Collection(
    name="change_impacts",
    one="impact of a change",
    table=table(ChangeImpact),
    policy=Concerning(),
    filters=(
        "discovery_run_id",
        "metadata_change_id",
        "resource_type",
        "resource_id",
        "effect",
    ),
    ranges=("created_at",),
)

RESOURCES: Final = (
    Resource("data-sources", DATA_SOURCES, DataSourceRead, update=DataSourceUpdate),
    Resource("tables", TABLES, TableRead, update=TableUpdate, can_delete=False),
    Resource("columns", COLUMNS, ColumnRead, update=ColumnUpdate, can_delete=False),
    Resource("discovery-runs", DISCOVERY_RUNS, DiscoveryRunRead, can_delete=False),
    Resource("metadata-changes", METADATA_CHANGES, MetadataChangeRead, can_delete=False),
    Resource("change-impacts", CHANGE_IMPACTS, ChangeImpactRead, can_delete=False),
    Resource(
        "saved-queries",
        SAVED_QUERIES,
        SavedQueryRead,
        SavedQueryCreate,
        SavedQueryUpdate,
        in_bulk=True,
    ),
)
