"""What a look at the inbox does, and what a run does with a batch.

Every step can be repeated. The keys: a file's upload id is the name of its folder, a batch's run key is its id and
attempt, a load's is the content's hash.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from dataviz_pipelines.core.errors import DatavizError, UnavailableError
from dataviz_pipelines.core.ingestion.drops import inbox, store
from dataviz_pipelines.core.ingestion.drops.store import Batch
from dataviz_pipelines.core.ingestion.identity import FileState
from dataviz_pipelines.core.ingestion.service import Ingestion, load_upload, read_upload
from dataviz_pipelines.core.ingestion.store import NewUpload, UploadRecord, insert_upload
from dataviz_pipelines.core.ingestion.templates import StoredTemplate, list_templates
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.models.uploads import BatchStatus, UploadSource, UploadStatus
from dataviz_pipelines.core.settings import Settings

logger = logging.getLogger(__name__)

FILES_PER_BATCH = 200
MAX_ATTEMPTS = 3  # a file that kills its process takes it down this often, and no more
PUT_AWAY = frozenset({UploadStatus.SUCCEEDED, UploadStatus.DUPLICATE})


@dataclass(frozen=True)
class Drops:
    """The folders of the drop box beside what every upload needs."""

    ingestion: Ingestion
    settings: Settings


def take_settled_files(drops: Drops) -> list[UUID]:
    """Claims every complete file of every active template and puts it on record. Returns the uploads' ids, those of files
    included that a process claimed and did not live to record."""
    templates = {template.document.name: template for template in active_templates(drops)}
    for name in templates:
        for file in inbox.settled_files(
            drops.settings.inbox,
            name,
            settle_s=drops.settings.inbox_settle_s,
            now=drops.ingestion.clock(),
        ):
            inbox.claim(file, drops.settings.claimed, new_id())
    claimed = {file.upload_id: file for file in inbox.claimed_files(drops.settings.claimed)}
    with drops.ingestion.engine.begin() as connection:
        known = store.claimed_uploads(connection, list(claimed))
        new = sorted(claimed.keys() - known.keys())
        for upload_id in new:
            taken = claimed[upload_id]
            if taken.template in templates:
                insert_upload(connection, _new_upload(taken, templates[taken.template]))
    for upload_id, is_finished in known.items():
        if is_finished:  # its process was killed before it could put the file away
            put_away(drops, upload_id)
    return new


def make_inbox_folders(drops: Drops) -> list[str]:
    """A folder for each active template; returns their names."""
    names = [template.document.name for template in active_templates(drops)]
    for name in names:
        (drops.settings.inbox / name).mkdir(parents=True, exist_ok=True)
    return names


def make_batches(drops: Drops) -> list[Batch]:
    """Gathers waiting files into batches; returns every batch that waits for a run."""
    with drops.ingestion.engine.begin() as connection:
        waiting: dict[UUID, list[UUID]] = {}
        for template_id, upload_id in store.unbatched_uploads(connection):
            waiting.setdefault(template_id, []).append(upload_id)
        for template_id, upload_ids in waiting.items():
            for start in range(0, len(upload_ids), FILES_PER_BATCH):
                store.insert_batch(
                    connection, template_id, upload_ids[start : start + FILES_PER_BATCH]
                )
        return store.batches(connection, BatchStatus.QUEUED)


def heal_batches(drops: Drops, is_over: Callable[[str], bool]) -> None:
    """Asks anew for the runs that ended without finishing their batch. `is_over` tells it of a Dagster run's id."""
    with drops.ingestion.engine.begin() as connection:
        running = store.batches(connection, BatchStatus.RUNNING)
    for batch in running:
        if batch.dagster_run_id is None or not is_over(batch.dagster_run_id):
            continue
        if batch.attempt + 1 < MAX_ATTEMPTS:
            with drops.ingestion.engine.begin() as connection:
                store.requeue_batch(connection, batch.id)
        else:
            _give_up(drops, batch)


def load_batch(drops: Drops, batch_id: UUID, dagster_run_id: str) -> Iterator[UploadRecord]:
    """Loads the files of a batch one by one and yields what became of each; one file's failure is not another's.

    Raises UnavailableError when it is no file's fault; the run is then to be repeated.
    """
    with drops.ingestion.engine.begin() as connection:
        store.start_batch(connection, batch_id, dagster_run_id)
        upload_ids = store.batch_uploads(connection, batch_id)
    yield from load_uploads(drops, upload_ids, dagster_run_id)
    with drops.ingestion.engine.begin() as connection:
        store.finish_batch(connection, batch_id, BatchStatus.FINISHED)


def load_waiting(drops: Drops, template: str, dagster_run_id: str) -> Iterator[UploadRecord]:
    """Loads what waits for a template, without waiting for the next look at the inbox."""
    take_settled_files(drops)
    with drops.ingestion.engine.begin() as connection:
        upload_ids = store.waiting_uploads(connection, template)
    yield from load_uploads(drops, upload_ids, dagster_run_id)


def load_uploads(
    drops: Drops, upload_ids: Sequence[UUID], dagster_run_id: str
) -> Iterator[UploadRecord]:
    for upload_id in upload_ids:
        try:
            load_upload(drops.ingestion, upload_id, dagster_run_id=dagster_run_id)
        except UnavailableError:
            raise
        except DatavizError as error:
            logger.warning("upload %s: %s", upload_id, error)
        put_away(drops, upload_id)
        yield read_upload(drops.ingestion, upload_id)


def put_away(drops: Drops, upload_id: UUID) -> None:
    """Moves a finished file out of `claimed`. Where it goes follows from its record, so a kill between the move and the
    note of it is mended by doing this again."""
    record = read_upload(drops.ingestion, upload_id)
    path = Path(record.stored_path or "")
    if record.completed_at is None or not path.is_relative_to(drops.settings.claimed):
        return
    kept = drops.settings.archive if record.status in PUT_AWAY else drops.settings.quarantine
    target = kept / record.template / f"{record.completed_at:%Y-%m}" / str(upload_id) / path.name
    inbox.move(path, target)
    if target.exists():
        with drops.ingestion.engine.begin() as connection:
            store.move_upload(connection, upload_id, str(target))


def _give_up(drops: Drops, batch: Batch) -> None:
    with drops.ingestion.engine.begin() as connection:
        failed = store.fail_live_uploads(
            connection,
            batch.id,
            error_type="RunLostError",
            message=f"The run that loaded it was lost {MAX_ATTEMPTS} times; nothing of it was loaded. "
            "Look at the runs in Dagster, then drop it again.",
        )
        store.finish_batch(connection, batch.id, BatchStatus.FAILED)
    for upload_id in failed:
        put_away(drops, upload_id)


def active_templates(drops: Drops) -> list[StoredTemplate]:
    with drops.ingestion.engine.begin() as connection:
        return [template for template in list_templates(connection) if template.is_active]


def _new_upload(file: inbox.ClaimedFile, template: StoredTemplate) -> NewUpload:
    return NewUpload(
        template_id=template.id,
        file_name=file.path.name,
        file_size_bytes=FileState.of(file.path).size_bytes,
        stored_path=str(file.path),
        source=UploadSource.DROP,
        upload_id=file.upload_id,
    )
