"""BigQuery's jobs: queries, scripts and loads, each with a limit of time and of cost."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import IO, Any, Final

from google.api_core import exceptions
from google.api_core.retry import Retry
from google.cloud.bigquery import (
    Client,
    CreateDisposition,
    LoadJob,
    LoadJobConfig,
    QueryJob,
    QueryJobConfig,
    ScalarQueryParameter,
    SchemaField,
    SourceFormat,
    TableReference,
    WriteDisposition,
)
from google.cloud.bigquery import (
    Table as DriverTable,
)
from google.cloud.bigquery.dataset import DatasetReference
from google.cloud.bigquery.retry import DEFAULT_RETRY

from dataviz_pipelines.core.errors import UnavailableError
from dataviz_pipelines.core.ingestion.destinations.bigquery.store.names import Table
from dataviz_pipelines.core.sources.connections import BigQueryLimits

STAGED_FOR: Final = timedelta(hours=24)
"""How long the staging table of a process that was killed stays."""
GRACE_S: Final = 10.0
PAUSE_S: Final = 1.0

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Jobs:
    """`client` has the connection's cap on billed bytes and on a job's time as its defaults; every query inherits them."""

    client: Client
    location: str | None
    limits: BigQueryLimits

    @property
    def retry(self) -> Retry:
        """Of a single request: as long as the connection has patience."""
        return DEFAULT_RETRY.with_timeout(self.limits.connect_timeout_s)

    def rows(self, statement: str, parameters: Sequence[ScalarQueryParameter] = ()) -> Rows:
        config = QueryJobConfig(query_parameters=list(parameters))
        return self._finished(self._begun(statement, config=config))

    def number(self, statement: str) -> int:
        ((number,),) = self.rows(statement)
        return int(number)

    def script(self, statement: str, *, job_id: str) -> None:
        """Under an id that says what it is for. A repeated request is answered with Conflict, and is then found to be ours."""
        try:
            job = self._begun(statement, job_id=job_id)
        except exceptions.Conflict:
            job = self.job(job_id)
            if not isinstance(job, QueryJob) or job.query != statement:
                raise
        self._finished(job)

    def job(self, job_id: str) -> Any:
        """None when there is none of this id."""
        try:
            return self.client.get_job(
                job_id, location=self.location, retry=self.retry, timeout=self._answer_s
            )
        except exceptions.NotFound:
            return None

    def has_ended(self, job: Any) -> bool:
        """However it ended; waits for that as long as a job may take."""
        deadline = time.monotonic() + self._longest_s
        while not job.done(retry=self.retry, timeout=self._answer_s):
            if time.monotonic() > deadline:
                return False
            time.sleep(PAUSE_S)
        return True

    def stage(self, table: Table, fields: Sequence[SchemaField]) -> None:
        """A table that goes by itself after `STAGED_FOR`."""
        made = DriverTable(self.reference(table), schema=list(fields))
        made.expires = datetime.now(UTC) + STAGED_FOR
        self.create(made)

    def load(self, file: IO[bytes], table: Table, fields: Sequence[SchemaField]) -> None:
        """Fills a table that is empty: it takes no second load."""
        config = LoadJobConfig(
            source_format=SourceFormat.PARQUET,
            schema=list(fields),
            create_disposition=CreateDisposition.CREATE_NEVER,
            write_disposition=WriteDisposition.WRITE_EMPTY,
        )
        config.job_timeout_ms = self.limits.statement_timeout_s * 1_000
        job = self._sent(file, table, config)
        job.result(retry=self.retry, timeout=self._longest_s)

    def table(self, table: Table) -> DriverTable | None:
        try:
            return self.client.get_table(
                self.reference(table), retry=self.retry, timeout=self._answer_s
            )
        except exceptions.NotFound:
            return None

    def create(self, made: DriverTable, *, exists_ok: bool = False) -> None:
        self.client.create_table(
            made, exists_ok=exists_ok, retry=self.retry, timeout=self._answer_s
        )

    def add_fields(self, found: DriverTable, fields: Sequence[SchemaField]) -> None:
        """Raises PreconditionFailed when the table has been changed since it was read."""
        found.schema = [*found.schema, *fields]
        self.client.update_table(found, ["schema"], retry=self.retry, timeout=self._answer_s)

    def drop(self, table: Table) -> None:
        self.client.delete_table(
            self.reference(table), not_found_ok=True, retry=self.retry, timeout=self._answer_s
        )

    def reference(self, table: Table) -> TableReference:
        return TableReference(DatasetReference(self.client.project, table.dataset), table.name)

    @property
    def _answer_s(self) -> float:
        return float(self.limits.connect_timeout_s)

    @property
    def _longest_s(self) -> float:
        return self.limits.statement_timeout_s + GRACE_S

    def _sent(self, file: IO[bytes], table: Table, config: LoadJobConfig) -> LoadJob:
        """In pieces. Raises UnavailableError when BigQuery has lost what was sent, or does not say what became of it."""
        job_id = f"{table.name}_load"
        try:
            return self.client.load_table_from_file(
                file,
                self.reference(table),
                location=self.location,
                job_id=job_id,
                job_config=config,
                timeout=self.limits.statement_timeout_s,
            )
        except (exceptions.NotFound, exceptions.Conflict) as error:
            begun = self.job(job_id)
            if isinstance(begun, LoadJob):
                return begun
            raise UnavailableError(
                "The rows did not get to BigQuery in one go.",
                remedy="Nothing was loaded; try again.",
            ) from error

    def _begun(
        self, statement: str, *, config: QueryJobConfig | None = None, job_id: str | None = None
    ) -> QueryJob:
        return self.client.query(
            statement,
            job_config=config,
            job_id=job_id,
            location=self.location,
            retry=self.retry,
            timeout=self._answer_s,
            job_retry=None,
        )

    def _finished(self, job: QueryJob) -> Rows:
        found = job.result(retry=self.retry, timeout=self._longest_s, job_retry=None)
        return [tuple(row) for row in found]
