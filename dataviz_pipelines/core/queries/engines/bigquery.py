"""BigQuery: a job that costs no more than it may, and what it would cost before it does."""

import json
import re
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import TimeoutError as NotDoneError
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from google.api_core.exceptions import GoogleAPICallError
from google.cloud import bigquery
from google.cloud.bigquery.retry import DEFAULT_RETRY

from dataviz_pipelines.core.models.metadata import NormalizedType
from dataviz_pipelines.core.queries.binding import Bound
from dataviz_pipelines.core.queries.engines.base import Statement
from dataviz_pipelines.core.queries.errors import QueryFailedError, QueryRefusedError
from dataviz_pipelines.core.queries.parameters import ParameterType
from dataviz_pipelines.core.queries.results import Column, unique
from dataviz_pipelines.core.sources.connecting import Pools, Source
from dataviz_pipelines.core.sources.errors import Reason, SourceError

_FORBIDDEN: Final = 403
_PAGE: Final = 1_000
_CHECK_S: Final = 30.0
_PARAMETERS: Final = {
    ParameterType.STRING: "STRING",
    ParameterType.INTEGER: "INT64",
    ParameterType.DECIMAL: "BIGNUMERIC",
    ParameterType.FLOAT: "FLOAT64",
    ParameterType.BOOLEAN: "BOOL",
    ParameterType.DATE: "DATE",
    ParameterType.DATETIME: "DATETIME",
    ParameterType.TIMESTAMP: "TIMESTAMP",
}
_TYPES: Final = {
    name: kind
    for kind, names in {
        NormalizedType.STRING: "STRING",
        NormalizedType.BINARY: "BYTES",
        NormalizedType.INTEGER: "INTEGER INT64",
        NormalizedType.FLOAT: "FLOAT FLOAT64",
        NormalizedType.DECIMAL: "NUMERIC BIGNUMERIC",
        NormalizedType.BOOLEAN: "BOOLEAN BOOL",
        NormalizedType.TIMESTAMP: "TIMESTAMP",
        NormalizedType.DATE: "DATE",
        NormalizedType.TIME: "TIME",
        NormalizedType.DATETIME: "DATETIME",
        NormalizedType.SPATIAL: "GEOGRAPHY",
        NormalizedType.INTERVAL: "INTERVAL",
        NormalizedType.JSON: "JSON",
        NormalizedType.STRUCT: "RECORD STRUCT",
        NormalizedType.RANGE: "RANGE",
    }.items()
    for name in names.split()
}
_REQUEST: Final = re.compile(r"^[A-Z]+ https?://\S+: ")
_PLACE: Final = re.compile(r" at \[(\d+):(\d+)\]")


@dataclass(frozen=True)
class Estimate:
    """What a query would read, as a dry run tells."""

    bytes_processed: int
    statement_type: str | None


@dataclass
class BigQueryRun:
    client: bigquery.Client
    statement: Statement
    warnings: list[str] = field(default_factory=list)
    bytes_billed: int | None = None
    _columns: list[Column] = field(default_factory=list)
    _job: bigquery.QueryJob | None = None
    _is_cancelled: bool = False

    def rows(self) -> Generator[Sequence[Any], None, None]:
        statement = self.statement
        retry = DEFAULT_RETRY.with_timeout(statement.timeout_s)
        with _explained(statement.bound):
            self._job = job = self.client.query(
                statement.bound.text,
                job_config=_config(statement),
                retry=retry,
                timeout=statement.timeout_s,
                job_retry=None,
            )
            if self._is_cancelled:
                self.cancel()
            try:
                found = job.result(
                    page_size=_PAGE, timeout=statement.timeout_s, retry=retry, job_retry=None
                )
            except NotDoneError:
                self.cancel()
                raise SourceError(Reason.TIMEOUT) from None
            self.bytes_billed = job.total_bytes_billed
            self._columns = _columns(found.schema)
            are_json = [each.field_type == "JSON" for each in found.schema]
            for row in found:
                yield [
                    json.dumps(value) if is_json and value is not None else value
                    for value, is_json in zip(row.values(), are_json, strict=True)
                ]

    def columns(self) -> list[Column]:
        return self._columns

    def cancel(self) -> None:
        self._is_cancelled = True
        if self._job is not None:
            self.client.cancel_job(self._job.job_id, location=self._job.location)


@contextmanager
def run(pools: Pools, source: Source, statement: Statement) -> Iterator[BigQueryRun]:
    with pools.bigquery(source) as client:
        yield BigQueryRun(client, statement)


def check(pools: Pools, source: Source, text: str) -> None:
    with pools.bigquery(source) as client, _explained(None):
        _dry_run(client, text, bigquery.QueryJobConfig(dry_run=True, use_query_cache=False))


def estimate(pools: Pools, source: Source, bound: Bound) -> Estimate:
    """Nothing is read, and nothing is billed. Raises QueryRefusedError for what is no SELECT to BigQuery."""
    config = bigquery.QueryJobConfig(
        dry_run=True, use_query_cache=False, query_parameters=_parameters(bound)
    )
    with pools.bigquery(source) as client, _explained(bound):
        job = _dry_run(client, bound.text, config)
        found = Estimate(int(job.total_bytes_processed or 0), job.statement_type)
    if found.statement_type != "SELECT":
        raise QueryRefusedError(f"BigQuery says that this is {found.statement_type}.")
    return found


def _dry_run(
    client: bigquery.Client, text: str, config: bigquery.QueryJobConfig
) -> bigquery.QueryJob:
    retry = DEFAULT_RETRY.with_timeout(_CHECK_S)
    return client.query(text, job_config=config, retry=retry, timeout=_CHECK_S, job_retry=None)


def _config(statement: Statement) -> bigquery.QueryJobConfig:
    config = bigquery.QueryJobConfig(
        query_parameters=_parameters(statement.bound),
        labels=dict(statement.labels),
        job_timeout_ms=int(statement.timeout_s * 1_000),
    )
    if statement.most_bytes is not None:
        config.maximum_bytes_billed = statement.most_bytes
    return config


def _parameters(bound: Bound) -> list[bigquery.ScalarQueryParameter]:
    return [
        bigquery.ScalarQueryParameter(None, _PARAMETERS[each.type], each.value)
        for each in bound.values
    ]


def _columns(schema: Sequence[bigquery.SchemaField]) -> list[Column]:
    names = unique(each.name for each in schema)
    return [Column(name, *_type(each)) for name, each in zip(names, schema, strict=True)]


def _type(described: bigquery.SchemaField) -> tuple[str, NormalizedType]:
    if described.mode == "REPEATED":
        return f"ARRAY<{described.field_type}>", NormalizedType.ARRAY
    return described.field_type, _TYPES.get(described.field_type, NormalizedType.OTHER)


@contextmanager
def _explained(bound: Bound | None) -> Iterator[None]:
    """What BigQuery says of the query itself is for the person, without what it was asked over which address."""
    try:
        yield
    except GoogleAPICallError as error:
        if error.code not in {400, 403, 404}:
            raise
        sentence = _REQUEST.sub("", str(error.message)).split("\n")[0]
        line, column = _place(sentence, bound)
        raise QueryFailedError(
            _PLACE.sub("", sentence), line=line, column=column, is_denied=error.code == _FORBIDDEN
        ) from error


def _place(sentence: str, bound: Bound | None) -> tuple[int | None, int | None]:
    """In what the person wrote, of a place in what was sent."""
    said = _PLACE.search(sentence)
    if said is None or bound is None:
        return None, None
    lines = bound.text.splitlines(keepends=True)
    offset = sum(map(len, lines[: int(said[1]) - 1])) + int(said[2]) - 1
    return bound.place(offset) or (None, None)
