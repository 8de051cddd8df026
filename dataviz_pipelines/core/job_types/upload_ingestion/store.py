"""The statements with which a job remembers what it has taken."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from dataviz_pipelines.core.models.documents.outcomes import TakenFrom
from dataviz_pipelines.core.sql import blocks, execute

_SQL: Final = blocks("dataviz_pipelines.core.job_types.upload_ingestion", "upload_ingestion.sql")


def taken(connection: Connection, template_id: UUID, places: Sequence[str]) -> dict[str, str]:
    """Versions by place, of files that are loaded."""
    values = {"template_id": template_id, "places": list(places)}
    return dict(execute(connection, _SQL["taken"], values).fetchall())


def note_taken(connection: Connection, upload_id: UUID, taken_from: TakenFrom) -> None:
    """Not of a file that failed: the next run tries it again."""
    values = {"id": upload_id, "taken_from": Jsonb(taken_from.model_dump())}
    execute(connection, _SQL["note_taken"], values)
