"""Accounts as administrators manage them. Nobody gives what they do not have, nor touches whoever can do more than they."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.accounts import store
from dataviz_pipelines.core.accounts.errors import LastAdminError, NoSuchUserError
from dataviz_pipelines.core.accounts.identity import permissions_in
from dataviz_pipelines.core.accounts.recovery import forget_links
from dataviz_pipelines.core.accounts.sessions import end_sessions
from dataviz_pipelines.core.crud import Collection, Row, create_row, get_row, update_row
from dataviz_pipelines.core.models.business import TokenPurpose, User
from dataviz_pipelines.core.models.documents.permissions import EVERYTHING
from dataviz_pipelines.core.models.tables import Base
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.errors import PermissionDeniedError
from dataviz_pipelines.core.security.rows import Everybodys

USERS = Collection(
    name="users",
    one="user",
    table=Base.metadata.tables[User.__tablename__],
    policy=Everybodys("users"),
    hidden=frozenset({"password_hash"}),
    filters=("email", "is_active", "is_admin"),
    sorts=("created_at", "updated_at", "email"),
    search=("email", "first_name", "last_name"),
)


def create_user(connection: Connection, caller: Caller, values: Mapping[str, Any]) -> Row:
    """An account without a password: an invitation lets its owner set one."""
    if values.get("is_admin"):
        require_all(caller, [EVERYTHING])
    return create_row(connection, caller, USERS, values)


def change_user(
    connection: Connection,
    caller: Caller,
    user_id: UUID,
    values: Mapping[str, Any],
    *,
    if_match: str | None = None,
) -> Row:
    """Whoever is disabled is logged out at once; a new address is not a verified one. Raises LastAdminError."""
    store.run(connection, "lock_administration")
    before = require_above(connection, caller, user_id)
    was_administrator = may_everything(connection, user_id)
    if "is_admin" in values and values["is_admin"] != before["is_admin"]:
        require_all(caller, [EVERYTHING])
    is_moved = values.get("email", before["email"]).lower() != before["email"].lower()
    changes = {**values, "email_verified": False} if is_moved else values
    row = update_row(connection, caller, USERS, user_id, changes, if_match=if_match)
    if not row["is_active"]:
        end_sessions(connection, user_id)
    if is_moved or not row["is_active"]:
        forget_links(connection, user_id, *TokenPurpose)
    if was_administrator:
        require_an_administrator(connection, user_id)
    return row


def disable_user(connection: Connection, caller: Caller, user_id: UUID) -> None:
    """Accounts are not deleted: what they made and what they did goes on naming them. `users erase` takes the name away."""
    change_user(connection, caller, user_id, {"is_active": False})


def require_above(connection: Connection, caller: Caller, user_id: UUID) -> Row:
    """The account. Raises PermissionDeniedError where it may do something that the caller may not."""
    row = get_row(connection, caller, USERS, user_id)
    standing = store.one(connection, "standing", id=user_id)
    if standing is None:
        raise NoSuchUserError(f"There is no user {user_id}.")
    require_all(caller, permissions_in(standing["permissions"], standing["is_admin"]))
    return row


def require_all(caller: Caller, permissions: Sequence[str] | frozenset[str]) -> None:
    """Raises PermissionDeniedError unless the caller may do all of it."""
    if not all(caller.may(permission) for permission in permissions):
        raise PermissionDeniedError(
            "This concerns permissions that you do not have yourself.",
            remedy="Ask somebody who has them.",
        )


def require_an_administrator(connection: Connection, user_id: UUID) -> None:
    """Raises LastAdminError when nobody is left who may do everything, but for `user_id`, who is about to lose that or
    has lost it already."""
    is_left = may_everything(connection, user_id)
    if not is_left and store.value(connection, "other_administrators", id=user_id) == 0:
        raise LastAdminError


def may_everything(connection: Connection, user_id: UUID) -> bool:
    """And can log in to do it."""
    standing = store.one(connection, "standing", id=user_id)
    if standing is None or not standing["is_active"]:
        return False
    return EVERYTHING in permissions_in(standing["permissions"], standing["is_admin"])
