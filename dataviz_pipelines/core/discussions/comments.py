"""Comments on things of every kind, in threads that are resolved as a whole."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.crud import (
    Collection,
    Row,
    create_row,
    etag,
    etags,
    get_row,
    require_row,
    require_shared,
    update_row,
)
from dataviz_pipelines.core.crud.errors import InvalidRowError, RowChangedError
from dataviz_pipelines.core.discussions.mentions import require_few
from dataviz_pipelines.core.discussions.policy import Remarks
from dataviz_pipelines.core.discussions.telling import SQL, tell
from dataviz_pipelines.core.models.tables import Base, Comment
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import parameters
from dataviz_pipelines.core.sql import execute

DELETED: Final = "(deleted)"


def _check(connection: Connection, caller: Caller, values: Mapping[str, Any]) -> None:
    """What is commented on is there for the caller, and a reply is about the same thing. Raises InvalidRowError."""
    require_shared(connection, caller, values)
    parent = values.get("parent_comment_id")
    if parent is None:
        return
    statement = SQL["parent"].format(visible=Remarks().allows(caller, "view"))
    row = execute(connection, statement, {"id": parent, **parameters(caller)}).fetchone()
    if row != (values["resource_type"], UUID(str(values["resource_id"]))):
        raise InvalidRowError(
            f"There is no comment {parent} on this {values['resource_type'].replace('_', ' ')}.",
            place="/parent_comment_id",
        )


COMMENTS: Final = Collection(
    name="comments",
    one="comment",
    table=Base.metadata.tables[Comment.__tablename__],
    policy=Remarks(),
    filters=("resource_type", "resource_id", "parent_comment_id", "is_resolved", "created_by"),
    ranges=("created_at",),
    sorts=("created_at", "updated_at"),
    order="created_at",
    search=("comment_text",),
    check=_check,
    checked=frozenset({"resource_type", "resource_id", "parent_comment_id"}),
)


def write_comment(connection: Connection, caller: Caller, values: Mapping[str, Any]) -> Row:
    require_few(values["comment_text"])
    comment = create_row(connection, caller, COMMENTS, values)
    tell(connection, caller, comment)
    return comment


def rewrite_comment(
    connection: Connection,
    caller: Caller,
    comment_id: UUID,
    values: Mapping[str, Any],
    *,
    if_match: str | None = None,
) -> Row:
    before = require_row(connection, caller, COMMENTS, comment_id, action="edit")
    require_few(values.get("comment_text", ""))
    comment = update_row(connection, caller, COMMENTS, comment_id, values, if_match=if_match)
    tell(connection, caller, comment, before=before["comment_text"])
    return comment


def settle(connection: Connection, caller: Caller, comment_id: UUID, *, resolved: bool) -> Row:
    """Resolves a thread or opens it again; what is so already stays as it is. Raises InvalidRowError for a reply."""
    comment = require_row(connection, caller, COMMENTS, comment_id, action="settle")
    if comment["parent_comment_id"] is not None:
        raise InvalidRowError(
            "A reply is not resolved by itself.",
            remedy="Take the comment that the thread begins with.",
        )
    values = {"id": comment_id, "resolved": resolved, "caller_id": caller.user_id}
    execute(connection, SQL["settle"], values)
    return get_row(connection, caller, COMMENTS, comment_id)


def delete_comment(
    connection: Connection, caller: Caller, comment_id: UUID, *, if_match: str | None = None
) -> None:
    """One that has replies leaves its place behind, so that they can still be read; the last reply takes the place with it."""
    require_row(connection, caller, COMMENTS, comment_id, action="delete")
    _require_match(get_row(connection, caller, COMMENTS, comment_id), if_match)
    if _found(connection, "has_replies", comment_id):
        execute(connection, SQL["blank"], {"id": comment_id, "text": DELETED})
        return
    above = _found(connection, "remove", comment_id)
    while above is not None:
        above = _found(connection, "remove_empty", above)


def _require_match(comment: Row, if_match: str | None) -> None:
    if if_match not in (None, "*") and etag(comment) not in etags(if_match):
        raise RowChangedError(
            "The comment was changed since it was read.",
            remedy="Read it again, and send its new ETag as If-Match.",
        )


def _found(connection: Connection, block: str, comment_id: Any) -> Any:
    row = execute(connection, SQL[block], {"id": comment_id}).fetchone()
    return None if row is None else row[0]
