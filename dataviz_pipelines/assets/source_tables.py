"""The asset that discovery makes: what is known of the tables of each data source, one partition a source."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import dagster as dg

from dataviz_pipelines.assets.discovery_checks import CHECKS, check_results
from dataviz_pipelines.assets.discovery_events import found_by, metadata
from dataviz_pipelines.core.discovery.reaching import Wish, discover_source
from dataviz_pipelines.core.errors import InvalidInputError
from dataviz_pipelines.core.models.tables import DatabaseMetadata
from dataviz_pipelines.failures import as_failure
from dataviz_pipelines.resources import Platform

SOURCE_TABLES = dg.AssetKey("source_tables")
DATA_SOURCES = dg.AssetSpec(
    "data_sources",
    group_name="discovery",
    kinds={"postgres", "mysql", "bigquery"},
    owners=["team:analysts"],
    description="Databases that people connected; the sensor `discoveries` asks for a look at each when its time has come.",
)
sources = dg.DynamicPartitionsDefinition(name="data_sources")
_TABLE = DatabaseMetadata.__tablename__
_SCHEMA = dg.TableSchema(
    columns=[
        dg.TableColumn(column.name, str(column.type))
        for column in DatabaseMetadata.metadata.tables[_TABLE].columns
    ]
)


class DiscoveryConfig(dg.Config):
    """`discovery_id` is that of one that waits; nothing given makes a new one. `allow_removals` believes that most of a schema
    was dropped."""

    discovery_id: str | None = None
    allow_removals: bool = False


@dg.asset(
    key=SOURCE_TABLES,
    deps=[DATA_SOURCES],
    partitions_def=sources,
    group_name="discovery",
    kinds={"python", "postgres"},
    owners=["team:data-platform"],
    description="What is known of the tables, columns and keys of a data source. Each materialization is one look at it; what "
    "could not be read is a warning, and stays as it was known.",
    freshness_policy=dg.FreshnessPolicy.time_window(
        warn_window=timedelta(days=2), fail_window=timedelta(days=8)
    ),
    metadata={"dagster/table_name": _TABLE, "dagster/column_schema": _SCHEMA},
    check_specs=CHECKS,
    pool="discovery",
)
def source_tables(
    context: dg.AssetExecutionContext,
    config: DiscoveryConfig,
    platform: dg.ResourceParam[Platform],
) -> Iterator[dg.MaterializeResult[None]]:
    """Key: `discovery_id`; a run that is repeated brings what is known into agreement once more."""
    with as_failure():
        run = discover_source(
            platform.discovering,
            context.partition_key,
            Wish(allows_removals=config.allow_removals),
            run_id=_id(config.discovery_id),
        )
    with platform.engine.connect() as connection:
        found = found_by(connection, run)
    yield dg.MaterializeResult(
        metadata=metadata(found), check_results=list(check_results(found, context.partition_key))
    )


def _id(text: str | None) -> UUID | None:
    try:
        return None if text is None else UUID(text)
    except ValueError as error:
        raise InvalidInputError(
            f"{text!r} is not an id.", remedy="Leave discovery_id out to make a new discovery."
        ) from error
