"""Where sealed secrets are in the database, and the locks between those who seal and those who take keys away."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from dataviz_pipelines.core.sql import execute

_SEALING: Final = "dataviz.secrets"
_ROTATING: Final = "dataviz.secrets.rotation"


@dataclass(frozen=True)
class SealedColumn:
    """A JSONB column that holds what the vault seals."""

    table: str
    column: str

    def place(self, row_id: UUID) -> str:
        """What a secret is bound to: it opens in no other place."""
        return f"{self.table}.{self.column} of {row_id}"


CONNECTION_CONFIG: Final = SealedColumn("data_sources", "connection_config")
CHANNEL_CONFIG: Final = SealedColumn("notification_channels", "connection_config")
JOB_CREDENTIALS: Final = SealedColumn("scheduler_jobs", "connection_config")
SEALED: Final = (CONNECTION_CONFIG, CHANNEL_CONFIG, JOB_CREDENTIALS)


def note_sealing(connection: Connection) -> None:
    """Until the transaction ends no key is taken away."""
    _lock(connection, "pg_advisory_xact_lock_shared", _SEALING)


def stop_sealing(connection: Connection) -> None:
    """Until the transaction ends nothing is sealed; whatever was is committed."""
    _lock(connection, "pg_advisory_xact_lock", _SEALING)


def wait_for_turn(connection: Connection) -> None:
    """One rotation at a time, until the transaction ends."""
    _lock(connection, "pg_advisory_xact_lock", _ROTATING)


def used_keys(connection: Connection) -> set[str]:
    return {key_id for column in SEALED for key_id in _keys_in(connection, column)}


def sealed_otherwise(
    connection: Connection, column: SealedColumn, *, key_id: str, after: UUID | None, limit: int
) -> list[tuple[Any, ...]]:
    """The next rows, by id, that another key seals; locked until the transaction ends."""
    return execute(
        connection,
        f'SELECT id, "{column.column}" FROM "{column.table}" '
        f'WHERE "{column.column}" IS NOT NULL AND "{column.column}" ->> \'key_id\' IS DISTINCT FROM %(key_id)s '
        "AND (%(after)s::uuid IS NULL OR id > %(after)s) ORDER BY id LIMIT %(limit)s FOR UPDATE",
        {"key_id": key_id, "after": after, "limit": limit},
    ).fetchall()


def replace(connection: Connection, column: SealedColumn, row_id: UUID, document: Any) -> None:
    execute(
        connection,
        f'UPDATE "{column.table}" SET "{column.column}" = %(document)s WHERE id = %(id)s',
        {"id": row_id, "document": Jsonb(document)},
    )


def _lock(connection: Connection, function: str, name: str) -> None:
    execute(connection, f"SELECT {function}(hashtextextended(%(name)s, 0))", {"name": name})


def _keys_in(connection: Connection, column: SealedColumn) -> Iterator[str]:
    found = execute(
        connection,
        f'SELECT DISTINCT "{column.column}" ->> \'key_id\' FROM "{column.table}" '
        f"WHERE \"{column.column}\" ->> 'key_id' IS NOT NULL",
        {},
    )
    return (row[0] for row in found.fetchall())
