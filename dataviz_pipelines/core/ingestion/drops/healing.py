"""Uploads that say they run though the process that loaded them is gone.

A batch that lost its run is asked for again as a whole; these were loaded outside of one: from Dagster's launchpad, or by
the command line. The lock that a load holds in the database tells which of them nobody loads any more.
"""

from collections.abc import Callable

from dataviz_pipelines.core.fates import Fate
from dataviz_pipelines.core.ingestion.drops import store
from dataviz_pipelines.core.ingestion.drops.service import (
    MAX_ATTEMPTS,
    Drops,
    put_away,
)
from dataviz_pipelines.core.ingestion.drops.store import RunningUpload
from dataviz_pipelines.core.ingestion.store import is_being_loaded
from dataviz_pipelines.core.models.uploads import UploadSource, UploadStatus

CANCELLED_MESSAGE = "Its run was cancelled in Dagster; nothing of it was loaded."
KILLED_MESSAGE = (
    "The process that loaded it was killed; nothing of it was loaded. "
    "Load it again with `dataviz ingest --upload` and its id."
)
LOST_MESSAGE = (
    f"The run that loaded it was lost {MAX_ATTEMPTS} times; nothing of it was loaded. "
    "Look at the runs in Dagster before it is loaded again."
)


def heal_uploads(drops: Drops, fate_of: Callable[[str], Fate]) -> None:
    """Lets them be loaded again, except where somebody cancelled the run, where it was lost too often, or where only the
    person at the command line can. `fate_of` tells what became of a Dagster run."""
    with drops.ingestion.engine.begin() as connection:
        running = store.running_uploads(connection)
    for upload in running:
        run_id = upload.dagster_run_id
        fate = Fate.LOST if run_id is None else fate_of(run_id)
        if fate is not Fate.ALIVE:
            _heal(drops, upload, fate)


def _heal(drops: Drops, upload: RunningUpload, fate: Fate) -> None:
    is_repeatable = fate is Fate.LOST and upload.source is not UploadSource.CLI
    with drops.ingestion.engine.begin() as connection:
        if is_being_loaded(connection, upload.id):
            return
        if is_repeatable and upload.lost_count + 1 < MAX_ATTEMPTS:
            store.requeue_upload(connection, upload.id)
            return
        status, error_type, message = _end(upload, fate)
        store.end_running_upload(
            connection, upload.id, status, error_type=error_type, message=message
        )
    put_away(drops, upload.id)


def _end(upload: RunningUpload, fate: Fate) -> tuple[UploadStatus, str, str]:
    if fate is Fate.CANCELLED:
        return UploadStatus.CANCELLED, "RunCancelledError", CANCELLED_MESSAGE
    if upload.source is UploadSource.CLI:
        return UploadStatus.FAILED, "ProcessLostError", KILLED_MESSAGE
    return UploadStatus.FAILED, "RunLostError", LOST_MESSAGE
