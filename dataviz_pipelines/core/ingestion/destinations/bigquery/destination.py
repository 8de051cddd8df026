"""A dataset of BigQuery as a destination."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from google.api_core import exceptions
from google.cloud.bigquery import Client

from dataviz_pipelines.core.ingestion.destinations.base import Destination, Load, Loader
from dataviz_pipelines.core.ingestion.destinations.bigquery.columns import created_type
from dataviz_pipelines.core.ingestion.destinations.bigquery.errors import DRIVER_ERRORS, translated
from dataviz_pipelines.core.ingestion.destinations.bigquery.jobs import Jobs
from dataviz_pipelines.core.ingestion.destinations.bigquery.loader import BigQueryLoader
from dataviz_pipelines.core.ingestion.destinations.bigquery.marks import BigQueryMarks
from dataviz_pipelines.core.ingestion.errors import DestinationError
from dataviz_pipelines.core.models.documents.uploads import ColumnRule
from dataviz_pipelines.core.sources.connections import BigQueryConnection
from dataviz_pipelines.core.sources.engines.registry import bigquery_engine


class BigQueryDestination:
    """Implements `destinations.base.Destination`."""

    def __init__(self, jobs: Jobs, load: Load) -> None:
        self._jobs = jobs
        self._load = load
        self.marks = BigQueryMarks(jobs, load)

    @contextmanager
    def loading(self) -> Iterator[Loader]:
        with (
            translated(self._load.document.destination_config.place),
            BigQueryLoader(self._jobs, self._load) as loader,
        ):
            self.marks.loader = loader
            yield loader

    def column_type(self, rule: ColumnRule) -> str:
        return created_type(rule)

    def close(self) -> None:
        """The staging table goes by itself when this cannot be done."""
        if self.marks.loader is not None:
            with suppress(*DRIVER_ERRORS):
                self._jobs.drop(self.marks.loader.staging)


@contextmanager
def open_bigquery(load: Load) -> Iterator[Destination]:
    """Raises DestinationError when there is no such dataset, and why the data source cannot be reached."""
    assert load.source is not None  # noqa: S101  # the registry sees to it
    assert load.guard is not None  # noqa: S101
    connection = load.source.connection
    assert isinstance(connection, BigQueryConnection)  # noqa: S101  # it compares the kinds
    client = bigquery_engine(connection, load.guard).client()
    try:
        with translated(load.document.destination_config.place):
            jobs = _jobs(client, connection, load.document.destination_config.schema_name)
        destination = BigQueryDestination(jobs, load)
        try:
            yield destination
        finally:
            destination.close()
    finally:
        client.close()  # type: ignore[no-untyped-call]  # untyped in google-cloud-bigquery


def _jobs(client: Client, connection: BigQueryConnection, dataset: str) -> Jobs:
    """Jobs run where the dataset lies."""
    limits = connection.limits
    anywhere = Jobs(client, None, limits)
    try:
        found = client.get_dataset(
            dataset, retry=anywhere.retry, timeout=float(limits.connect_timeout_s)
        )
    except exceptions.NotFound as error:
        raise DestinationError(
            f"There is no dataset {dataset} in project {connection.project}.",
            remedy="Create it, and grant the service account BigQuery Data Editor on it.",
        ) from error
    return Jobs(client, found.location, limits)
