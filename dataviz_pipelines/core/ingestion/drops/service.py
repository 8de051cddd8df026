"""What a look at the inbox does, and what a run does with a batch.

Every step can be repeated. The keys: a file's upload id is the name of its folder, a batch's run key is its id and
attempt, a load's is the content's hash.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from dataviz_pipelines.core.errors import DatavizError, UnavailableError
from dataviz_pipelines.core.fates import Fate
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.drops import claims, inbox, store
from dataviz_pipelines.core.ingestion.drops.claims import Claim
from dataviz_pipelines.core.ingestion.drops.store import Batch
from dataviz_pipelines.core.ingestion.errors import UploadInProgressError
from dataviz_pipelines.core.ingestion.service import FINAL, load_upload, read_upload
from dataviz_pipelines.core.ingestion.store import NewUpload, UploadRecord, insert_upload
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.models.uploads import BatchStatus, UploadSource, UploadStatus
from dataviz_pipelines.core.settings import Settings

logger = logging.getLogger(__name__)

FILES_PER_BATCH = 200
LOOK_EVERY_S = 0.5
MAX_ATTEMPTS = 3  # a file that kills its process takes it down this often, and no more
LOST_MESSAGE = (
    f"The run that loaded it was lost {MAX_ATTEMPTS} times; nothing of it was loaded. "
    "Look at the runs in Dagster, then drop it again."
)
CANCELLED_MESSAGE = (
    "Its run was cancelled in Dagster; nothing of it was loaded. Drop it again to load it."
)


@dataclass(frozen=True)
class Drops:
    """The folders of the drop box beside what every upload needs."""

    ingestion: Ingestion
    settings: Settings
    sleep: Callable[[float], None] = time.sleep


def take_settled_files(drops: Drops, *, patience_s: float = 0.0) -> list[UUID]:
    """Claims every complete file of every active template and puts it on record. Returns the uploads' ids, those of files
    included that a process claimed and did not live to record.

    Where a file is about to be complete, it waits for it (once, at most `inbox_settle_s`); where there is none, it keeps
    looking for `patience_s`: the next call may be several seconds away.
    """
    names = active_templates(drops)
    look = _claim_settled(drops, names)
    waited_s = 0.0
    while not look.claimed and look.next_in_s is None and waited_s < patience_s:
        drops.sleep(LOOK_EVERY_S)
        waited_s += LOOK_EVERY_S
        look = _claim_settled(drops, names)
    if look.next_in_s is not None:
        drops.sleep(look.next_in_s)
        _claim_settled(drops, names)
    new, finished = _record_claims(drops)
    for upload_id in finished:  # its process was killed before it had put the file away
        put_away(drops, upload_id)
    return new


@dataclass(frozen=True)
class _Look:
    """`next_in_s`: how soon another look is worth while, because a file is about to be complete."""

    claimed: int
    next_in_s: float | None


def _claim_settled(drops: Drops, templates: Sequence[str]) -> _Look:
    waits_s: list[float] = []
    claimed = 0
    settings = drops.settings
    for template in templates:
        found = inbox.look(
            settings.inbox, template, settle_s=settings.inbox_settle_s, now=drops.ingestion.clock()
        )
        for file in found.settled:
            inbox.claim(file, settings.claimed, new_id())
            claimed += 1
        if found.next_in_s is not None:
            waits_s.append(found.next_in_s)
    return _Look(claimed, min(waits_s, default=None))


def _record_claims(drops: Drops) -> tuple[list[UUID], list[UUID]]:
    """The uploads that are now on record, and those whose loading is over though their claim is still there."""
    with drops.ingestion.engine.begin() as connection:
        store.lock_claims(connection)
        found = {claim.upload_id: claim for claim in claims.claims(drops.settings.claimed)}
        known = store.claimed_uploads(connection, list(found))
        templates = store.template_ids(connection, only_active=False)
        new = []
        for upload_id in sorted(found.keys() - known.keys()):
            claim = found[upload_id]
            if claim.path is None:  # a kill came before the move: the file is still in the inbox
                claims.remove_if_empty(drops.settings.claimed / claim.template / str(upload_id))
            elif claim.template in templates:
                insert_upload(connection, _new_upload(claim, claim.path, templates[claim.template]))
                new.append(upload_id)
    return new, [upload_id for upload_id, is_finished in known.items() if is_finished]


def make_inbox_folders(drops: Drops) -> list[str]:
    """A folder for each active template; returns their names."""
    names = active_templates(drops)
    for name in names:
        with suppress(FileExistsError):  # a file of this name is in its place; `overlooked` says so
            (drops.settings.inbox / name).mkdir(parents=True, exist_ok=True)
    return names


def overlooked_files(drops: Drops) -> list[str]:
    """A sentence for each thing in the inbox that will never be taken, because it is not where files are looked for."""
    return inbox.overlooked(drops.settings.inbox, set(active_templates(drops)))


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


def heal_batches(drops: Drops, fate_of: Callable[[Batch], Fate]) -> None:
    """Asks anew for the runs that ended without finishing their batch, also those that ended before they began it."""
    with drops.ingestion.engine.begin() as connection:
        live = store.batches(connection, BatchStatus.QUEUED, BatchStatus.RUNNING)
    for batch in live:
        fate = fate_of(batch)
        if fate is Fate.CANCELLED:
            _end_batch(
                drops,
                batch,
                UploadStatus.CANCELLED,
                error_type="RunCancelledError",
                message=CANCELLED_MESSAGE,
            )
        elif fate is Fate.LOST and batch.attempt + 1 < MAX_ATTEMPTS:
            with drops.ingestion.engine.begin() as connection:
                store.requeue_batch(connection, batch)
        elif fate is Fate.LOST:
            _end_batch(
                drops, batch, UploadStatus.FAILED, error_type="RunLostError", message=LOST_MESSAGE
            )


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
        put_away(drops, upload_id)  # a killed process may have moved the file without noting where
        try:
            load_upload(drops.ingestion, upload_id, dagster_run_id=dagster_run_id)
        except UnavailableError:
            raise
        except UploadInProgressError as error:
            logger.info("%s", error)
            continue  # whoever loads it reports it
        except DatavizError as error:
            logger.warning("upload %s: %s", upload_id, error)
        except Exception:  # on record by now, and the batch's other files must be loaded
            logger.exception("upload %s", upload_id)
        put_away(drops, upload_id)
        yield read_upload(drops.ingestion, upload_id)


def put_away(drops: Drops, upload_id: UUID) -> None:
    """Moves a finished file to where its record says it belongs; a file that is not in the platform's folders stays where
    it is, and so does one that was only tried and may still be loaded.

    Safe after a kill at any moment: the target follows from the record, and the claim's folder is removed last.
    """
    record = read_upload(drops.ingestion, upload_id)
    settings = drops.settings
    path = Path(record.stored_path or "")
    ours = (settings.claimed, settings.received, settings.archive, settings.quarantine)
    is_ours = any(path.is_relative_to(folder) for folder in ours)
    if record.completed_at is None or record.is_dry_run or not is_ours:
        return
    kept = settings.archive if record.status in FINAL else settings.quarantine
    month = f"{record.completed_at:%Y-%m}"
    target = kept / record.template / month / str(upload_id) / path.name
    claims.move(path, target)
    if record.status not in FINAL:
        claims.explain(target, record.error_message or record.status.value)
    if target != path and target.exists():
        with drops.ingestion.engine.begin() as connection:
            store.move_upload(connection, upload_id, str(target))
        claims.remove_if_empty(path.parent)
    claims.remove_if_empty(settings.claimed / record.template / str(upload_id))
    claims.remove_if_empty(settings.received / str(upload_id))


def _end_batch(
    drops: Drops, batch: Batch, status: UploadStatus, *, error_type: str, message: str
) -> None:
    with drops.ingestion.engine.begin() as connection:
        ended = store.end_live_uploads(
            connection, batch.id, status, error_type=error_type, message=message
        )
        store.finish_batch(connection, batch.id, BatchStatus.FAILED)
    for upload_id in ended:
        put_away(drops, upload_id)


def active_templates(drops: Drops) -> list[str]:
    """Their names, in order."""
    with drops.ingestion.engine.begin() as connection:
        return list(store.template_ids(connection, only_active=True))


def _new_upload(claim: Claim, path: Path, template_id: UUID) -> NewUpload:
    return NewUpload(
        template_id=template_id,
        file_name=path.name,
        file_size_bytes=claim.size_bytes,
        stored_path=str(path),
        source=UploadSource.DROP,
        upload_id=claim.upload_id,
    )
