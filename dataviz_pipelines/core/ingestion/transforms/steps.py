"""What each step of a template does to a chunk of text columns."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from dataviz_pipelines.core.errors import InvalidInputError
from dataviz_pipelines.core.ingestion.errors import FileRefusedError
from dataviz_pipelines.core.ingestion.findings import findings, no_findings
from dataviz_pipelines.core.ingestion.transforms.dates import rewrite_dates
from dataviz_pipelines.core.ingestion.transforms.numbers import rewrite_numbers
from dataviz_pipelines.core.ingestion.transforms.registry import TransformFunction
from dataviz_pipelines.core.models.documents.steps import (
    Case,
    Compute,
    Concatenate,
    Constant,
    Default,
    Drop,
    MapValues,
    ParseDate,
    ParseNumber,
    PythonFunction,
    Rename,
    Replace,
    Split,
    Step,
    Trim,
)


@dataclass
class Rows:
    """The chunk as the steps so far have left it, and what they could not do."""

    frame: pl.DataFrame
    functions: Mapping[str, TransformFunction]
    native: bool
    found: list[pl.DataFrame] = field(default_factory=lambda: [no_findings()])

    def present(self, columns: Iterable[str]) -> list[str]:
        """A column that is optional and absent from the file passes every step untouched."""
        return [name for name in columns if name in self.frame.columns]

    def put(self, column: pl.Series) -> None:
        self.frame = self.frame.with_columns(column)

    def change(self, columns: Iterable[str], change: Callable[[pl.Expr], pl.Expr]) -> None:
        self.frame = self.frame.with_columns(change(pl.col(name)) for name in self.present(columns))

    def rewrite(self, text: pl.Series, rewritten: pl.Series, rule: str, message: str) -> None:
        """Takes over what could be rewritten. What could not stays as it is, with a finding; empty cells just stay."""
        empty = (text == "").fill_null(True)
        bad = rewritten.is_null() & ~empty
        self.found.append(findings(bad, rule=rule, message=message, column=text.name, values=text))
        self.put(rewritten.zip_with(~(bad | empty), text).alias(text.name))


def apply_steps(
    frame: pl.DataFrame,
    steps: Sequence[Step],
    *,
    functions: Mapping[str, TransformFunction],
    native: bool = False,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The chunk after all steps but `compute`, and findings (FINDINGS_SCHEMA) of the rows that a step could not do.

    `frame` holds text. No step adds, drops or moves rows. A cell with a finding keeps its text; its row must not be loaded.
    `native` numbers and dates are canonical already; the notation of a step is for the cells of text among them.
    """
    rows = Rows(frame, functions, native)
    for step in steps:
        STEPS[type(step)](rows, step)
    return rows.frame, pl.concat(rows.found)


def _rename(rows: Rows, step: Rename) -> None:
    names = {old: step.columns[old] for old in rows.present(step.columns)}
    kept = set(rows.frame.columns) - set(names)
    clash = sorted(kept & set(names.values()))
    if clash:
        raise FileRefusedError(
            f"A rename of the template makes a second column {clash[0]!r}; the file has one already.",
            remedy="Rename or drop the other one first.",
        )
    rows.frame = rows.frame.rename(names)


def _drop(rows: Rows, step: Drop) -> None:
    rows.frame = rows.frame.drop(rows.present(step.columns))


def _trim(rows: Rows, step: Trim) -> None:
    columns = rows.frame.columns if step.columns is None else step.columns
    rows.change(columns, lambda column: column.str.strip_chars(step.characters))


_CASES: Mapping[str, Callable[[pl.Expr], pl.Expr]] = {
    "lower": lambda column: column.str.to_lowercase(),
    "upper": lambda column: column.str.to_uppercase(),
    "title": lambda column: column.str.to_titlecase(),
}


def _case(rows: Rows, step: Case) -> None:
    rows.change(step.columns, _CASES[step.to])


def _replace(rows: Rows, step: Replace) -> None:
    rows.change(
        step.columns,
        lambda column: column.str.replace_all(
            step.pattern, step.replacement, literal=not step.regex
        ),
    )


def _map(rows: Rows, step: MapValues) -> None:
    for name in rows.present([step.column]):
        text = rows.frame[name]
        listed = text.is_in(list(step.values)).fill_null(False)
        mapped = text.replace(step.values)
        if step.otherwise == "null":
            rows.put(mapped.set(~listed, None))
            continue
        if step.otherwise == "reject":
            bad = ~listed & (text != "").fill_null(False)
            message = "is none of the values that the template maps"
            rows.found.append(findings(bad, rule="map", message=message, column=name, values=text))
        rows.put(mapped)


def _parse_number(rows: Rows, step: ParseNumber) -> None:
    written = f"1{step.thousands or ''}234{step.decimal}5"
    for name in rows.present(step.columns):
        text = rows.frame[name]
        numbers = rewrite_numbers(text, step, native=rows.native)
        rows.rewrite(text, numbers, "parse_number", f"is not a number written like {written}")


def _parse_date(rows: Rows, step: ParseDate) -> None:
    message = f"is not in the format {' or '.join(step.formats)}"
    for name in rows.present(step.columns):
        text = rows.frame[name]
        result = rewrite_dates(text, step, native=rows.native)
        rows.found.append(
            findings(
                result.unclear,
                rule="parse_date",
                message=f"is a local time that {step.time_zone} skips or has twice",
                column=name,
                values=text,
            )
        )
        rows.rewrite(text, text.zip_with(result.unclear, result.dates), "parse_date", message)


def _split(rows: Rows, step: Split) -> None:
    """Empty cells give empty parts; another number of parts than asked for is a finding."""
    for name in rows.present([step.column]):
        text = rows.frame[name]
        parts = text.str.split(step.separator)
        wanted = len(step.into)
        bad = (parts.list.len() != wanted) & (text != "")
        message = f"does not have {wanted} parts separated by {step.separator!r}"
        rows.found.append(findings(bad, rule="split", message=message, column=name, values=text))
        if not step.keep:
            rows.frame = rows.frame.drop(name)
        for index, part in enumerate(step.into):
            rows.put(parts.list.get(index, null_on_oob=True).alias(part))


def _concatenate(rows: Rows, step: Concatenate) -> None:
    """Empty cells are left out, and their separator with them."""
    present = rows.present(step.columns)
    if not present:
        return
    cells = [pl.when(pl.col(name) != "").then(pl.col(name)) for name in present]
    joined = pl.concat_str(cells, separator=step.separator, ignore_nulls=True)
    rows.frame = rows.frame.with_columns(joined.alias(step.into))


def _default(rows: Rows, step: Default) -> None:
    if step.column not in rows.frame.columns:
        return _constant(rows, Constant(op="constant", column=step.column, value=step.value))
    filled = (
        pl.when(pl.col(step.column) != "").then(pl.col(step.column)).otherwise(pl.lit(step.value))
    )
    rows.frame = rows.frame.with_columns(filled.alias(step.column))
    return None


def _constant(rows: Rows, step: Constant) -> None:
    rows.frame = rows.frame.with_columns(pl.lit(step.value, pl.String).alias(step.column))


def _compute(rows: Rows, step: Compute) -> None:
    """`compute_columns` fills it in later; what the file has under that name must not be typed, let alone judged."""
    rows.frame = rows.frame.drop(rows.present([step.column]))


def _python(rows: Rows, step: PythonFunction) -> None:
    function = rows.functions.get(step.function)
    if function is None:
        raise InvalidInputError(
            f"There is no registered transform function {step.function!r}.",
            remedy="Name its module in DATAVIZ_TRANSFORM_MODULES.",
        )
    # brings pandas, which few need
    from dataviz_pipelines.core.ingestion.transforms.python_step import call_function

    rows.frame = call_function(rows.frame, function, step.function)


STEPS: Mapping[type[Any], Callable[[Rows, Any], None]] = {
    Rename: _rename,
    Drop: _drop,
    Trim: _trim,
    Case: _case,
    Replace: _replace,
    MapValues: _map,
    ParseNumber: _parse_number,
    ParseDate: _parse_date,
    Split: _split,
    Concatenate: _concatenate,
    Default: _default,
    Constant: _constant,
    Compute: _compute,
    PythonFunction: _python,
}
