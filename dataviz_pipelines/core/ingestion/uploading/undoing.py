"""Takes the rows of an upload out of its table again, where that gives back what was there before."""

from uuid import UUID

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from dataviz_pipelines.core.ingestion.uploading import store
from dataviz_pipelines.core.ingestion.uploading.accepting import note_deed
from dataviz_pipelines.core.ingestion.uploading.errors import CannotUndoError, UploadStateError
from dataviz_pipelines.core.ingestion.uploading.store import Upload
from dataviz_pipelines.core.models.uploads import UploadStatus
from dataviz_pipelines.core.security.caller import Caller


def undo_upload(connection: Connection, caller: Caller, upload_id: UUID) -> int:
    """Returns how many rows were taken out; rows that a later upload has changed since are that upload's, and stay.

    Raises UploadStateError for an upload that has nothing in the table, and CannotUndoError.
    """
    store.limit_lock_patience(connection)
    upload = store.read_upload(connection, upload_id)
    _refuse_without_rows(upload)
    _refuse_overwriting(upload)
    schema, table, column = _place_of_rows(connection, upload)
    removed = _delete(connection, schema, table, column=column, upload_id=upload_id)
    store.mark_undone(connection, upload_id, removed)
    facts = {"destination": f"{schema}.{table}", "rows_removed": removed}
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


def _place_of_rows(connection: Connection, upload: Upload) -> tuple[str, str, str]:
    schema, _, table = (upload.details.destination or "").partition(".")
    column = upload.details.upload_id_column
    if column is None:
        raise CannotUndoError(
            "Its rows cannot be told from others: the template notes no upload id in them.",
            remedy="Set destination_config.upload_id_column in the template, for uploads to come.",
        )
    columns = store.destination_columns(connection, schema, table)
    if columns.get(column) != "uuid":
        raise CannotUndoError(
            f"Table {schema}.{table} is gone, has no column {column} of type uuid, or takes no deletions.",
            remedy="Grant SELECT and DELETE on it to the application's role, if the table is there.",
        )
    return schema, table, column


def _delete(
    connection: Connection, schema: str, table: str, *, column: str, upload_id: UUID
) -> int:
    try:
        return store.delete_rows_of_upload(
            connection, schema, table, column=column, upload_id=upload_id
        )
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.errors.IntegrityError):
            raise CannotUndoError(
                f"Other rows depend on those of the upload ({error.orig.diag.constraint_name}).",
                remedy="Take those out first.",
            ) from error
        raise
