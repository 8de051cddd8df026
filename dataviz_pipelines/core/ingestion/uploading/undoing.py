"""Takes the rows of an upload out of its table again, where that gives back what was there before."""

from dataclasses import dataclass
from uuid import UUID

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from dataviz_pipelines.core.ingestion.destinations.base import Load
from dataviz_pipelines.core.ingestion.destinations.registry import open_destination
from dataviz_pipelines.core.ingestion.templates import get_template_by_id
from dataviz_pipelines.core.ingestion.uploading import store
from dataviz_pipelines.core.ingestion.uploading.accepting import note_deed
from dataviz_pipelines.core.ingestion.uploading.errors import CannotUndoError, UploadStateError
from dataviz_pipelines.core.ingestion.uploading.store import Upload
from dataviz_pipelines.core.models.uploads import UploadStatus
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.sources.access import SourceAccess


def undo_upload(
    connection: Connection, caller: Caller, upload_id: UUID, sources: SourceAccess | None = None
) -> int:
    """Returns how many rows were taken out; rows that a later upload has changed since are that upload's, and stay.

    Raises UploadStateError for an upload that has nothing in the table, and CannotUndoError.
    """
    store.limit_lock_patience(connection)
    upload = store.read_upload(connection, upload_id)
    _refuse_without_rows(upload)
    _refuse_overwriting(upload)
    place = _place_of_rows(upload)
    if upload.details.data_source is None:
        removed = _delete(connection, place, upload_id=upload_id)
    else:
        removed = _delete_elsewhere(connection, place, upload, upload_id, sources)
    store.mark_undone(connection, upload_id, removed)
    facts = {"destination": f"{place.schema}.{place.table}", "rows_removed": removed}
    note_deed(connection, caller, "undo_upload", upload_id, facts)
    return removed


def _refuse_without_rows(upload: Upload) -> None:
    if upload.status is not UploadStatus.SUCCEEDED:
        raise UploadStateError(
            f"The upload is {upload.status.value}, so it has no rows that could be taken out."
        )
    if upload.superseded_at is not None:
        raise UploadStateError(
            "A later upload has replaced the whole table, so this one has no rows there any more."
        )


def _refuse_overwriting(upload: Upload) -> None:
    for count, deed in (
        (upload.details.updated, "changed"),
        (upload.details.deleted, "replaced"),
    ):
        if count:
            raise CannotUndoError(
                f"The upload {deed} {count:,} rows that were there before, and what they held is not kept.",
                remedy="Upload the data as it was before, or restore it from a backup.",
            )


@dataclass(frozen=True)
class _Place:
    """`column` has the ids of uploads."""

    schema: str
    table: str
    column: str


def _place_of_rows(upload: Upload) -> _Place:
    schema, _, table = (upload.details.destination or "").partition(".")
    column = upload.details.upload_id_column
    if column is None:
        raise CannotUndoError(
            "Its rows cannot be told from others: the template notes no upload id in them.",
            remedy="Set destination_config.upload_id_column in the template, for uploads to come.",
        )
    return _Place(schema, table, column)


def _delete(connection: Connection, place: _Place, *, upload_id: UUID) -> int:
    columns = store.destination_columns(connection, place.schema, place.table)
    if columns.get(place.column) != "uuid":
        raise CannotUndoError(
            f"Table {place.schema}.{place.table} is gone, has no column {place.column} of type uuid, or takes no deletions.",
            remedy="Grant SELECT and DELETE on it to the application's role, if the table is there.",
        )
    try:
        return store.delete_rows_of_upload(
            connection, place.schema, place.table, column=place.column, upload_id=upload_id
        )
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.errors.IntegrityError):
            raise CannotUndoError(
                f"Other rows depend on those of the upload ({error.orig.diag.constraint_name}).",
                remedy="Take those out first.",
            ) from error
        if isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
            raise CannotUndoError(
                f"Row level security may hide rows of table {place.schema}.{place.table} from the application's role.",
                remedy="Make the role the table's owner, or give it BYPASSRLS.",
            ) from error
        raise


def _delete_elsewhere(
    connection: Connection,
    place: _Place,
    upload: Upload,
    upload_id: UUID,
    sources: SourceAccess | None,
) -> int:
    """Commits there before the record does here: killed in between, the upload can be undone again, and no row is found."""
    template = get_template_by_id(connection, upload.template_id)
    where = {"data_source": str(upload.details.data_source)}
    destination = template.document.destination_config.model_copy(update=where)
    document = template.document.model_copy(update={"destination_config": destination})
    with open_destination(Load(connection, document, template.id, upload_id), sources) as opened:
        if opened.marks is None:
            raise CannotUndoError("The template loads into another database by now.")
        return opened.marks.undo(place.schema, place.table, column=place.column)
