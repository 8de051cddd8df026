"""What a query may take: the least of what administrators, the data source and the person say."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from dataviz_pipelines.core.models.documents.settings import SystemSettings
from dataviz_pipelines.core.queries import store
from dataviz_pipelines.core.queries.results import Limits

_MB: Final = 2**20
_GB: Final = 2**30
_KEYS: Final = (
    "query_timeout_seconds",
    "query_max_rows",
    "query_max_result_mb",
    "query_cache_seconds",
    "query_cache_mb",
    "bigquery_daily_gb",
)


@dataclass(frozen=True)
class Bounds:
    """`timeout_s` is yet to be bounded by the data source. `daily_bytes` are a person's for BigQuery."""

    timeout_s: float
    rows: Limits
    cache_s: int
    cache_bytes: int
    daily_bytes: int


def bounds(
    connection: Connection, *, timeout_s: float | None = None, max_rows: int | None = None
) -> Bounds:
    """`timeout_s` and `max_rows` are what the person asks for."""
    known = SystemSettings.model_validate(store.settings(connection, _KEYS))
    limit_s, limit_rows = known.query_timeout_seconds, known.query_max_rows
    return Bounds(
        timeout_s=limit_s if timeout_s is None else min(timeout_s, limit_s),
        rows=Limits(
            max_rows=limit_rows if max_rows is None else min(max_rows, limit_rows),
            max_bytes=known.query_max_result_mb * _MB,
        ),
        cache_s=known.query_cache_seconds,
        cache_bytes=known.query_cache_mb * _MB,
        daily_bytes=known.bigquery_daily_gb * _GB,
    )
