"""One chunk through some steps."""

from collections.abc import Mapping
from typing import Any

import polars as pl
from pydantic import TypeAdapter

from dataviz_pipelines.core.ingestion.findings import FINDINGS_SCHEMA
from dataviz_pipelines.core.ingestion.transforms import TransformFunction, apply_steps
from dataviz_pipelines.core.models.documents.steps import Step

STEP: TypeAdapter[Step] = TypeAdapter(Step)
Cells = dict[str, list[str | None]]


def run(
    cells: Cells,
    *steps: dict[str, Any],
    functions: Mapping[str, TransformFunction] | None = None,
    native: bool = False,
) -> tuple[Cells, list[tuple[int, str | None, str, str | None]]]:
    frame = pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String))
    parsed = [STEP.validate_python(step) for step in steps]
    result, found = apply_steps(frame, parsed, functions=functions or {}, native=native)
    assert found.schema == FINDINGS_SCHEMA
    assert set(result.schema.values()) <= {pl.String()}
    rows = found.select("row", "column", "rule", "value").rows()
    return result.to_dict(as_series=False), rows
