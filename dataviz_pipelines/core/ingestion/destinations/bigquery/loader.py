"""The order of things in one load."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import polars as pl

from dataviz_pipelines.core.ingestion.destinations.base import Load, LoadResult
from dataviz_pipelines.core.ingestion.destinations.bigquery.columns import narrowed
from dataviz_pipelines.core.ingestion.destinations.bigquery.jobs import Jobs
from dataviz_pipelines.core.ingestion.destinations.bigquery.staging_file import (
    StagingFile,
    staged_fields,
)
from dataviz_pipelines.core.ingestion.destinations.bigquery.store.names import Table
from dataviz_pipelines.core.ingestion.destinations.bigquery.store.rows import StagedRows
from dataviz_pipelines.core.ingestion.destinations.bigquery.store.sampling import TableSamples
from dataviz_pipelines.core.ingestion.destinations.bigquery.store.staging import StagingTable
from dataviz_pipelines.core.ingestion.destinations.bigquery.store.writing import (
    counts,
    statements,
    unchanged,
)
from dataviz_pipelines.core.ingestion.destinations.bigquery.table import Target, find_target
from dataviz_pipelines.core.ingestion.destinations.sampling import Sampler
from dataviz_pipelines.core.ingestion.destinations.settling import (
    KEYED_MODES,
    Group,
    Settling,
    late_findings,
    unique_groups,
)
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, UploadMode

STAGING: Final = "dataviz_staging"


@dataclass(frozen=True)
class Prepared:
    """What moves the rows, once the `target` is made ready; the statements run in one transaction."""

    target: Target
    statements: Sequence[str]


class BigQueryLoader:
    """Implements `destinations.base.Loader`. Nothing is in the table before the `prepared` statements have run."""

    def __init__(self, jobs: Jobs, load: Load) -> None:
        self._jobs = jobs
        self._load = load
        self._document = load.document
        dataset = load.document.destination_config.schema_name
        self.attempt = uuid4().hex
        self.staging = Table(dataset, f"{STAGING}_{self.attempt}")
        self.prepared: Prepared | None = None
        self._file: StagingFile | None = None

    def __enter__(self) -> "BigQueryLoader":
        return self

    def __exit__(self, *error: Any) -> None:
        if self._file is not None:
            self._file.close()

    def open(self, unknown_columns: Sequence[str]) -> Sequence[ColumnRule]:
        target = find_target(self._jobs, self._document, self._load.upload_id, unknown_columns)
        added = [ColumnRule(name=name, required=False) for name in unknown_columns]
        rules = [
            narrowed(rule, target.column(rule.name), str(target.table))
            for rule in [*self._document.validation_rules.columns, *added]
        ]
        self._rows = StagedRows(
            self.staging,
            target,
            rules,
            self._load.upload_id,
            self._document.destination_config.upload_id_column,
        )
        self._file = StagingFile(rules)
        self._prepare_settling(rules)
        return rules

    def write(self, rows: pl.DataFrame, positions: pl.DataFrame) -> None:
        if self._file is not None:
            self._file.write(rows, positions)

    def settle(self) -> pl.DataFrame:
        fields = staged_fields(self._rows.rules)
        self._jobs.stage(self.staging, fields)
        if self._file is not None and self._file.has_rows:
            self._jobs.load(self._file.finished(), self.staging, fields)
        found = [self._unkept(name) for name in self._documents]
        found.append(self._settling.within_the_file())
        if self._mode is not UploadMode.REPLACE:
            found.append(self._settling.against_the_table())
        return pl.concat(found)

    def finish(self) -> LoadResult:
        sampler = self._sampled()
        asked = counts(self._rows, self._mode, keys=self._keys, compared=self._compared)
        ((staged, new, changed, deleted),) = self._jobs.rows(asked.query)
        expected = [(asked.new, new), (asked.changed, changed), (asked.deleted, deleted)]
        self.prepared = Prepared(
            self._rows.target,
            [
                unchanged(self._rows, [*expected, *self._not_in_the_way()]),
                *statements(self._rows, self._mode, keys=self._keys, compared=self._compared),
            ],
        )
        return LoadResult(new, changed, staged - new - changed, deleted, sampler.found)

    @property
    def _mode(self) -> UploadMode:
        return self._document.upload_mode

    @property
    def _keys(self) -> list[str]:
        return self._document.destination_config.keys

    @property
    def _compared(self) -> list[str]:
        return [name for name in self._rows.names if name not in self._keys]

    @property
    def _documents(self) -> list[str]:
        target = self._rows.target
        return [name for name in self._rows.names if target.column(name).data_type == "JSON"]

    def _prepare_settling(self, rules: Sequence[ColumnRule]) -> None:
        deletes = self._mode is UploadMode.DELETE_INSERT
        self._staging = StagingTable(self._jobs, self._rows, self._keys if deletes else ())
        self._groups = unique_groups(self._document, ())
        lookups = [rule for rule in rules if rule.lookup is not None]
        self._settling = Settling(self._staging, self._document, self._groups, lookups)

    def _unkept(self, name: str) -> pl.DataFrame:
        rows = self._staging.take_out_unkept(name)
        message = "is not JSON that BigQuery keeps as it is"
        return late_findings([(row, value, message) for row, value in rows], (name,), "type")

    def _not_in_the_way(self) -> list[tuple[str, int]]:
        """What `settle` has seen to: BigQuery has no unique index that would."""
        if self._mode is UploadMode.REPLACE or self._rows.target.is_new:
            return []
        return [(self._number_in_the_way(group), 0) for group in self._groups_against_the_table()]

    def _groups_against_the_table(self) -> list[Group]:
        absent = self._rows.target.absent
        present = [group for group in self._groups if absent.isdisjoint(group)]
        if self._mode not in KEYED_MODES:
            return present
        return [group for group in present if set(group) != set(self._keys)]

    def _number_in_the_way(self, group: Group) -> str:
        unless_same = self._keys if self._mode in KEYED_MODES else ()
        condition = self._staging.in_the_way(group, unless_same=unless_same)
        return f"(SELECT COUNT(*) FROM {self._rows.good} AS s WHERE {condition})"

    def _sampled(self) -> Sampler:
        sampler = Sampler(
            TableSamples(self._jobs, self._rows), self._load.sampling, self._rows.names
        )
        if self._mode is UploadMode.REPLACE:
            sampler.before_deleting()
        if self._mode is UploadMode.DELETE_INSERT:
            sampler.before_deleting(self._keys)
        sampler.before_inserting(
            self._mode, keys=self._keys, compared=self._compared, documents=self._documents
        )
        return sampler
