"""From a file to rows in a table: who may load when, in which transaction, and what is written down about it.

Exactly once comes from the database: the rows and the record of success commit together, and a second success of the
same content for the same template is a unique violation. Rows in another database commit just before the record, with a
mark that tells the next attempt so (`marking`).
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection

from dataviz_pipelines.core.errors import UnavailableError
from dataviz_pipelines.core.ingestion import store
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.destinations.base import Destination, Load
from dataviz_pipelines.core.ingestion.destinations.postgresql.errors import translated
from dataviz_pipelines.core.ingestion.destinations.registry import open_destination
from dataviz_pipelines.core.ingestion.errors import (
    FileMissingError,
    LoadRaceError,
    UploadInProgressError,
    UploadNotFoundError,
)
from dataviz_pipelines.core.ingestion.following import Followed
from dataviz_pipelines.core.ingestion.identity import FileState, WatchedFile
from dataviz_pipelines.core.ingestion.loading import Watching, load_file
from dataviz_pipelines.core.ingestion.marking import (
    others_settled,
    record_with_rows,
    settled_by_mark,
)
from dataviz_pipelines.core.ingestion.recording import (
    LoadJob,
    record_failure,
    record_preview,
    reject_file,
)
from dataviz_pipelines.core.ingestion.refusals import Loaded
from dataviz_pipelines.core.ingestion.store import NewUpload, UploadRecord
from dataviz_pipelines.core.ingestion.templates import StoredTemplate, get_template_by_id
from dataviz_pipelines.core.models.uploads import UploadSource, UploadStatus

logger = logging.getLogger(__name__)

PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0)  # when the database or another load got in the way
WORKBOOK_AT_ONCE_ROWS = 2_000  # writing takes long; a workbook of more waits until it is wanted
FINAL = frozenset({UploadStatus.SUCCEEDED, UploadStatus.DUPLICATE, UploadStatus.UNDONE})


def register_upload(
    ingestion: Ingestion,
    template: StoredTemplate,
    path: Path,
    *,
    source: UploadSource,
    file_name: str | None = None,
) -> UUID:
    """Notes that the file was taken; commits alone, so that whatever happens next is on record."""
    upload = NewUpload(
        template_id=template.id,
        file_name=file_name or path.name,
        file_size_bytes=FileState.of(path).size_bytes,
        stored_path=str(path),
        source=source,
    )
    with ingestion.engine.begin() as connection:
        return store.insert_upload(connection, upload)


def read_upload(ingestion: Ingestion, upload_id: UUID) -> UploadRecord:
    with ingestion.engine.begin() as connection:
        return _require(connection, upload_id)


def first_rejects(
    ingestion: Ingestion, upload_id: UUID, *, limit: int
) -> list[tuple[int, list[Any], list[Any]]]:
    """Line, errors and original cells of an upload's first rejected rows."""
    with ingestion.engine.begin() as connection:
        return store.read_rejects(connection, upload_id, limit=limit)


def reject_workbook(record: UploadRecord) -> Path:
    """The complete rejects as XLSX, beside the CSV file; made when first asked for. Raises UploadNotFoundError when the
    upload has no rejects, or their file has been removed."""
    source = Path(record.reject_path or "")
    if record.reject_path is None or not source.exists():
        raise UploadNotFoundError(f"Upload {record.id} has no reject file.")
    target = source.with_suffix(".xlsx")
    if not target.exists() or target.stat().st_mtime_ns < source.stat().st_mtime_ns:
        from dataviz_pipelines.core.workbooks import csv_to_xlsx  # few loads need it

        csv_to_xlsx(source, target)
    return target


def load_upload(
    ingestion: Ingestion,
    upload_id: UUID,
    *,
    dagster_run_id: str | None = None,
    watching: Watching | None = None,
    gives_up: bool = True,
) -> UploadRecord:
    """Loads a registered upload and returns its record. Safe to call again, also after a kill at any moment: what has
    succeeded is returned as it is. What fails is recorded and raised, but not an UnavailableError if the caller never
    `gives_up`. A dry run does everything and takes it back."""
    followed = Followed(ingestion, upload_id, watching or Watching())
    job = LoadJob(ingestion, upload_id, dagster_run_id, followed.watching(), time.monotonic())
    try:
        _with_retries(job)
    except (UploadInProgressError, UploadNotFoundError):
        raise
    except Exception as error:
        if gives_up or not isinstance(error, UnavailableError):
            record_failure(job, error)
        raise
    record = read_upload(ingestion, upload_id)
    if record.reject_path is not None and record.records_failed <= WORKBOOK_AT_ONCE_ROWS:
        reject_workbook(record)
    return record


def dry_run(
    ingestion: Ingestion, template: StoredTemplate, path: Path, *, watching: Watching | None = None
) -> Loaded:
    """Does everything that loading does, and takes it back. Nothing is recorded; the reject file is thrown away."""
    watched = WatchedFile(path)
    reject_path = ingestion.rejects / ".dry-run" / f"{uuid4()}.csv"
    try:
        with (
            translated("the table"),
            ingestion.engine.connect() as connection,
            open_destination(
                Load(connection, template.document, template.id, template.id, sampling=True),
                ingestion.sources,
            ) as destination,
            connection.begin() as transaction,
        ):
            loaded = load_file(
                destination,
                watched,
                template.document,
                reject_path=reject_path,
                functions=ingestion.functions,
                watching=watching or Watching(),
            )
            transaction.rollback()
    finally:
        reject_path.unlink(missing_ok=True)
    return replace(loaded, reject_path=None)


def _with_retries(job: LoadJob) -> None:
    for pause_s in PAUSES_S:
        try:
            return _attempt(job)
        except (LoadRaceError, UnavailableError) as error:
            logger.warning("upload %s: %s", job.upload_id, error)
            time.sleep(pause_s)
    return _attempt(job)


def _attempt(job: LoadJob) -> None:
    """A connection of its own, because the last attempt's may be broken."""
    with (
        translated("the table"),
        job.ingestion.engine.connect() as connection,
        _locked(connection, job.upload_id),
    ):
        with connection.begin():
            record = _require(connection, job.upload_id)
            if record.status in FINAL:
                return
            template = get_template_by_id(connection, record.template_id)
            store.start_attempt(
                connection,
                record.id,
                template_version=template.version,
                dagster_run_id=job.dagster_run_id,
                now=job.ingestion.clock(),
            )
        load = Load(
            connection, template.document, template.id, record.id, sampling=record.is_dry_run
        )
        with open_destination(load, job.ingestion.sources) as destination:
            if settled_by_mark(job, connection, template, destination):
                return
            with others_settled(job, connection, template, destination):
                _load_once(job, connection, record, template, destination)


@contextmanager
def _locked(connection: Connection, upload_id: UUID) -> Iterator[None]:
    with connection.begin():
        if not store.lock_upload(connection, upload_id):
            raise UploadInProgressError(f"Upload {upload_id} is being loaded by another process.")
    try:
        yield
    except BaseException:
        connection.invalidate()  # closes it, which lets go of the lock whatever state it is in
        raise
    with connection.begin():
        store.unlock_upload(connection, upload_id)


def _load_once(
    job: LoadJob,
    connection: Connection,
    record: UploadRecord,
    template: StoredTemplate,
    destination: Destination,
) -> None:
    watched = WatchedFile(_stored_file(record))
    reject_path = reject_file(job.ingestion, template, record.id)
    with connection.begin() as transaction:
        earlier = _loaded_before(connection, template, watched)
        if earlier is None:
            watched.start_hashing()
            loaded = load_file(
                destination,
                watched,
                template.document,
                reject_path=reject_path,
                functions=job.ingestion.functions,
                watching=job.watching,
            )
            earlier = store.loaded_upload(connection, template.id, watched.sha256())
            if earlier is None and not record.is_dry_run:
                record_with_rows(job, connection, template, destination, watched, loaded)
                return
        transaction.rollback()
    if earlier is None:
        with connection.begin():
            record_preview(job, connection, watched, loaded)
        return
    reject_path.unlink(missing_ok=True)
    with connection.begin():
        facts = job.outcome(
            UploadStatus.DUPLICATE, file_hash=watched.sha256(), duplicate_of_id=earlier
        )
        store.finish_upload(connection, record.id, facts)


def _stored_file(record: UploadRecord) -> Path:
    if record.stored_path is None:
        raise FileMissingError(
            f"File {record.file_name} is not kept any more.", remedy="Drop it again."
        )
    return Path(record.stored_path)


def _loaded_before(
    connection: Connection, template: StoredTemplate, watched: WatchedFile
) -> UUID | None:
    """Hashing first costs a second reading, so it is done only when a loaded file has the same size."""
    if not store.size_was_loaded(connection, template.id, watched.state.size_bytes):
        return None
    return store.loaded_upload(connection, template.id, watched.sha256())


def _require(connection: Connection, upload_id: UUID) -> UploadRecord:
    record = store.read_upload(connection, upload_id)
    if record is None:
        raise UploadNotFoundError(f"There is no upload {upload_id}.")
    return record
