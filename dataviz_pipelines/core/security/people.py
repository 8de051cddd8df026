"""A person as a caller without a request, for what the platform does on their behalf."""

from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.models.documents.permissions import EVERYTHING
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.errors import OwnerGoneError
from dataviz_pipelines.core.sql import execute

_PERSON: Final = """
SELECT person.id, person.email, person.is_admin, person.timezone,
       coalesce(array_agg(role.id) FILTER (WHERE role.id IS NOT NULL), '{}'),
       coalesce(jsonb_agg(role.permissions) FILTER (WHERE role.id IS NOT NULL), '[]')
FROM users AS person
LEFT JOIN user_roles ON user_roles.user_id = person.id
LEFT JOIN roles AS role ON role.id = user_roles.role_id AND role.is_active
WHERE person.id = %(user_id)s AND person.is_active
GROUP BY person.id
"""


def caller_of(connection: Connection, user_id: UUID | None) -> Caller:
    """With what their roles allow at this moment. Raises OwnerGoneError for one who may not log in any more."""
    found = execute(connection, _PERSON, {"user_id": user_id}).fetchone()
    if found is None:
        raise OwnerGoneError
    person_id, email, is_admin, timezone, role_ids, permissions = found
    held = {permission for role in permissions for permission in role}
    return Caller(
        user_id=person_id,
        email=email,
        permissions=frozenset(held | {EVERYTHING} if is_admin else held),
        role_ids=tuple(role_ids),
        timezone=timezone,
    )
