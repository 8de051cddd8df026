"""What only the database can say of a row: is its key unique in the file, is it in the table, is its value in a lookup."""

from collections.abc import Sequence
from typing import Any, Protocol

import polars as pl

from dataviz_pipelines.core.ingestion.destinations.base import LATE_FINDINGS_SCHEMA
from dataviz_pipelines.core.models.documents.uploads import (
    ColumnRule,
    Lookup,
    TemplateDocument,
    UploadMode,
)

KEYED_MODES = frozenset({UploadMode.UPSERT, UploadMode.INSERT_NEW})
Group = tuple[str, ...]
Rows = list[tuple[Any, ...]]


class Staging(Protocol):
    """Where a database looks at a file's rows before they are in the table. Each method takes out the rows it returns, of
    which it tells the position in the file and the value to show."""

    def take_out_repeated(self, columns: Group) -> Rows:
        """Rows whose values in `columns` stand in an earlier row too; also the line of the first."""

    def take_out_present(self, columns: Group, *, unless_same: Sequence[str]) -> Rows:
        """Rows whose values in `columns` are in the table, in a row that differs in `unless_same`."""

    def take_out_unlisted(self, column: str, lookup: Lookup) -> Rows:
        """Rows whose value is not in the looked-up column."""


def keys_are_unique(document: TemplateDocument) -> bool:
    """delete_insert replaces all rows of a key, so there may be many."""
    return document.upload_mode is not UploadMode.DELETE_INSERT


def needs_key_index(document: TemplateDocument) -> bool:
    return document.upload_mode in KEYED_MODES


def unique_groups(document: TemplateDocument, indexes: Sequence[Group]) -> list[Group]:
    """Columns that must be unique together: by the template, and by the table's own indexes as far as a file fills them."""
    columns = {rule.name for rule in document.validation_rules.columns}
    keys = tuple(document.destination_config.keys)
    wanted = [keys] if keys and keys_are_unique(document) else []
    wanted += [(rule.name,) for rule in document.validation_rules.columns if rule.unique]
    wanted += [index for index in indexes if columns.issuperset(index)]
    return list({frozenset(group): group for group in reversed(wanted)}.values())


class Settling:
    """Takes rows out of the staging table and says why."""

    def __init__(
        self,
        staging: Staging,
        document: TemplateDocument,
        groups: Sequence[Group],
        lookups: Sequence[ColumnRule],
    ) -> None:
        self._staging = staging
        self._document = document
        self._groups = groups
        self._lookups = lookups

    def nothing_found(self) -> pl.DataFrame:
        return pl.DataFrame(schema=LATE_FINDINGS_SCHEMA)

    def within_the_file(self) -> pl.DataFrame:
        found = [self.nothing_found()]
        found += [self._looked_up(rule) for rule in self._lookups]
        found += [self._repeated(group) for group in self._groups]
        return pl.concat(found)

    def against_the_table(self) -> pl.DataFrame:
        """With a keyed mode a row of the same key is not in the way: it is the one to update, or to leave."""
        keys = self._document.destination_config.keys
        keyed = self._document.upload_mode in KEYED_MODES
        found = [self.nothing_found()]
        for group in self._groups:
            if keyed and set(group) == set(keys):
                continue
            rows = self._staging.take_out_present(group, unless_same=keys if keyed else ())
            message = f"is in table {self._document.destination_config.place} already"
            found.append(
                late_findings([(row, value, message) for row, value in rows], group, "unique")
            )
        return pl.concat(found)

    def _repeated(self, group: Group) -> pl.DataFrame:
        rows = self._staging.take_out_repeated(group)
        told = [
            (row, value, f"is the same as on line {first_line}") for row, value, first_line in rows
        ]
        return late_findings(told, group, "unique")

    def _looked_up(self, rule: ColumnRule) -> pl.DataFrame:
        lookup = rule.lookup
        if lookup is None:
            return self.nothing_found()
        rows = self._staging.take_out_unlisted(rule.name, lookup)
        message = f"is not in {lookup.schema_name}.{lookup.table}.{lookup.column}"
        return late_findings([(row, value, message) for row, value in rows], (rule.name,), "lookup")


def late_findings(rows: Sequence[tuple[int, str, str]], columns: Group, rule: str) -> pl.DataFrame:
    column = columns[0] if len(columns) == 1 else ", ".join(columns)
    return pl.DataFrame(
        [(row, column, rule, value, message) for row, value, message in rows],
        schema=LATE_FINDINGS_SCHEMA,
        orient="row",
    )
