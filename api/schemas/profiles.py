"""Profiles of tables as they are asked for and answered."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from api.schemas.base import Input
from dataviz_pipelines.core.models.documents.metadata import Quantiles, TopValue
from dataviz_pipelines.core.profiling.service import MOST_ROWS, ROWS


class ProfileBody(Input):
    """`rows` are read at most; less if the setting query_max_rows says so."""

    rows: Annotated[int, Field(strict=True, ge=1, le=MOST_ROWS)] = ROWS


class ColumnProfileRead(BaseModel):
    """All of it is of the `sampled_rows` that were read, and of the whole table only when `is_exact`. `distinct_estimate` is
    for the whole table, null where its rows are not known. Of a column that looks personal no values are kept."""

    column_id: UUID
    column_name: str
    native_type: str
    sampled_rows: int
    is_exact: bool
    null_count: int
    null_fraction: float | None
    sampled_distinct: int | None
    distinct_estimate: int | None
    min_value: str | None
    max_value: str | None
    quantiles: Quantiles | None
    top_values: list[TopValue] | None
    looks_personal: bool
    personal_reason: str | None
    profiled_at: datetime


class TableProfileRead(BaseModel):
    table_id: UUID
    schema_name: str
    table_name: str
    columns: list[ColumnProfileRead]
