"""What people do to uploads that are there: stop one, load one again."""

from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.ingestion.errors import FileMissingError
from dataviz_pipelines.core.ingestion.uploading import store
from dataviz_pipelines.core.ingestion.uploading.accepting import note_deed, require_active
from dataviz_pipelines.core.ingestion.uploading.errors import UploadStateError
from dataviz_pipelines.core.models.uploads import UploadStatus
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.errors import PermissionDeniedError

REMEDIES = {
    UploadStatus.SUCCEEDED: "Undo it to take its rows out.",
    UploadStatus.DUPLICATE: "Its content is loaded already; see duplicate_of_id.",
    UploadStatus.UNDONE: "Send the file again to load it.",
}


def cancel_upload(connection: Connection, caller: Caller, upload_id: UUID) -> None:
    """What waits ends with this transaction. What runs ends soon and loads nothing, unless it is done before this
    transaction is; then there was nothing to cancel, and UploadStateError says so."""
    if not store.cancel(connection, upload_id):
        raise _too_late(connection, upload_id, "cancelled")
    note_deed(connection, caller, "cancel_upload", upload_id, {})


def load_upload_again(connection: Connection, caller: Caller, upload_id: UUID) -> None:
    """Puts an upload that loaded nothing, or was only tried, into the queue. Raises UploadStateError for others, and
    FileMissingError when its file is not kept any more."""
    known = store.read_upload(connection, upload_id)
    template = store.visible_template(connection, caller, template_id=known.template_id, name=None)
    if template is None:
        raise PermissionDeniedError("The template of this upload is not yours to use.")
    require_active(template)
    if not store.load_again(connection, upload_id):
        raise _too_late(connection, upload_id, "loaded again")
    if known.stored_path is None or (known.is_settled and not Path(known.stored_path).exists()):
        raise FileMissingError(
            f"File {known.file_name} is not kept any more.", remedy="Send it again."
        )
    note_deed(connection, caller, "load_upload_again", upload_id, {"was": known.status.value})
    store.wake_workers(connection)


def _too_late(connection: Connection, upload_id: UUID, what: str) -> UploadStateError:
    status = store.read_upload(connection, upload_id).status
    return UploadStateError(
        f"The upload is {status.value} and cannot be {what}.", remedy=REMEDIES.get(status)
    )
