"""The statements on `rejected_rows`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Connection,
    delete,
    insert,
    select,
)

from dataviz_pipelines.core.ingestion.rejects import KeptReject
from dataviz_pipelines.core.models.documents.outcomes import (
    RowError,
)
from dataviz_pipelines.core.models.uploads import (
    RejectedRow,
)


def replace_rejects(connection: Connection, upload_id: UUID, rejects: Sequence[KeptReject]) -> None:
    connection.execute(delete(RejectedRow).where(RejectedRow.upload_id == upload_id))
    if rejects:
        connection.execute(
            insert(RejectedRow),
            [
                {
                    "upload_id": upload_id,
                    "line_number": reject.line,
                    "errors": [_storable_error(error) for error in reject.errors],
                    "raw": [_storable(cell) for cell in reject.raw],
                }
                for reject in rejects
            ],
        )


def read_rejects(
    connection: Connection, upload_id: UUID, *, limit: int
) -> list[tuple[int, list[Any], list[Any]]]:
    rows = connection.execute(
        select(RejectedRow.line_number, RejectedRow.errors, RejectedRow.raw)
        .where(RejectedRow.upload_id == upload_id)
        .order_by(RejectedRow.line_number)
        .limit(limit)
    )
    return [(line, errors, raw) for line, errors, raw in rows]


def _storable_error(error: RowError) -> dict[str, Any]:
    return {name: _storable(value) for name, value in error.model_dump(mode="json").items()}


def _storable(cell: str | None) -> str | None:
    """JSONB has no NUL; the reject file keeps the cell as it was."""
    return None if cell is None else cell.replace("\x00", "\\x00")
