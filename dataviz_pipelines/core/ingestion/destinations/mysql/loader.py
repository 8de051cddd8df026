"""The order of things in one load."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from dataviz_pipelines.core.ingestion.destinations.base import Load, LoadResult
from dataviz_pipelines.core.ingestion.destinations.mysql.columns import (
    TableColumn,
    limits,
    narrowed,
)
from dataviz_pipelines.core.ingestion.destinations.mysql.encoding import (
    as_lines,
    as_texts,
    beyond_limits,
    free_columns,
)
from dataviz_pipelines.core.ingestion.destinations.mysql.session import Session
from dataviz_pipelines.core.ingestion.destinations.mysql.store import catalog, staging, writing
from dataviz_pipelines.core.ingestion.destinations.mysql.store.identifiers import (
    LINE,
    ROW,
    quoted,
)
from dataviz_pipelines.core.ingestion.destinations.mysql.store.sampling import TableSamples
from dataviz_pipelines.core.ingestion.destinations.mysql.table import TargetTable
from dataviz_pipelines.core.ingestion.destinations.sampling import Sampler
from dataviz_pipelines.core.ingestion.destinations.settling import Group, Settling, unique_groups
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, UploadMode

STAGED_MODES = frozenset({UploadMode.UPSERT, UploadMode.INSERT_NEW, UploadMode.DELETE_INSERT})
AT_ONCE = 20_000  # rows that are made into text while the server takes in those before
SLOW = "The server does not allow LOAD DATA LOCAL (local_infile is OFF), so rows were inserted by statements, which is slower."


class MySQLLoader:
    """Implements `destinations.base.Loader`; it begins a transaction and leaves its end to others."""

    def __init__(self, session: Session, target: TargetTable, load: Load) -> None:
        self._session = session
        self._target = target
        self._table = target.table
        self._load = load
        self._document = load.document
        self._sampler = Sampler(TableSamples(session, self._table), load.sampling)
        self._held_back: list[pl.DataFrame] = []
        self._deleted = 0
        self._written = 0

    def __enter__(self) -> "MySQLLoader":
        return self

    def __exit__(self, *error: Any) -> None:
        """Whoever opened the session ends the transaction."""

    def open(self, unknown_columns: Sequence[str]) -> Sequence[ColumnRule]:
        columns = {
            column.name.casefold(): column for column in self._target.prepare(unknown_columns)
        }
        added = [ColumnRule(name=name, required=False) for name in unknown_columns]
        self._rules = [
            narrowed(rule, columns[rule.name.casefold()], str(self._table))
            for rule in [*self._document.validation_rules.columns, *added]
        ]
        groups = unique_groups(self._document, self._unique_indexes())
        lookups = [rule for rule in self._rules if rule.lookup is not None]
        self._staged = self._mode in STAGED_MODES or bool(groups) or bool(lookups)
        self._settling = Settling(
            staging.StagedRows(self._session, self._table), self._document, groups, lookups
        )
        self._start(columns)
        return self._rules

    def write(self, rows: pl.DataFrame, positions: pl.DataFrame) -> None:
        beyond = beyond_limits(rows, positions, self._limits)
        if beyond.height:
            self._held_back.append(beyond)
            is_held = ~positions["row"].is_in(beyond["row"].implode())
            rows, positions = rows.filter(is_held), positions.filter(is_held)
        self._written += rows.height
        if not self._staged:
            self._sampler.before_writing(rows)
        if rows.height:
            self._send(rows, positions)

    def settle(self) -> pl.DataFrame:
        found = [self._settling.nothing_found(), *self._held_back]
        if not self._staged:
            return pl.concat(found)
        found.append(self._settling.within_the_file())
        if self._mode is UploadMode.REPLACE:
            self._delete_all()
        if self._mode is UploadMode.DELETE_INSERT:
            self._sampler.before_deleting(self._keys)
            self._deleted = writing.delete_matching(self._session, self._table, self._keys)
        found.append(self._settling.against_the_table())
        return pl.concat(found)

    def finish(self) -> LoadResult:
        inserted, updated, unchanged = self._written, 0, 0
        if self._staged:
            staged = staging.count(self._session, self._table)
            self._sampler.before_inserting(
                self._mode, keys=self._keys, compared=self._compared, documents=()
            )
            inserted, updated = self._insert()
            unchanged = staged - inserted - updated
        return LoadResult(
            inserted,
            updated,
            unchanged,
            self._deleted,
            self._sampler.found,
            () if self._takes_files else (SLOW,),
        )

    @property
    def _mode(self) -> UploadMode:
        return self._document.upload_mode

    @property
    def _keys(self) -> list[str]:
        return self._document.destination_config.keys

    @property
    def _compared(self) -> list[str]:
        return [rule.name for rule in self._rules if rule.name not in self._keys]

    def _unique_indexes(self) -> list[Group]:
        """By the names of the rules, which may differ in case from those of the columns."""
        names = {rule.name.casefold(): rule.name for rule in self._rules}
        return [
            tuple(names.get(column.casefold(), column) for column in index)
            for index in catalog.unique_indexes(self._session, self._table)
        ]

    def _start(self, columns: dict[str, TableColumn]) -> None:
        names = [rule.name for rule in self._rules]
        self._sampler.columns = names
        self._free = free_columns(self._rules)
        self._takes_files = catalog.takes_files(self._session)
        self._limits = {
            name: limit for name in names if (limit := limits(columns[name.casefold()])) is not None
        }
        upload_id_column = self._document.destination_config.upload_id_column
        self._loaded = names + ([] if upload_id_column is None else [upload_id_column])
        if self._staged:
            staging.create(
                self._session, self._table, [columns[name.casefold()] for name in self._loaded]
            )
        self._session.begin()
        if self._mode is UploadMode.REPLACE and not self._staged:
            self._delete_all()

    def _delete_all(self) -> None:
        self._sampler.before_deleting()
        self._deleted = writing.delete_all(self._session, self._table)

    def _send(self, rows: pl.DataFrame, positions: pl.DataFrame) -> None:
        columns = [quoted(name) for name in self._loaded]
        columns += [ROW, LINE] if self._staged else []
        target = self._table.staging if self._staged else self._table.quoted
        parts = (
            self._texts(rows.slice(start, AT_ONCE), positions.slice(start, AT_ONCE))
            for start in range(0, rows.height, AT_ONCE)
        )
        if self._takes_files:
            lines = (as_lines(part, self._free) for part in parts)
            writing.load(self._session, target, columns, lines)
            return
        for part in parts:
            writing.insert(self._session, target, columns, part)

    def _texts(self, rows: pl.DataFrame, positions: pl.DataFrame) -> pl.DataFrame:
        """In the order of what is loaded, with positions for the staging table."""
        texts = as_texts(rows, self._rules)
        if len(self._loaded) > len(self._rules):
            texts = texts.with_columns(pl.lit(str(self._load.upload_id)).alias("upload_id"))
        if not self._staged:
            return texts
        return pl.concat([texts, positions.cast(pl.String)], how="horizontal")

    def _insert(self) -> tuple[int, int]:
        if self._mode is UploadMode.UPSERT:
            updated = writing.update_staged(
                self._session,
                self._table,
                self._loaded,
                keys=self._keys,
                compared=self._compared,
            )
            return self._insert_new(), updated
        if self._mode is UploadMode.INSERT_NEW:
            return self._insert_new(), 0
        return writing.insert_staged(self._session, self._table, self._loaded), 0

    def _insert_new(self) -> int:
        return writing.insert_staged_if_new(self._session, self._table, self._loaded, self._keys)
