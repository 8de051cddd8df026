"""The destination table: planned from the template when it is absent, checked against it when it is there.

BigQuery makes and alters tables outside of any transaction, so nothing is done about it before the rows are ready.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from google.cloud.bigquery import SchemaField
from google.cloud.bigquery import Table as DriverTable

from dataviz_pipelines.core.ingestion.destinations.bigquery.columns import (
    TableColumn,
    created_field,
    missing_columns,
)
from dataviz_pipelines.core.ingestion.destinations.bigquery.jobs import Jobs
from dataviz_pipelines.core.ingestion.destinations.bigquery.store.names import Table
from dataviz_pipelines.core.ingestion.errors import DestinationError
from dataviz_pipelines.core.models.documents.uploads import (
    ColumnRule,
    Contract,
    TemplateDocument,
    UploadMode,
)

MADE_BY: Final = "dataviz_upload"
"""The label that names the upload for which a table was made: its own next attempt may find it."""
_DATASET: Final = re.compile(r"^[A-Za-z0-9_]{1,1024}$")
_TABLE: Final = re.compile(r"^[\w\- ]{1,300}$")
_COLUMN: Final = re.compile(r"^[^!\"$()*,./;?@\[\\\]^`{}~\x00-\x1f]{1,300}$")
_RESERVED: Final = re.compile(
    r"^(_TABLE_|_FILE_|_PARTITION|_ROW_TIMESTAMP|__ROOT__|_COLIDENTIFIER|_CHANGE_)", re.IGNORECASE
)


@dataclass(frozen=True)
class Target:
    """`columns` as they are when the rows are moved; those of `added`, or all when it `is_new`, are made just before."""

    table: Table
    columns: Sequence[TableColumn]
    is_new: bool
    added: Sequence[SchemaField] = ()
    found: DriverTable | None = None

    @property
    def absent(self) -> frozenset[str]:
        """Columns that queries cannot name yet."""
        return frozenset(field.name for field in self.added)

    def column(self, name: str) -> TableColumn:
        return next(each for each in self.columns if each.name.lower() == name.lower())


def find_target(
    jobs: Jobs, document: TemplateDocument, upload_id: UUID, unknown_columns: Sequence[str]
) -> Target:
    """All that the template loads is among its columns. Raises DestinationError."""
    destination = document.destination_config
    table = Table(destination.schema_name, destination.table)
    wanted = _wanted(document, unknown_columns)
    _refuse_unusable(table, [field.name for field in wanted])
    found = jobs.table(table)
    if found is None:
        return Target(table, [TableColumn.of(each) for each in wanted], is_new=True, added=wanted)
    _check(found, table, document, upload_id)
    added = _added(found, table, document, unknown_columns)
    columns = [TableColumn.of(field) for field in (*found.schema, *added)]
    _refuse_unfilled(table, wanted, columns)
    return Target(table, columns, is_new=False, added=added, found=found)


def make_ready(jobs: Jobs, target: Target, upload_id: UUID) -> None:
    """Raises Conflict or PreconditionFailed of the driver when somebody else was faster."""
    if target.is_new:
        made = DriverTable(jobs.reference(target.table), schema=list(target.added))
        made.labels = {MADE_BY: str(upload_id)}
        jobs.create(made)
    elif target.added and target.found is not None:
        jobs.add_fields(target.found, target.added)


def _wanted(document: TemplateDocument, unknown_columns: Sequence[str]) -> list[SchemaField]:
    destination = document.destination_config
    keys = set(destination.keys)
    fields = [
        created_field(rule, required=not rule.nullable or rule.name in keys)
        for rule in document.validation_rules.columns
    ]
    fields += [SchemaField(name, "STRING") for name in unknown_columns]
    if destination.upload_id_column is not None:
        fields.append(SchemaField(destination.upload_id_column, "STRING"))
    return fields


def _refuse_unusable(table: Table, names: Sequence[str]) -> None:
    if not _DATASET.match(table.dataset) or not _TABLE.match(table.name):
        raise DestinationError(
            f"BigQuery takes no table {table}.",
            remedy="Name the dataset in letters, digits and underscores, and the table in these, dashes and spaces.",
        )
    for name in names:
        if not _COLUMN.match(name) or _RESERVED.match(name):
            raise DestinationError(
                f"BigQuery takes no column {name!r}.",
                remedy="Give the column another name in the template, and this one as an alias.",
            )
    lowered = [name.lower() for name in names]
    twice = next((name for name in names if lowered.count(name.lower()) > 1), None)
    if twice is not None:
        raise DestinationError(
            f"Column {twice!r} would be there twice: to BigQuery, upper and lower case are the same.",
            remedy="Rename one of them in the template.",
        )


def _check(found: DriverTable, table: Table, document: TemplateDocument, upload_id: UUID) -> None:
    is_own = found.labels.get(MADE_BY) == str(upload_id)
    if document.upload_mode is UploadMode.FAIL_IF_EXISTS and not is_own:
        raise DestinationError(
            f"Table {table} exists, and the template's upload_mode is fail_if_exists.",
            remedy="Drop or rename the table, or choose another mode.",
        )
    if found.table_type != "TABLE":
        raise DestinationError(
            f"{table} is not a table.", remedy="Name a table in destination_config.table."
        )


def _added(
    found: DriverTable,
    table: Table,
    document: TemplateDocument,
    unknown_columns: Sequence[str],
) -> list[SchemaField]:
    destination = document.destination_config
    columns = [TableColumn.of(field) for field in found.schema]
    rules = [*document.validation_rules.columns]
    rules += [ColumnRule(name=name) for name in unknown_columns]
    if destination.upload_id_column is not None:
        rules.append(ColumnRule(name=destination.upload_id_column))
    added = [created_field(rule) for rule in missing_columns(rules, columns)]
    if added and destination.contract is not Contract.EVOLVE:
        raise DestinationError(
            f"Table {table} has no column {', '.join(field.name for field in added)}.",
            remedy="Add it to the table, take it out of the template, or set the contract to evolve.",
        )
    return added


def _refuse_unfilled(
    table: Table, wanted: Sequence[SchemaField], columns: Sequence[TableColumn]
) -> None:
    filled = {field.name.lower() for field in wanted}
    unfilled = [
        column.name
        for column in columns
        if column.name.lower() not in filled and not column.nullable and not column.has_default
    ]
    if unfilled:
        raise DestinationError(
            f"Table {table} wants a value in {', '.join(unfilled)}, which the template does not load.",
            remedy="Add the column to the template (a constant step will do), or give it a default.",
        )
