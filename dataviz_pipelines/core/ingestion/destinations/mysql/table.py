"""The destination table: made from the template when it is absent, checked against it when it is there."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

import pymysql

from dataviz_pipelines.core.ingestion.destinations.mysql.columns import (
    UUID_TYPE,
    TableColumn,
    created_type,
    missing_columns,
)
from dataviz_pipelines.core.ingestion.destinations.mysql.session import Session
from dataviz_pipelines.core.ingestion.destinations.mysql.store import catalog, definition
from dataviz_pipelines.core.ingestion.destinations.mysql.store.catalog import Found
from dataviz_pipelines.core.ingestion.destinations.mysql.store.identifiers import Table
from dataviz_pipelines.core.ingestion.destinations.settling import (
    Group,
    keys_are_unique,
    needs_key_index,
)
from dataviz_pipelines.core.ingestion.errors import DestinationError
from dataviz_pipelines.core.models.documents.uploads import Contract, TemplateDocument, UploadMode

logger = logging.getLogger(__name__)

MAX_NAME_CHARACTERS = 64


@dataclass
class TargetTable:
    """Definitions commit at once, so `take_back` undoes them for a load that has not committed its rows."""

    session: Session
    table: Table
    document: TemplateDocument
    upload_id: UUID
    _undo: list[Callable[[], object]] = field(default_factory=list)

    def prepare(self, unknown_columns: Sequence[str]) -> list[TableColumn]:
        """The table's columns, all that the template loads among them. Raises DestinationError."""
        _refuse_unusable(self.document, unknown_columns)
        found = catalog.find(self.session, self.table)
        if found is not None and self._is_left_over(found) and self._drop_if_empty():
            found = None
        if found is None:
            self._create(unknown_columns)
        else:
            self._check(found)
            self._evolve(unknown_columns)
        columns = catalog.columns(self.session, self.table)
        self._refuse_unfilled(unknown_columns, columns)
        return columns

    def take_back(self) -> None:
        """What it cannot undo stays: an empty table, or columns without values, that the next load uses."""
        try:
            while self._undo:
                self._undo.pop()()
        except (pymysql.Error, OSError):
            logger.warning("what a load that failed had changed of %s stays", self.table)

    @property
    def _comment(self) -> str:
        return f"DataViz upload {self.upload_id}"

    def _is_left_over(self, found: Found) -> bool:
        """An earlier attempt of this upload made it, and died."""
        return found.comment == self._comment

    def _create(self, unknown_columns: Sequence[str]) -> None:
        if not catalog.schema_exists(self.session, self.table.schema):
            raise DestinationError(
                f"There is no database {self.table.schema} for table {self.table}, or the data source's user may not know of it.",
                remedy="Name the database as destination_config.schema, or create it.",
            )
        destination = self.document.destination_config
        indexes = indexed_groups(self.document)
        groups = [group for group, _ in indexes]
        keys = set(destination.keys)
        columns = [
            (rule.name, created_type(rule, groups), rule.nullable and rule.name not in keys)
            for rule in self.document.validation_rules.columns
        ]
        columns += [(name, "longtext", True) for name in unknown_columns]
        if destination.upload_id_column is not None:
            columns.append((destination.upload_id_column, UUID_TYPE, True))
        definition.create_table(
            self.session,
            self.table,
            columns,
            indexes,
            collation=catalog.binary_collation(self.session),
            comment=self._comment,
        )
        self._undo.append(self._drop_if_empty)

    def _drop_if_empty(self) -> bool:
        return definition.drop_if_empty(self.session, self.table)

    def _check(self, found: Found) -> None:
        if self.document.upload_mode is UploadMode.FAIL_IF_EXISTS:
            raise DestinationError(
                f"Table {self.table} exists, and the template's upload_mode is fail_if_exists.",
                remedy="Drop or rename the table, or choose another mode.",
            )
        if not found.is_table:
            raise DestinationError(
                f"{self.table} is not a table.", remedy="Name a table in destination_config.table."
            )
        if (found.engine or "").lower() != "innodb":
            raise DestinationError(
                f"Table {self.table} has the engine {found.engine}, which cannot take back half a file.",
                remedy=f"Change it: ALTER TABLE {self.table} ENGINE = InnoDB.",
            )
        keys = self.document.destination_config.keys
        if needs_key_index(self.document) and _folded(keys) not in map(
            _folded, catalog.unique_indexes(self.session, self.table)
        ):
            raise DestinationError(
                f"Table {self.table} has no unique index on {', '.join(keys)}, which {self.document.upload_mode.value} needs.",
                remedy=f"Create one: ALTER TABLE {self.table} ADD UNIQUE INDEX ({', '.join(keys)}).",
            )

    def _evolve(self, unknown_columns: Sequence[str]) -> None:
        columns = catalog.columns(self.session, self.table)
        destination = self.document.destination_config
        known = {column.name.casefold() for column in columns}
        added = [
            (rule.name, created_type(rule, ()))
            for rule in missing_columns(self.document.validation_rules.columns, columns)
        ]
        added += [(name, "longtext") for name in unknown_columns if name.casefold() not in known]
        noted = destination.upload_id_column
        if noted is not None and noted.casefold() not in known:
            added.append((noted, UUID_TYPE))
        if not added:
            return
        names = [name for name, _ in added]
        if destination.contract is not Contract.EVOLVE:
            raise DestinationError(
                f"Table {self.table} has no column {', '.join(names)}.",
                remedy="Add it to the table, take it out of the template, or set the contract to evolve.",
            )
        collation = catalog.binary_collation(self.session)
        definition.add_columns(self.session, self.table, added, collation=collation)
        self._undo.append(partial(definition.drop_columns, self.session, self.table, names))

    def _refuse_unfilled(
        self, unknown_columns: Sequence[str], columns: Sequence[TableColumn]
    ) -> None:
        rules = {rule.name for rule in self.document.validation_rules.columns}
        filled = {name.casefold() for name in (*rules, *unknown_columns)}
        unfilled = [
            column.name
            for column in columns
            if column.name.casefold() not in filled and not column.has_default
        ]
        if unfilled:
            raise DestinationError(
                f"Table {self.table} wants a value in {', '.join(unfilled)}, which the template does not load.",
                remedy="Add the column to the template (a constant step will do), or give it a default.",
            )


def indexed_groups(document: TemplateDocument) -> list[tuple[Group, bool]]:
    """Columns of each index that a table made from the template gets, and whether it is unique."""
    destination = document.destination_config
    keys = tuple(destination.keys)
    groups = [(keys, keys_are_unique(document))] if keys else []
    groups += [
        ((rule.name,), True)
        for rule in document.validation_rules.columns
        if rule.unique and keys != (rule.name,)
    ]
    if destination.upload_id_column is not None:
        groups.append(((destination.upload_id_column,), False))
    return groups


def _refuse_unusable(document: TemplateDocument, unknown_columns: Sequence[str]) -> None:
    """Headers that the contract would make columns of, but that cannot be."""
    for name in unknown_columns:
        if len(name) > MAX_NAME_CHARACTERS or name != name.rstrip():
            raise DestinationError(
                f"The header {name[:MAX_NAME_CHARACTERS]!r} cannot be a column's name; MySQL takes "
                f"{MAX_NAME_CHARACTERS} characters, and no space at the end.",
                remedy="Shorten it, or add it to a column of the template as an alias.",
            )
        if name == document.destination_config.upload_id_column:
            raise DestinationError(
                f"The header {name!r} is also the template's upload_id_column.",
                remedy="Rename one of them.",
            )


def _folded(names: Sequence[str]) -> list[str]:
    return sorted(name.casefold() for name in names)
