"""Rows in another database and their record here cannot commit together, so the rows commit first, with a mark.

The order is: rejects here; the record of success here, written and not committed, so that of two uploads with the same
content the second waits; rows and mark there, committed; the record, committed. Whoever finds a mark without a record
writes the record. docs/decisions/0016 has the proof.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.ingestion import store
from dataviz_pipelines.core.ingestion.destinations.base import (
    ContentMarkedError,
    Destination,
    Mark,
    Marks,
)
from dataviz_pipelines.core.ingestion.errors import LoadRaceError
from dataviz_pipelines.core.ingestion.identity import WatchedFile
from dataviz_pipelines.core.ingestion.recording import LoadJob, record_marked, record_success
from dataviz_pipelines.core.ingestion.refusals import Loaded
from dataviz_pipelines.core.ingestion.templates import StoredTemplate
from dataviz_pipelines.core.models.uploads import UploadStatus


def settled_by_mark(
    job: LoadJob, connection: Connection, template: StoredTemplate, destination: Destination
) -> bool:
    """Whether an earlier attempt has committed the rows of this upload; then its success is on record now."""
    mark = None if destination.marks is None else destination.marks.own()
    if mark is None:
        return False
    with connection.begin():
        record_marked(job, connection, template, mark)
    return True


def record_with_rows(
    job: LoadJob,
    connection: Connection,
    template: StoredTemplate,
    destination: Destination,
    watched: WatchedFile,
    loaded: Loaded,
) -> None:
    """In the transaction that decides, which the caller commits next. Raises ContentMarkedError."""
    if destination.marks is None:
        record_success(job, connection, template, watched, loaded)
        return
    with job.ingestion.engine.begin() as beside:  # no mark holds what was rejected
        store.replace_rejects(beside, job.upload_id, loaded.kept_rejects)
    record_success(job, connection, template, watched, loaded)
    destination.marks.commit(
        Mark(
            upload_id=job.upload_id,
            template_id=template.id,
            file_hash=watched.sha256(),
            accepted=loaded.accepted,
            rejected=loaded.rejected,
            details=loaded.details,
        )
    )


@contextmanager
def others_settled(
    job: LoadJob, connection: Connection, template: StoredTemplate, destination: Destination
) -> Iterator[None]:
    """When the same content turns out to be marked for another upload, that one is put on record, and LoadRaceError raised:
    the next attempt finds a duplicate."""
    try:
        yield
    except ContentMarkedError as error:
        if destination.marks is not None:
            _settle(job, connection, template, destination.marks, error.upload_id)
        raise LoadRaceError(
            "The same content was loaded meanwhile.", remedy="Try again."
        ) from error


def _settle(
    job: LoadJob, connection: Connection, template: StoredTemplate, marks: Marks, other_id: UUID
) -> None:
    with connection.begin():
        other = store.read_upload(connection, other_id)
        if other is None or not store.may_have_rows(connection, other_id):
            marks.forget(other_id)
            return
        is_settled = other.status is UploadStatus.SUCCEEDED
        if is_settled or store.is_being_loaded(connection, other_id):
            return
        mark = marks.find(other_id)
        if mark is None:
            return
        record_marked(replace(job, upload_id=other_id), connection, template, mark)
