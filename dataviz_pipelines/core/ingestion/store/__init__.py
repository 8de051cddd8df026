"""The statements on uploads, for whoever takes files, loads them or looks after them."""

from dataviz_pipelines.core.ingestion.store.locks import is_being_loaded, lock_upload, unlock_upload
from dataviz_pipelines.core.ingestion.store.records import NewUpload, Outcome, UploadRecord
from dataviz_pipelines.core.ingestion.store.rejects import read_rejects, replace_rejects
from dataviz_pipelines.core.ingestion.store.uploads import (
    finish_unless_cancelled,
    finish_upload,
    insert_upload,
    loaded_upload,
    may_have_rows,
    note_progress,
    previous_headers,
    read_upload,
    recent_uploads,
    size_was_loaded,
    start_attempt,
    supersede_others,
)

__all__ = [
    "NewUpload",
    "Outcome",
    "UploadRecord",
    "finish_unless_cancelled",
    "finish_upload",
    "insert_upload",
    "is_being_loaded",
    "loaded_upload",
    "lock_upload",
    "may_have_rows",
    "note_progress",
    "previous_headers",
    "read_rejects",
    "read_upload",
    "recent_uploads",
    "replace_rejects",
    "size_was_loaded",
    "start_attempt",
    "supersede_others",
    "unlock_upload",
]
