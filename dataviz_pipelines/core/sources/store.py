"""Rows of data sources as what connects to them needs them."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from dataviz_pipelines.core.sources.trying import Trial
from dataviz_pipelines.core.sql import execute

_COLUMNS: Final = "id, name, connection_type, connection_config, is_active, test_query"


@dataclass(frozen=True)
class StoredSource:
    """`sealed` is the ciphertext of how it is connected."""

    id: UUID
    name: str
    connection_type: str
    sealed: Any
    is_active: bool
    test_query: str | None


@dataclass(frozen=True)
class Listed:
    id: UUID
    name: str
    connection_type: str
    is_active: bool
    test_status: str
    test_reason: str | None
    last_tested_at: Any


def by_id(connection: Connection, source_id: UUID) -> StoredSource | None:
    return _one(connection, "id = %(key)s", source_id)


def by_name(connection: Connection, name: str) -> StoredSource | None:
    return _one(connection, "name = %(key)s", name)


def listed(connection: Connection) -> list[Listed]:
    found = execute(
        connection,
        "SELECT id, name, connection_type, is_active, test_status, test_reason, last_tested_at "
        "FROM data_sources ORDER BY name",
        {},
    )
    return [Listed(*row) for row in found.fetchall()]


def insert(connection: Connection, source: StoredSource) -> None:
    execute(
        connection,
        "INSERT INTO data_sources (id, name, connection_type, connection_config, is_active, test_query) "
        "VALUES (%(id)s, %(name)s, %(connection_type)s, %(sealed)s, %(is_active)s, %(test_query)s)",
        {**vars(source), "sealed": Jsonb(source.sealed)},
    )


def replace_connection(connection: Connection, source_id: UUID, sealed: Any) -> None:
    execute(
        connection,
        "UPDATE data_sources SET connection_config = %(sealed)s, test_status = 'untested', "
        "test_reason = NULL, test_message = NULL, last_tested_at = NULL WHERE id = %(id)s",
        {"id": source_id, "sealed": Jsonb(sealed)},
    )


def set_active(connection: Connection, source_id: UUID, *, is_active: bool) -> None:
    execute(
        connection,
        "UPDATE data_sources SET is_active = %(is_active)s WHERE id = %(id)s",
        {"id": source_id, "is_active": is_active},
    )


def note_trial(connection: Connection, source: StoredSource, trial: Trial) -> bool:
    """False when the source is connected in another way by now, of which the trial says nothing."""
    noted = execute(
        connection,
        "UPDATE data_sources SET last_tested_at = now(), test_status = %(status)s, "
        "test_reason = %(reason)s, test_message = %(message)s "
        "WHERE id = %(id)s AND connection_config = %(sealed)s",
        {
            "id": source.id,
            "sealed": Jsonb(source.sealed),
            "status": "ok" if trial.is_ok else "failed",
            "reason": trial.reason,
            "message": trial.said,
        },
    )
    return noted.rowcount == 1


def _one(connection: Connection, condition: str, key: Any) -> StoredSource | None:
    found = execute(
        connection, f"SELECT {_COLUMNS} FROM data_sources WHERE {condition}", {"key": key}
    ).fetchone()
    return None if found is None else StoredSource(*found)
