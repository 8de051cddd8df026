"""The lock that a load holds in the database, by which others know that somebody lives and loads."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    Connection,
    func,
    select,
)


def lock_upload(connection: Connection, upload_id: UUID) -> bool:
    """Held by the session, so it goes when the process or the connection goes."""
    locked = connection.execute(select(func.pg_try_advisory_lock(_lock_key(upload_id))))
    return bool(locked.scalar_one())


def unlock_upload(connection: Connection, upload_id: UUID) -> None:
    connection.execute(select(func.pg_advisory_unlock(_lock_key(upload_id))))


def is_being_loaded(connection: Connection, upload_id: UUID) -> bool:
    """When it is not, nobody can begin to load it until the transaction ends."""
    locked = connection.execute(select(func.pg_try_advisory_xact_lock(_lock_key(upload_id))))
    return not locked.scalar_one()


def _lock_key(upload_id: UUID) -> Any:
    return func.hashtextextended(f"upload {upload_id}", 0)
