"""Compares what a saved query answers with a threshold, and fails when it is not as it should be."""

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import AllowInfNan, Field, model_validator

from dataviz_pipelines.core.job_types.querying import RUN_QUERIES, Parameters, run_target
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.documents.document import Document
from dataviz_pipelines.core.models.metadata import NormalizedType
from dataviz_pipelines.core.models.scheduler import JobType
from dataviz_pipelines.core.queries.results import Table
from dataviz_pipelines.core.queries.saved import require_runnable
from dataviz_pipelines.core.scheduling.errors import JobFailedError
from dataviz_pipelines.core.scheduling.job_types import JobContext, Runner

_COMPARED: Final[Mapping[str, Callable[[Decimal, Decimal], bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NUMBERS: Final = frozenset({NormalizedType.INTEGER, NormalizedType.DECIMAL, NormalizedType.FLOAT})


class Measure(StrEnum):
    VALUE = "value"
    ROWS = "rows"


class DataQualityCheckConfig(Document):
    """The first row's value in `column` (None: the first), or the number of rows, should be so to `threshold`, which may be
    text: it is compared exactly."""

    parameters: Parameters = Field(default_factory=dict)
    measure: Measure = Measure.VALUE
    column: str | None = Field(None, min_length=1, max_length=255)
    operator: Literal["=", "!=", "<", "<=", ">", ">="]
    threshold: Annotated[Decimal, AllowInfNan(False), Field(max_digits=76)]

    @model_validator(mode="after")
    def _of_a_row(self) -> Self:
        if self.measure is Measure.ROWS and self.column is not None:
            raise ValueError("rows are counted without a column")
        return self


def check(context: JobContext[DataQualityCheckConfig]) -> None:
    config = context.config
    most = 1 if config.measure is Measure.VALUE else None
    result = run_target(context, config.parameters, max_rows=most)
    what, found = _measured(result.table, config)
    context.log.say(f"{what} is {found:f}; it should be {config.operator} {config.threshold:f}.")
    if not _COMPARED[config.operator](found, config.threshold):
        raise JobFailedError(
            f"{what} is {found:f}, and should be {config.operator} {config.threshold:f}."
        )


def _measured(table: Table, config: DataQualityCheckConfig) -> tuple[str, Decimal]:
    """In words, and the number."""
    if config.measure is Measure.VALUE:
        return _value(table, config.column)
    if table.truncated:
        raise JobFailedError(
            f"There are more than {len(table.rows):,} rows, and more are not counted one by one.",
            remedy="Let the query say count(*), and measure its value.",
        )
    return "The number of rows", Decimal(len(table.rows))


def _value(table: Table, name: str | None) -> tuple[str, Decimal]:
    if not table.rows:
        raise JobFailedError("The query answers no row, so there is no value to compare.")
    index = _index(table, name)
    column, value = table.columns[index], table.rows[0][index]
    if value is None:
        raise JobFailedError(f"The value of {column.name} is NULL, which compares with nothing.")
    number = Decimal(str(value)) if column.type in _NUMBERS else None
    if number is None or not number.is_finite():
        raise JobFailedError(
            f"The value of {column.name} is not a number, but {column.native_type}.",
            remedy="Let the query answer one.",
        )
    return column.name, number


def _index(table: Table, name: str | None) -> int:
    names = [column.name for column in table.columns]
    if name is not None and name not in names:
        raise JobFailedError(
            f"The result has no column {name}.", remedy=f"It has {', '.join(names)}."
        )
    if not names:
        raise JobFailedError("The result has no columns.")
    return 0 if name is None else names.index(name)


DATA_QUALITY_CHECK: Final = Runner(
    job_type=JobType.DATA_QUALITY_CHECK,
    config=DataQualityCheckConfig,
    run=check,
    timeout_s=900,
    target=ResourceType.SAVED_QUERY,
    permissions=(RUN_QUERIES,),
    admit=require_runnable,
    is_repeatable=True,
)
