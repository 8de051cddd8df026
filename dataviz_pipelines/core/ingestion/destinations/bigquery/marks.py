"""How BigQuery takes part in loading exactly once: docs/decisions/0016.

The job that moves the rows has an id made of the upload's, so that whoever comes after a killed process finds it, also while
it still runs; the mark is in the same transaction, and stays when BigQuery has forgotten the job.
"""

from itertools import count
from uuid import UUID, uuid4

from dataviz_pipelines.core.ingestion.destinations.base import ContentMarkedError, Load, Mark
from dataviz_pipelines.core.ingestion.destinations.bigquery.errors import (
    DRIVER_ERRORS,
    fact,
    is_marked,
    translated,
)
from dataviz_pipelines.core.ingestion.destinations.bigquery.jobs import Jobs
from dataviz_pipelines.core.ingestion.destinations.bigquery.loader import BigQueryLoader
from dataviz_pipelines.core.ingestion.destinations.bigquery.store import marks as store
from dataviz_pipelines.core.ingestion.destinations.bigquery.store.names import Table
from dataviz_pipelines.core.ingestion.destinations.bigquery.store.writing import transaction
from dataviz_pipelines.core.ingestion.destinations.bigquery.table import make_ready
from dataviz_pipelines.core.ingestion.errors import DestinationError, LoadRaceError
from dataviz_pipelines.core.models.documents.uploads import UploadMode


class BigQueryMarks:
    """Implements `destinations.base.Marks`, in the dataset of the load's table."""

    def __init__(self, jobs: Jobs, load: Load) -> None:
        self._jobs = jobs
        self._load = load
        self._place = load.document.destination_config.place
        self._marks = store.marks_table(load.document.destination_config.schema_name)
        self.loader: BigQueryLoader | None = None

    def own(self) -> Mark | None:
        with translated(self._place):
            if self._next_commit() == 1:
                return None
            return store.find(self._jobs, self._marks, self._load.upload_id)

    def commit(self, mark: Mark) -> None:
        loader = self.loader
        assert loader is not None  # noqa: S101  # `finish` comes before
        assert loader.prepared is not None  # noqa: S101
        try:
            store.note(self._jobs, self._marks, mark, attempt=loader.attempt)
            make_ready(self._jobs, loader.prepared.target, mark.upload_id)
            committing = store.committing(
                self._marks,
                mark,
                attempt=loader.attempt,
                is_replacing=self._load.document.upload_mode is UploadMode.REPLACE,
            )
            script = transaction([*committing, *loader.prepared.statements])
            self._jobs.script(script, job_id=_commit_id(mark.upload_id, self._next_commit()))
        except DRIVER_ERRORS as error:
            if is_marked(error):
                self._tell_whose(mark)
            raise fact(error, self._place) from error

    def find(self, upload_id: UUID) -> Mark | None:
        with translated(self._place):
            return store.find(self._jobs, self._marks, upload_id)

    def forget(self, upload_id: UUID) -> None:
        with translated(self._place):
            self._jobs.rows(store.forgetting(self._marks, upload_id))

    def undo(self, schema: str, table: str, *, column: str) -> int:
        target, upload_id = Table(schema, table), self._load.upload_id
        with translated(str(target)):
            self._refuse_unmarked(target, column)
            removed, script = store.undoing(self._jobs, target, column, upload_id)
            self._jobs.script(script, job_id=f"dataviz_{upload_id.hex}_undo_{uuid4().hex}")
        return removed

    def _next_commit(self) -> int:
        """Waits for an earlier one that runs. Raises LoadRaceError when that takes too long."""
        for number in count(1):
            job = self._jobs.job(_commit_id(self._load.upload_id, number))
            if job is None:
                return number
            if not self._jobs.has_ended(job):
                raise LoadRaceError(
                    f"BigQuery is still loading upload {self._load.upload_id} into {self._place}.",
                    remedy="Try again in a moment.",
                )
        raise AssertionError("numbers do not end")

    def _tell_whose(self, mark: Mark) -> None:
        with translated(self._place):
            other = store.find_content(self._jobs, self._marks, mark)
        if other is not None and other != mark.upload_id:
            raise ContentMarkedError(other)

    def _refuse_unmarked(self, target: Table, column: str) -> None:
        found = self._jobs.table(target)
        names = [] if found is None else [field.name for field in found.schema]
        if column not in names:
            raise DestinationError(
                f"Table {target} is gone, or has no column {column} any more.",
                remedy="Take the rows out by hand.",
            )


def _commit_id(upload_id: UUID, number: int) -> str:
    """BigQuery runs no id twice, within a project and location."""
    return f"dataviz_{upload_id.hex}_commit_{number}"
