"""Roles, and who has them. Nobody gives what they do not have, and somebody is always left who may do everything."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.access import store
from dataviz_pipelines.core.access.errors import RoleNotHeldError, SystemRoleError
from dataviz_pipelines.core.access.store import SQL
from dataviz_pipelines.core.accounts import store as accounts
from dataviz_pipelines.core.accounts.administration import (
    USERS,
    may_everything,
    require_above,
    require_all,
    require_an_administrator,
)
from dataviz_pipelines.core.crud import (
    Collection,
    Row,
    create_row,
    delete_row,
    get_row,
    require_row,
    update_row,
)
from dataviz_pipelines.core.models.business import Role
from dataviz_pipelines.core.models.tables import Base
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import Everybodys

ROLES: Final = Collection(
    name="roles",
    one="role",
    table=Base.metadata.tables[Role.__tablename__],
    policy=Everybodys("roles"),
    filters=("name", "is_system_role", "is_active"),
    sorts=("name", "created_at", "updated_at"),
    order="name",
    search=("name", "description"),
)


def create_role(connection: Connection, caller: Caller, values: Mapping[str, Any]) -> Row:
    require_all(caller, values.get("permissions", []))
    return create_row(connection, caller, ROLES, values)


def change_role(
    connection: Connection,
    caller: Caller,
    role_id: UUID,
    values: Mapping[str, Any],
    *,
    if_match: str | None = None,
) -> Row:
    """Counts from the next request of whoever has the role. Raises SystemRoleError or LastAdminError."""
    _require_own(connection, caller, role_id, action="edit")
    require_all(caller, values.get("permissions", []))
    was_administrator = may_everything(connection, caller.user_id)
    row = update_row(connection, caller, ROLES, role_id, values, if_match=if_match)
    if was_administrator:
        require_an_administrator(connection, caller.user_id)
    return row


def delete_role(
    connection: Connection, caller: Caller, role_id: UUID, *, if_match: str | None = None
) -> None:
    """What was shared with it is not any more. Raises SystemRoleError, and RowInUseError while somebody has it."""
    _require_own(connection, caller, role_id, action="delete")
    delete_row(connection, caller, ROLES, role_id, if_match=if_match)


def roles_of(connection: Connection, caller: Caller, user_id: UUID) -> list[Row]:
    get_row(connection, caller, USERS, user_id)
    return store.every(connection, SQL["roles_of"], user_id=user_id)


def give_role(connection: Connection, caller: Caller, user_id: UUID, role_id: UUID) -> None:
    """The same however often it is said. Counts from the person's next request."""
    _require_role(connection, caller, user_id, role_id)
    store.run(connection, "give_role", user_id=user_id, role_id=role_id)


def take_role(connection: Connection, caller: Caller, user_id: UUID, role_id: UUID) -> None:
    """Counts from the person's next request. Raises RoleNotHeldError or LastAdminError."""
    role = _require_role(connection, caller, user_id, role_id)
    was_administrator = may_everything(connection, user_id)
    if store.run(connection, "take_role", user_id=user_id, role_id=role_id) == 0:
        raise RoleNotHeldError(f"The person does not have the role {role['name']}.")
    if was_administrator:
        require_an_administrator(connection, user_id)


def _require_own(connection: Connection, caller: Caller, role_id: UUID, *, action: str) -> None:
    """One at a time, so that two changes do not each leave the other's administrator."""
    accounts.run(connection, "lock_administration")
    role = require_row(connection, caller, ROLES, role_id, action=action)
    if role["is_system_role"]:
        raise SystemRoleError(role["name"])
    require_all(caller, role["permissions"])


def _require_role(connection: Connection, caller: Caller, user_id: UUID, role_id: UUID) -> Row:
    accounts.run(connection, "lock_administration")
    require_above(connection, caller, user_id)
    role = get_row(connection, caller, ROLES, role_id)
    require_all(caller, role["permissions"])
    return role
