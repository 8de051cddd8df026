"""The destination table: made from the template when it is absent, checked against it when it is there."""

from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from dataviz_pipelines.core.ingestion.destinations.postgresql.columns import (
    TableColumn,
    created_type,
    missing_columns,
)
from dataviz_pipelines.core.ingestion.destinations.postgresql.store import catalog, definition
from dataviz_pipelines.core.ingestion.destinations.postgresql.store.identifiers import Table
from dataviz_pipelines.core.ingestion.destinations.settling import (
    keys_are_unique,
    needs_key_index,
)
from dataviz_pipelines.core.ingestion.errors import DestinationError
from dataviz_pipelines.core.models.documents.uploads import Contract, TemplateDocument, UploadMode
from dataviz_pipelines.core.models.documents.vocabulary import MAX_NAME_BYTES

PRIVILEGES = {
    UploadMode.UPSERT: ("SELECT", "INSERT", "UPDATE"),
    UploadMode.REPLACE: ("SELECT", "INSERT", "DELETE"),
    UploadMode.DELETE_INSERT: ("SELECT", "INSERT", "DELETE"),
}
TABLE_KINDS = frozenset({"r", "p"})


def prepare_table(
    connection: Connection[Any],
    table: Table,
    document: TemplateDocument,
    unknown_columns: Sequence[str],
) -> list[TableColumn]:
    """The table's columns, all that the template loads among them. Raises DestinationError."""
    _refuse_unusable(document, unknown_columns)
    catalog.lock_name(connection, table)
    kind = catalog.relation_kind(connection, table)
    if kind is None:
        _create(connection, table, document, unknown_columns)
    else:
        _check(connection, table, document, kind)
        _evolve(connection, table, document, unknown_columns)
    columns = catalog.columns(connection, table)
    _refuse_unfilled(table, document, unknown_columns, columns)
    return columns


def _refuse_unusable(document: TemplateDocument, unknown_columns: Sequence[str]) -> None:
    """Headers that the contract would make columns of, but that cannot be."""
    for name in unknown_columns:
        if len(name.encode()) > MAX_NAME_BYTES:
            raise DestinationError(
                f"The header {name[:MAX_NAME_BYTES]!r}… is too long for a column; PostgreSQL takes "
                f"{MAX_NAME_BYTES} bytes.",
                remedy="Shorten it, or add it to a column of the template as an alias.",
            )
        if name == document.destination_config.upload_id_column:
            raise DestinationError(
                f"The header {name!r} is also the template's upload_id_column.",
                remedy="Rename one of them.",
            )


def _create(
    connection: Connection[Any],
    table: Table,
    document: TemplateDocument,
    unknown_columns: Sequence[str],
) -> None:
    if not catalog.schema_exists(connection, table.schema):
        raise DestinationError(
            f"There is no schema {table.schema} for table {table}.",
            remedy="Create it and grant the application's role USAGE and CREATE on it, or use the schema uploads.",
        )
    if not catalog.may_create_in(connection, table.schema):
        raise DestinationError(
            f"The application's role may not create table {table}.",
            remedy=f"Grant it: GRANT USAGE, CREATE ON SCHEMA {table.schema} TO the application's role.",
        )
    destination = document.destination_config
    keys = set(destination.keys)
    columns = [
        (rule.name, created_type(rule), rule.nullable and rule.name not in keys)
        for rule in document.validation_rules.columns
    ]
    columns += [(name, "text", True) for name in unknown_columns]
    if destination.upload_id_column is not None:
        columns.append((destination.upload_id_column, "uuid", True))
    definition.create_table(connection, table, columns)
    if destination.keys:
        definition.create_index(
            connection, table, destination.keys, unique=keys_are_unique(document)
        )
    for rule in document.validation_rules.columns:
        if rule.unique and destination.keys != [rule.name]:
            definition.create_index(connection, table, [rule.name], unique=True)
    if destination.upload_id_column is not None:
        definition.create_index(connection, table, [destination.upload_id_column], unique=False)


def _check(
    connection: Connection[Any], table: Table, document: TemplateDocument, kind: str
) -> None:
    if document.upload_mode is UploadMode.FAIL_IF_EXISTS:
        raise DestinationError(
            f"Table {table} exists, and the template's upload_mode is fail_if_exists.",
            remedy="Drop or rename the table, or choose another mode.",
        )
    if kind not in TABLE_KINDS:
        raise DestinationError(
            f"{table} is not a table.", remedy="Name a table in destination_config.table."
        )
    refuse_hidden_rows(connection, table)
    wanted = PRIVILEGES.get(document.upload_mode, ("SELECT", "INSERT"))
    lacking = catalog.lacking_privileges(connection, table, wanted)
    if lacking:
        raise DestinationError(
            f"The application's role has no {' and no '.join(lacking)} privilege on table {table}.",
            remedy=f"Grant it: GRANT {', '.join(wanted)} ON {table} TO the application's role.",
        )
    keys = document.destination_config.keys
    if needs_key_index(document) and sorted(keys) not in map(
        sorted, catalog.unique_indexes(connection, table, decide_conflicts=True)
    ):
        raise DestinationError(
            f"Table {table} has no unique index on {', '.join(keys)}, which {document.upload_mode.value} needs.",
            remedy=f"Create one: CREATE UNIQUE INDEX ON {table} ({', '.join(keys)}).",
        )


def refuse_hidden_rows(connection: Connection[Any], table: Table) -> None:
    """The server would leave them where they are, and not take them for duplicates, without a word."""
    if catalog.hides_rows(connection, table):
        raise DestinationError(
            f"Row level security may hide rows of table {table} from the application's role; nothing was loaded.",
            remedy="Name a table without it, make the role the table's owner, or give the role BYPASSRLS.",
        )


def _evolve(
    connection: Connection[Any],
    table: Table,
    document: TemplateDocument,
    unknown_columns: Sequence[str],
) -> None:
    columns = catalog.columns(connection, table)
    destination = document.destination_config
    known = {column.name for column in columns}
    added = [
        (rule.name, created_type(rule))
        for rule in missing_columns(document.validation_rules.columns, columns)
    ]
    added += [(name, "text") for name in unknown_columns if name not in known]
    if destination.upload_id_column is not None and destination.upload_id_column not in known:
        added.append((destination.upload_id_column, "uuid"))
    if not added:
        return
    if destination.contract is not Contract.EVOLVE:
        raise DestinationError(
            f"Table {table} has no column {', '.join(name for name, _ in added)}.",
            remedy="Add it to the table, take it out of the template, or set the contract to evolve.",
        )
    definition.add_columns(connection, table, added)


def _refuse_unfilled(
    table: Table,
    document: TemplateDocument,
    unknown_columns: Sequence[str],
    columns: Sequence[TableColumn],
) -> None:
    filled = {rule.name for rule in document.validation_rules.columns} | set(unknown_columns)
    unfilled = [
        column.name
        for column in columns
        if column.name not in filled and not column.nullable and not column.has_default
    ]
    if unfilled:
        raise DestinationError(
            f"Table {table} wants a value in {', '.join(unfilled)}, which the template does not load.",
            remedy="Add the column to the template (a constant step will do), or give it a default.",
        )
