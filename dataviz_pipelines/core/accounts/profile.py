"""What people see and change of their own account."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, update

from dataviz_pipelines.core.accounts import store
from dataviz_pipelines.core.accounts.errors import NoSuchUserError
from dataviz_pipelines.core.accounts.store import Row
from dataviz_pipelines.core.models.business import User
from dataviz_pipelines.core.security.caller import Caller


def profile(connection: Connection, user_id: UUID) -> Row:
    """Columns of `users` without the password's hash, and the names of the roles."""
    row = store.one(connection, "profile", id=user_id)
    if row is None:
        raise NoSuchUserError(f"There is no user {user_id}.")
    return row


def change_profile(connection: Connection, caller: Caller, values: Mapping[str, Any]) -> None:
    if values:
        connection.execute(update(User).where(User.id == caller.user_id).values(**values))
