"""The order of things in one load."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any
from uuid import UUID

import polars as pl
from psycopg import Connection, Copy

from dataviz_pipelines.core.ingestion.destinations.base import LoadResult
from dataviz_pipelines.core.ingestion.destinations.postgresql.columns import TableColumn, narrowed
from dataviz_pipelines.core.ingestion.destinations.postgresql.encoding import (
    BinaryCopyEncoder,
    CopyColumn,
)
from dataviz_pipelines.core.ingestion.destinations.postgresql.store import catalog, staging, writing
from dataviz_pipelines.core.ingestion.destinations.postgresql.store.identifiers import (
    STAGING,
    Table,
)
from dataviz_pipelines.core.ingestion.destinations.postgresql.store.sampling import TableSamples
from dataviz_pipelines.core.ingestion.destinations.postgresql.table import (
    prepare_table,
    refuse_hidden_rows,
)
from dataviz_pipelines.core.ingestion.destinations.sampling import Sampler
from dataviz_pipelines.core.ingestion.destinations.settling import Settling, unique_groups
from dataviz_pipelines.core.ingestion.errors import DestinationError
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, TemplateDocument, UploadMode

STAGED_MODES = frozenset({UploadMode.UPSERT, UploadMode.INSERT_NEW, UploadMode.DELETE_INSERT})
KEEPING_MODES = frozenset({UploadMode.UPSERT, UploadMode.INSERT_NEW})
EXCLUSIVE_MODES = frozenset({UploadMode.REPLACE, UploadMode.DELETE_INSERT})


class PostgresLoader:
    """Implements `destinations.base.Loader` on a connection whose transaction belongs to the caller."""

    def __init__(
        self,
        connection: Connection[Any],
        document: TemplateDocument,
        upload_id: UUID,
        *,
        sampling: bool = False,
    ) -> None:
        self._connection = connection
        self._document = document
        self._upload_id = upload_id
        destination = document.destination_config
        self._table = Table(destination.schema_name, destination.table)
        self._sampler = Sampler(TableSamples(connection, self._table), sampling)
        self._copying = ExitStack()
        self._deleted = 0
        self._written = 0

    def __enter__(self) -> "PostgresLoader":
        return self

    def __exit__(self, *error: Any) -> None:
        """An unfinished COPY is cancelled; the connection could not even roll back otherwise."""
        self._copying.__exit__(*error)

    def open(self, unknown_columns: Sequence[str]) -> Sequence[ColumnRule]:
        columns = prepare_table(self._connection, self._table, self._document, unknown_columns)
        added = [ColumnRule(name=name, required=False) for name in unknown_columns]
        by_name = {column.name: column for column in columns}
        rules = [
            narrowed(rule, by_name[rule.name], str(self._table))
            for rule in [*self._document.validation_rules.columns, *added]
        ]
        if self._mode in EXCLUSIVE_MODES:
            catalog.lock_writers_out(self._connection, self._table)
        groups = unique_groups(
            self._document, catalog.unique_indexes(self._connection, self._table)
        )
        lookups = [rule for rule in rules if rule.lookup is not None]
        for lookup in filter(None, (rule.lookup for rule in lookups)):
            refuse_hidden_rows(self._connection, Table(lookup.schema_name, lookup.table))
        self._staged = self._mode in STAGED_MODES or bool(groups) or bool(lookups)
        self._settling = Settling(
            staging.StagedRows(self._connection, self._table), self._document, groups, lookups
        )
        self._start_copying(rules, by_name)
        return rules

    def write(self, rows: pl.DataFrame, positions: pl.DataFrame) -> None:
        self._written += rows.height
        if not self._staged:
            self._sampler.before_writing(rows)
        if rows.height:
            self._copy.write(self._encoder.rows(rows, positions))

    def settle(self) -> pl.DataFrame:
        self._copy.write(self._encoder.finish())
        self._copying.close()
        if not self._staged:
            self._refuse_less(self._cursor.rowcount, self._written)
            return self._settling.nothing_found()
        staging.analyze(self._connection)
        found = self._settling.within_the_file()
        if self._mode is UploadMode.REPLACE:
            self._delete_all()
        if self._mode is UploadMode.DELETE_INSERT:
            self._sampler.before_deleting(self._keys)
            self._deleted = writing.delete_matching(self._connection, self._table, self._keys)
        return pl.concat([found, self._settling.against_the_table()])

    def finish(self) -> LoadResult:
        if not self._staged:
            return LoadResult(
                inserted=self._written, deleted=self._deleted, changes=self._sampler.found
            )
        staged = staging.count(self._connection)
        self._sampler.before_inserting(
            self._mode, keys=self._keys, compared=self._compared, documents=self._documents
        )
        inserted, updated = self._insert()
        if self._mode not in KEEPING_MODES:
            self._refuse_less(inserted, staged)
        unchanged = staged - inserted - updated
        return LoadResult(inserted, updated, unchanged, self._deleted, self._sampler.found)

    @property
    def _mode(self) -> UploadMode:
        return self._document.upload_mode

    @property
    def _keys(self) -> list[str]:
        return self._document.destination_config.keys

    @property
    def _compared(self) -> list[str]:
        return [column for column in self._columns if column not in self._keys]

    def _delete_all(self) -> None:
        self._sampler.before_deleting()
        self._deleted = writing.delete_all(self._connection, self._table)

    def _refuse_less(self, taken: int, sent: int) -> None:
        """A trigger or a rule leaves rows out without a word."""
        if taken < sent:
            raise DestinationError(
                f"Table {self._table} took {taken} of {sent} rows; nothing was loaded. A trigger or a rule leaves out the others, "
                "or puts them elsewhere.",
                remedy="Change it, or load into the table that it writes to.",
            )

    def _start_copying(self, rules: Sequence[ColumnRule], by_name: dict[str, TableColumn]) -> None:
        self._columns = [rule.name for rule in rules]
        self._sampler.columns = self._columns
        self._documents = [name for name in self._columns if by_name[name].data_type == "json"]
        upload_id_column = self._document.destination_config.upload_id_column
        self._encoder = BinaryCopyEncoder(
            [CopyColumn(rule, by_name[rule.name].data_type) for rule in rules],
            upload_id=None if upload_id_column is None else self._upload_id,
            with_positions=self._staged,
        )
        self._loaded = self._columns + ([] if upload_id_column is None else [upload_id_column])
        if self._staged:
            staging.create(self._connection, self._table, self._loaded)
        elif self._mode is UploadMode.REPLACE:
            self._delete_all()
        target = STAGING if self._staged else self._table.quoted
        statement = staging.copy_statement(target, self._loaded, staged=self._staged)
        self._cursor = self._connection.cursor()
        self._copy: Copy = self._copying.enter_context(self._cursor.copy(statement))
        self._copy.write(self._encoder.start())

    def _insert(self) -> tuple[int, int]:
        if self._mode is UploadMode.UPSERT:
            return writing.upsert_staged(
                self._connection,
                self._table,
                self._loaded,
                keys=self._keys,
                compared=self._compared,
                documents=self._documents,
            )
        if self._mode is UploadMode.INSERT_NEW:
            return writing.insert_staged_if_new(
                self._connection, self._table, self._loaded, self._keys
            ), 0
        return writing.insert_staged(self._connection, self._table, self._loaded), 0
