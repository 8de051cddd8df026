"""The statements on uploads that neither need what reading files needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg import sql
from sqlalchemy import Connection

from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.ingestion.uploading.errors import UploadStateError
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.documents.outcomes import UploadDetails, UploadProgress
from dataviz_pipelines.core.models.uploads import UploadStatus
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.deeds import UPLOADS
from dataviz_pipelines.core.security.rows import KINDS, parameters
from dataviz_pipelines.core.sql import blocks, execute

TEMPLATES: Final = KINDS[ResourceType.UPLOAD_TEMPLATE]
CHANNEL: Final = "dataviz_uploads"
_SQL: Final = blocks("dataviz_pipelines.core.ingestion.uploading", "uploading.sql")


@dataclass(frozen=True)
class Template:
    id: UUID
    name: str
    is_active: bool
    max_file_size_mb: int


@dataclass(frozen=True)
class Upload:
    """What decides whether an upload can be loaded again, or undone."""

    status: UploadStatus
    stored_path: str | None
    file_name: str
    template_id: UUID
    is_settled: bool  # its file has been put away
    superseded_at: datetime | None
    details: UploadDetails


@dataclass(frozen=True)
class State:
    """Where an upload stands, as those who watch it are told."""

    id: UUID
    status: UploadStatus
    progress: UploadProgress | None
    records_processed: int
    records_success: int
    records_failed: int
    error_message: str | None
    updated_at: datetime
    is_being_cancelled: bool

    @property
    def is_final(self) -> bool:
        return self.status not in (UploadStatus.QUEUED, UploadStatus.RUNNING)


def largest_upload_bytes(connection: Connection) -> int:
    row = execute(connection, _SQL["largest_upload"], {}).fetchone()
    if row is None:
        raise UploadStateError("The setting max_upload_size_mb is missing.")
    return int(row[0])


def visible_template(
    connection: Connection, caller: Caller, *, template_id: UUID | None, name: str | None
) -> Template | None:
    found = execute(
        connection,
        "SELECT item.id, item.name, item.is_active, item.max_file_size_mb FROM upload_templates AS item "
        "WHERE (item.id = %(template_id)s::uuid OR item.name = %(name)s::text) "
        f"AND {TEMPLATES.allows(caller, 'view')}",
        {"template_id": template_id, "name": name, **parameters(caller)},
    ).fetchone()
    return None if found is None else Template(*found)


def template_of_visible_upload(
    connection: Connection, caller: Caller, upload_id: UUID
) -> UUID | None:
    found = execute(
        connection,
        f"SELECT item.template_id FROM upload_history AS item WHERE item.id = %(id)s AND {UPLOADS.allows(caller, 'view')}",
        {"id": upload_id, **parameters(caller)},
    ).fetchone()
    return None if found is None else UUID(str(found[0]))


def insert_upload(connection: Connection, values: dict[str, Any]) -> None:
    execute(connection, _SQL["insert_upload"], values)


def wake_workers(connection: Connection) -> None:
    execute(connection, _SQL["wake_workers"], {})


def listen(connection: Connection) -> None:
    """To `wake_workers`, on this connection for as long as it lives."""
    connection.exec_driver_sql(f"LISTEN {CHANNEL}")


def cancel(connection: Connection, upload_id: UUID) -> bool:
    """False when it has ended already."""
    return execute(connection, _SQL["cancel"], {"id": upload_id}).fetchone() is not None


def load_again(connection: Connection, upload_id: UUID) -> bool:
    """False for an upload that waits, runs or has loaded something."""
    return execute(connection, _SQL["load_again"], {"id": upload_id}).fetchone() is not None


def read_upload(connection: Connection, upload_id: UUID) -> Upload:
    row = execute(connection, _SQL["upload"], {"id": upload_id}).fetchone()
    if row is None:
        raise UploadStateError(f"There is no upload {upload_id} any more.")
    status, stored_path, file_name, template_id, is_settled, superseded_at, details = row
    return Upload(
        UploadStatus(status),
        stored_path,
        file_name,
        template_id,
        is_settled,
        superseded_at,
        UploadDetails.model_validate(details),
    )


def reject_path(connection: Connection, upload_id: UUID) -> tuple[str, str | None] | None:
    """The file's name and where its rejects are."""
    row = execute(connection, _SQL["reject_file"], {"id": upload_id}).fetchone()
    return None if row is None else (row[0], row[1])


def read_states(connection: Connection, upload_ids: Sequence[UUID]) -> dict[UUID, State]:
    """Those that exist."""
    rows = execute(connection, _SQL["states"], {"ids": list(upload_ids)})
    return {row[0]: _state(row) for row in rows}


def _state(row: tuple[Any, ...]) -> State:
    upload_id, status, progress, *rest = row
    known = None if progress is None else UploadProgress.model_validate(progress)
    return State(upload_id, UploadStatus(status), known, *rest)


def destination_columns(connection: Connection, schema: str, table: str) -> dict[str, str]:
    """Types by name; empty for what is no table, or none whose rows the platform may delete."""
    values = {"schema": schema, "table": table}
    rows = execute(connection, _SQL["destination_columns"], values)
    return {name: kind for name, kind, is_allowed in rows if is_allowed}


def delete_rows_of_upload(
    connection: Connection, schema: str, table: str, *, column: str, upload_id: UUID
) -> int:
    """Refused by the server where policies hide some of the table's rows, which would stay without a word."""
    statement = sql.SQL("DELETE FROM {} WHERE {} = %(id)s").format(
        sql.Identifier(schema, table), sql.Identifier(column)
    )
    execute(connection, "SET LOCAL row_security = off", {})
    return execute(connection, statement.as_string(), {"id": upload_id}).rowcount


def mark_undone(connection: Connection, upload_id: UUID, removed: int) -> None:
    execute(connection, _SQL["undone"], {"id": upload_id, "removed": removed})


def next_waiting(connection: Connection, taken: Sequence[UUID], *, max_bytes: int) -> UUID | None:
    """The oldest that nobody loads yet, none of `taken`."""
    values = {"taken": list(taken), "max_bytes": max_bytes}
    row = execute(connection, _SQL["next_waiting"], values).fetchone()
    return None if row is None else row[0]


def give_back_lost(
    connection: Connection, taken: Sequence[UUID], *, most: int, message: str
) -> list[UUID]:
    """Puts what a killed process was loading back into the queue, until it has been lost `most` times."""
    values = {"taken": list(taken), "most": most, "message": message}
    return [row[0] for row in execute(connection, _SQL["give_back_lost"], values)]


def give_back(connection: Connection, upload_id: UUID) -> None:
    execute(connection, _SQL["give_back"], {"id": upload_id})


def queue_again(connection: Connection, upload_id: UUID, error: DatavizError, *, most: int) -> None:
    """Until it has been in vain `most` times; then the error is on record."""
    values = {
        "id": upload_id,
        "most": most,
        "error_type": type(error).__name__,
        "error_message": str(error),
    }
    execute(connection, _SQL["queue_again"], values)


def limit_lock_patience(connection: Connection) -> None:
    """For the rest of the transaction, which a request waits for."""
    execute(connection, _SQL["lock_patience"], {})


def fates(connection: Connection, upload_ids: Sequence[UUID]) -> dict[UUID, bool]:
    """Which uploads are on record, and whether their files may be put away."""
    return dict(execute(connection, _SQL["fates"], {"ids": list(upload_ids)}).fetchall())


def old_previews(connection: Connection) -> list[tuple[UUID, str, str | None]]:
    """Id, file and reject file of dry runs that nobody has loaded within a day."""
    return [(row[0], row[1], row[2]) for row in execute(connection, _SQL["old_previews"], {})]


def forget_files(connection: Connection, upload_id: UUID) -> None:
    execute(connection, _SQL["forget_files"], {"id": upload_id})


def unreported(connection: Connection, *, limit: int) -> list[UUID]:
    return [row[0] for row in execute(connection, _SQL["unreported"], {"limit": limit})]


def mark_reported(connection: Connection, upload_ids: Sequence[UUID]) -> None:
    execute(connection, _SQL["reported"], {"ids": list(upload_ids)})
