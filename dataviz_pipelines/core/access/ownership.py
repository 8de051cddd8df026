"""Whose a thing is, and how it becomes somebody else's."""

from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.access import store
from dataviz_pipelines.core.access.errors import NoSuchOwnerError
from dataviz_pipelines.core.access.store import SQL
from dataviz_pipelines.core.crud import Collection, Row, get_row, update_row
from dataviz_pipelines.core.models.documents.permissions import MANAGE
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.errors import PermissionDeniedError
from dataviz_pipelines.core.security.rows import Kind


def change_owner(
    connection: Connection,
    caller: Caller,
    collection: Collection,
    row_id: UUID,
    owner_id: UUID,
    *,
    if_match: str | None = None,
) -> Row:
    """By its owner, or by whoever manages everything of its kind; a grant does not suffice. Who owned it keeps what grants
    and roles give them. Raises NoSuchOwnerError."""
    kind = collection.policy
    assert isinstance(kind, Kind)  # noqa: S101  # nothing else has an owner
    row = get_row(connection, caller, collection, row_id)
    is_theirs = row["created_by"] == caller.user_id or caller.may(kind.permission(MANAGE))
    if not (is_theirs and caller.may(kind.permission("edit"))):
        raise PermissionDeniedError(
            f"This {collection.one} is not yours to give away.", remedy="Ask its owner."
        )
    if not store.is_there(connection, SQL["hold_user"], id=owner_id):
        raise NoSuchOwnerError(f"There is no user {owner_id}.")
    changed = {"created_by": owner_id}
    return update_row(connection, caller, collection, row_id, changed, if_match=if_match)
