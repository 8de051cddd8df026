"""What happens to one chunk: the template's steps, typing, computed columns, rules; good rows go on, bad ones are logged."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from dataviz_pipelines.core.ingestion.destinations.base import POSITIONS_SCHEMA
from dataviz_pipelines.core.ingestion.findings import findings, no_findings
from dataviz_pipelines.core.ingestion.headers import HeaderMatch
from dataviz_pipelines.core.ingestion.parsing import TYPE, parse_columns
from dataviz_pipelines.core.ingestion.rejects import RejectLog, is_reject_file
from dataviz_pipelines.core.ingestion.source import Chunk, Source
from dataviz_pipelines.core.ingestion.transforms import (
    TransformFunction,
    apply_steps,
    compute_columns,
)
from dataviz_pipelines.core.ingestion.validation import NOT_NULL, Validator
from dataviz_pipelines.core.models.documents.uploads import ColumnRule, Contract, TemplateDocument
from dataviz_pipelines.core.spreadsheets import restored


@dataclass(frozen=True)
class Accepted:
    """Rows of one chunk that passed, typed, in the order of the rules, and where they stand (POSITIONS_SCHEMA)."""

    rows: pl.DataFrame
    positions: pl.DataFrame
    bytes_read: int


class Pipeline:
    """Built for one file. `run` may be iterated in a thread of its own; it only reads the source and writes rejects."""

    def __init__(
        self,
        document: TemplateDocument,
        rules: Sequence[ColumnRule],
        *,
        match: HeaderMatch,
        functions: Mapping[str, TransformFunction],
    ) -> None:
        self._document = document
        self._rules = rules
        self._match = match
        self._functions = functions
        self._validator = Validator.of(
            document.validation_rules.model_copy(update={"columns": list(rules)})
        )

    def run(self, source: Source, rejects: RejectLog) -> Iterator[Accepted]:
        rows_before = 0
        for chunk in source.chunks():
            rejects.add_records(chunk.rejected)
            yield self._accepted(chunk, rows_before, rejects, native=source.native)
            rows_before += chunk.frame.height

    def _accepted(
        self, chunk: Chunk, rows_before: int, rejects: RejectLog, *, native: bool
    ) -> Accepted:
        typed, found = self._typed(chunk.frame, native=native)
        found = pl.concat(
            [found, _but_not_twice(self._validator.check(typed), found, rule=NOT_NULL)]
        )
        positions = pl.DataFrame(
            {
                "row": pl.int_range(rows_before, rows_before + typed.height, eager=True),
                "line": chunk.lines,
            },
            schema=POSITIONS_SCHEMA,
        )
        if not found.is_empty():
            rejects.add_rows(chunk, found)
            good = _all_but(found["row"], typed.height)
            typed, positions = typed.filter(good), positions.filter(good)
        return Accepted(typed, positions, chunk.bytes_read)

    def _typed(self, frame: pl.DataFrame, *, native: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
        surplus = self._surplus(frame)
        given = restored(frame) if is_reject_file(frame.columns) else frame
        named = self._known(given).rename(self._match.renames)
        transformed, by_steps = apply_steps(
            named,
            self._document.transformation_rules.steps,
            functions=self._functions,
            native=native,
        )
        typed, by_types = parse_columns(transformed, self._rules, native=native)
        computed, by_compute = compute_columns(
            typed, self._document.transformation_rules.steps, self._rules
        )
        by_types = _but_not_twice(by_types, by_steps, rule=TYPE)
        return computed, pl.concat([surplus, by_steps, by_types, by_compute])

    def _known(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Under `discard_value` a column that the template does not know meets no step."""
        if self._document.destination_config.contract is not Contract.DISCARD_VALUE:
            return frame
        return frame[[name for name in frame.columns if name not in self._match.unknown]]

    def _surplus(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Under `discard_row` a value in a column that the template does not know condemns its row."""
        if self._document.destination_config.contract is not Contract.DISCARD_ROW:
            return no_findings()
        return pl.concat(
            [no_findings()]
            + [
                findings(
                    frame[name] != "",
                    rule="unknown_column",
                    message="is in a column that the template does not know",
                    column=name,
                    values=frame[name],
                )
                for name in self._match.unknown
            ]
        )


def _but_not_twice(later: pl.DataFrame, earlier: pl.DataFrame, *, rule: str) -> pl.DataFrame:
    """A cell that a step could not do is not also of a wrong type, and one that could not be read is not also missing."""
    if later.is_empty() or earlier.is_empty():
        return later
    repeated = earlier.select("row", "column", pl.lit(rule).alias("rule"))
    return later.join(repeated, on=["row", "column", "rule"], how="anti", nulls_equal=True)


def _all_but(rows: pl.Series, height: int) -> pl.Series:
    good = pl.repeat(True, height, eager=True)
    return good.scatter(rows.unique(), False)
