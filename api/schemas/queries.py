"""Queries as they are asked and answered."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, JsonValue, StringConstraints

from api.schemas.base import Flag, Input
from api.schemas.sources import QueryText
from dataviz_pipelines.core.models.metadata import NormalizedType

ParameterName = Annotated[
    str, StringConstraints(min_length=1, max_length=100, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
]


class RunBody(Input):
    """`parameters` has a value for each `:name` of the query: a JSON value or list, or `{"type": "date", "value":
    "2026-01-31"}`. `execution_id` is a new id, by which the query can be cancelled while it runs."""

    parameters: dict[ParameterName, JsonValue] = Field(default_factory=dict)
    max_rows: Annotated[int, Field(strict=True, ge=1, le=10_000_000)] | None = None
    timeout_seconds: Annotated[float, Field(gt=0, le=86_400)] | None = None
    no_cache: Flag = False
    execution_id: UUID | None = None


class QueryBody(RunBody):
    sql: QueryText


class EstimateBody(Input):
    sql: QueryText
    parameters: dict[ParameterName, JsonValue] = Field(default_factory=dict)


class ResultColumn(BaseModel):
    """`native_type` is the database's own name."""

    name: str
    native_type: str
    type: NormalizedType


class ResultRead(BaseModel):
    """`truncated`: the data source had more. `elapsed_ms` is what the query took, 0 from the cache. `warnings` say what the
    role of the data source may do that nobody who only reads needs."""

    execution_id: UUID
    columns: list[ResultColumn]
    rows: list[list[JsonValue]]
    row_count: int
    truncated: bool
    elapsed_ms: int
    cache_hit: bool
    cached_at: datetime | None
    bytes_billed: int | None
    warnings: list[str]


class EstimateRead(BaseModel):
    """What the query would read and may read. Null where the data source bills nobody."""

    bytes_processed: int | None
    maximum_bytes_billed: int | None
    left_today: int | None


class QueryHealthRead(BaseModel):
    """`message` says why the query would fail."""

    saved_query_id: UUID
    name: str
    is_ok: bool
    message: str | None


class QueryHealthList(BaseModel):
    items: list[QueryHealthRead]
