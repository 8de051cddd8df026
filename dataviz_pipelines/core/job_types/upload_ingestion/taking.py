"""A run: what is new is received as if somebody had sent it, and loaded.

From the moment that a file is on record the upload workers answer for it too, so that a run that is killed loses nothing; its
content is what keeps it from being loaded twice.
"""

import logging
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from dataviz_pipelines.core.audit.events import note
from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.errors import UploadInProgressError
from dataviz_pipelines.core.ingestion.service import FINAL, load_upload, read_upload
from dataviz_pipelines.core.ingestion.store import NewUpload, UploadRecord, insert_upload
from dataviz_pipelines.core.ingestion.transforms import load_transforms
from dataviz_pipelines.core.ingestion.uploading.accepting import TABLE, Admission, Wish, admit
from dataviz_pipelines.core.ingestion.uploading.receiving import ReceivedFile
from dataviz_pipelines.core.job_types.upload_ingestion import places, store
from dataviz_pipelines.core.job_types.upload_ingestion.config import UploadIngestionConfig
from dataviz_pipelines.core.job_types.upload_ingestion.found import Found
from dataviz_pipelines.core.models.documents.outcomes import TakenFrom
from dataviz_pipelines.core.models.documents.permissions import EVERYTHING
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.models.uploads import UploadSource, UploadStatus
from dataviz_pipelines.core.scheduling.errors import JobFailedError
from dataviz_pipelines.core.scheduling.job_types import JobContext
from dataviz_pipelines.core.security.caller import Caller, Origin

logger = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 0.5
NAMED_FAILURES: Final = 50
LIVE: Final = frozenset({UploadStatus.QUEUED, UploadStatus.RUNNING})
PLATFORM: Final = Caller(UUID(int=0), "", frozenset({EVERYTHING}))
"""Whom a job acts for that the command line made."""


@dataclass(frozen=True)
class Taking:
    context: JobContext[UploadIngestionConfig]
    ingestion: Ingestion
    admission: Admission


def run(context: JobContext[UploadIngestionConfig]) -> None:
    """Raises JobFailedError that names each file that was not loaded; the others are."""
    settings = context.settings
    functions = load_transforms(settings.transform_module_names)
    ingestion = Ingestion.of(context.engine, settings, functions)
    taking = Taking(context, ingestion, _admission(context))
    with ExitStack() as stack:
        failures = _take_new(taking, places.find(context, stack))
    if failures:
        named = " ".join(failures[:NAMED_FAILURES])
        more = len(failures) - NAMED_FAILURES
        raise JobFailedError(
            f"Files that were not loaded: {len(failures)}. {named}"
            + (f" And {more} more." if more > 0 else "")
        )


def _admission(context: JobContext[UploadIngestionConfig]) -> Admission:
    """Whether the owner may send files to the template at this moment."""
    with context.engine.begin() as connection:
        return admit(connection, context.owner or PLATFORM, Wish(template_id=context.target_id))


def _take_new(taking: Taking, found: list[Found]) -> list[str]:
    """What became of those that were not loaded."""
    context, template = taking.context, taking.admission.template
    with context.engine.begin() as connection:
        taken = store.taken(connection, template.id, [each.key for each in found])
    new = [each for each in found if each.version is None or each.version != taken.get(each.key)]
    chosen = new[: context.config.max_files]
    context.log.say(
        f"Files: {len(found)}, unchanged since they were loaded: {len(found) - len(new)}, "
        f"left to the next run: {len(new) - len(chosen)}"
    )
    failures = []
    for each in chosen:
        failure = _failure(taking, each, taken.get(each.key))
        if failure is not None:
            context.log.say(f"NOT LOADED: {failure}")
            failures.append(failure)
    return failures


def _failure(taking: Taking, found: Found, taken: str | None) -> str | None:
    """One file's failure is not another's."""
    try:
        received = _receive(taking, found, taken)
        if received is None:
            taking.context.log.say(f"{found.shown}: unchanged")
            return None
        record = _load(taking, *received, found)
    except DatavizError as error:
        return f"{found.shown}: {error}"
    if record.status not in FINAL:
        return f"{found.shown}: {record.error_message or record.status.value}"
    taking.context.log.say(_told(found, record))
    return None


def _receive(taking: Taking, found: Found, taken: str | None) -> tuple[UUID, str | None] | None:
    """The upload and the version that was read; None: it is still the one that was taken."""
    limit = taking.admission.max_bytes
    received = taking.context.settings.received
    file = ReceivedFile(received, new_id(), found.name, max_bytes=limit)
    try:
        with found.open(taken) as opened:
            if opened is None:
                return None
            for chunk in opened.chunks:
                file.write(chunk)
        file.seal()
        file.keep()  # if the database does not take it, what tidies the folder removes it
        _put_on_record(taking, file)
    finally:
        file.discard_unless_kept()
    return file.upload_id, opened.version


def _put_on_record(taking: Taking, file: ReceivedFile) -> None:
    template, context = taking.admission.template, taking.context
    facts = {
        "file_name": file.file_name,
        "size_bytes": file.size_bytes,
        "template": template.name,
        "job_id": str(context.job_id),
    }
    upload = NewUpload(
        template_id=template.id,
        file_name=file.file_name,
        file_size_bytes=file.size_bytes,
        stored_path=str(file.path),
        source=UploadSource.API,  # the workers', and told to Dagster, like what is sent
        upload_id=file.upload_id,
        user_id=context.owner_id,
    )
    with context.engine.begin() as connection:
        insert_upload(connection, upload)
        note(
            connection,
            "upload",
            user_id=context.owner_id,
            origin=Origin(),
            resource_type=TABLE,
            resource_id=file.upload_id,
            details=facts,
        )


def _load(taking: Taking, upload_id: UUID, version: str | None, found: Found) -> UploadRecord:
    """How it ended, whoever loaded it: one of the workers may be faster."""
    record = read_upload(taking.ingestion, upload_id)
    while record.status in LIVE:
        _try_to_load(taking, upload_id)
        record = read_upload(taking.ingestion, upload_id)
    if version is not None:
        taken_from = TakenFrom(place=found.key, version=version)
        with taking.context.engine.begin() as connection:
            store.note_taken(connection, upload_id, taken_from)
    return record


def _try_to_load(taking: Taking, upload_id: UUID) -> None:
    try:
        load_upload(taking.ingestion, upload_id)
    except UploadInProgressError:
        time.sleep(LOOK_EVERY_S)
    except DatavizError as error:
        logger.info("upload %s: %s", upload_id, error)  # on record by now
    except Exception:  # on record by now too, and the other files must be loaded
        logger.exception("upload %s", upload_id)


def _told(found: Found, record: UploadRecord) -> str:
    if record.status is UploadStatus.DUPLICATE:
        return (
            f"{found.shown}: the same content was loaded before, as upload {record.duplicate_of_id}"
        )
    return (
        f"{found.shown}: {record.records_success:,} rows loaded, {record.records_failed:,} rejected, "
        f"upload {record.id}"
    )
