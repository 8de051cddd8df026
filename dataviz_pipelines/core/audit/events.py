"""What happened that is no change of a row: a log-in, a refusal, an undo."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from dataviz_pipelines.core.security.caller import Origin
from dataviz_pipelines.core.sql import blocks

PLATFORM: Final = "platform"
"""What an event is about that is about nothing in particular."""

_SQL = blocks("dataviz_pipelines.core.audit", "audit.sql")


def note(
    connection: Connection,
    action_type: str,
    *,
    user_id: UUID | None,
    origin: Origin,
    resource_type: str = PLATFORM,
    resource_id: UUID | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Commits with the transaction, or not at all. `user_id` is who did it, None while nobody knows. `resource_type` is the
    name of a table. `details` are kept as they are: they must hold no secret."""
    connection.exec_driver_sql(
        _SQL["note"],
        {
            "user_id": user_id,
            "action_type": action_type,
            "resource_type": resource_type,
            "resource_id": resource_id,
            "details": None if details is None else Jsonb(dict(details)),
            **origin.parameters(),
        },
    )
