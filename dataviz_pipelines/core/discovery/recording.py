"""The record of a run: one at a time for each source, and ended whatever happens."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Engine as Database

from dataviz_pipelines.core.discovery import store
from dataviz_pipelines.core.discovery.errors import DiscoveryRunningError
from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.impacts import tell_of_changes
from dataviz_pipelines.core.models.documents.metadata import DiscoveryProblem
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.models.metadata import DiscoveryStatus


@dataclass
class Counts:
    """`listed` is always the sum of the three that follow it. Denied tables are stored: their catalog entry can be read."""

    listed: int = 0
    stored: int = 0
    skipped: int = 0
    failed: int = 0
    denied: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0


@dataclass
class Discovery:
    """What a run did."""

    run_id: UUID
    source_id: UUID
    status: DiscoveryStatus = DiscoveryStatus.RUNNING
    counts: Counts = field(default_factory=Counts)
    problems: list[DiscoveryProblem] = field(default_factory=list)


@contextmanager
def recorded(
    database: Database, source_id: UUID, run_id: UUID | None = None
) -> Iterator[Discovery]:
    """A run that begins with the block and fails with it. Key: `run_id`, of one that was asked for or is tried again; one that
    did its work stays as it is, and the run gets another id. Of what a failed one had kept, the next tells those whom it
    concerns."""
    with _alone(database, source_id):
        with database.begin() as connection:
            begun = store.begin_run(connection, source_id, run_id or new_id())
        result = Discovery(begun, source_id)
        try:
            yield result
        except DatavizError as error:
            _fail(database, result, str(error))
            raise
        except BaseException:
            _fail(database, result, "The discovery ended unexpectedly; the log says more.")
            raise
        with database.begin() as connection:
            tell_of_changes(connection, source_id)


def _fail(database: Database, result: Discovery, message: str) -> None:
    result.status = DiscoveryStatus.FAILED
    with database.begin() as connection:
        store.fail_run(connection, result.run_id, message)


@contextmanager
def _alone(database: Database, source_id: UUID) -> Iterator[None]:
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not store.try_lock(connection, source_id):
            raise DiscoveryRunningError(
                "This data source is being discovered already.",
                remedy="Wait until that run has ended.",
            )
        try:
            yield
        finally:
            store.unlock(connection, source_id)
