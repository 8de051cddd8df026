"""Who hears of a comment. Only those who may see it do, and whoever writes it does not learn who these are."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.accounts.identity import permissions_in
from dataviz_pipelines.core.crud import Row
from dataviz_pipelines.core.discussions.mentions import mentions
from dataviz_pipelines.core.discussions.policy import Remarks
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import KINDS, parameters
from dataviz_pipelines.core.sql import blocks, execute

SQL: Final = blocks("dataviz_pipelines.core.discussions", "discussions.sql")
_LONGEST_NAME: Final = 150


class Telling(StrEnum):
    MENTION = "comment_mention"
    REPLY = "comment_reply"


_TITLES: Final[Mapping[Telling, str]] = {
    Telling.MENTION: "You were mentioned on",
    Telling.REPLY: "There is a reply on",
}


def tell(
    connection: Connection, caller: Caller, comment: Row, *, before: str | None = None
) -> None:
    """Notifies those whom a comment mentions or answers, each once. `before` is its text until now, None for a new one: of
    those who were mentioned already nobody hears of it again."""
    told: dict[Telling, list[UUID]] = {Telling.MENTION: [], Telling.REPLY: []}
    for person, telling in _concerned(connection, caller, comment, before):
        if _sees(connection, person, comment["id"]):
            told[telling].append(person.user_id)
    for telling, user_ids in told.items():
        if user_ids:
            _notify(connection, caller, comment, telling, user_ids)


def _concerned(
    connection: Connection, caller: Caller, comment: Row, before: str | None
) -> Iterator[tuple[Caller, Telling]]:
    named = mentions(comment["comment_text"]) - mentions(before or "")
    values = {
        "id": comment["id"],
        "ids": list(named.ids),
        "emails": list(named.emails),
        "is_reply": before is None and comment["parent_comment_id"] is not None,
        "caller_id": caller.user_id,
    }
    if not (values["ids"] or values["emails"] or values["is_reply"]):
        return
    rows = execute(connection, SQL["people"], values).fetchall()
    for user_id, email, is_admin, role_ids, held, is_mentioned in rows:
        permissions = permissions_in(held or "", is_admin)
        person = Caller(user_id, email, permissions, tuple(role_ids or ()))
        yield person, Telling.MENTION if is_mentioned else Telling.REPLY


def _sees(connection: Connection, person: Caller, comment_id: UUID) -> bool:
    statement = SQL["sees"].format(visible=Remarks().allows(person, "view"))
    found = execute(connection, statement, {"id": comment_id, **parameters(person)})
    return found.fetchone() is not None


def _notify(
    connection: Connection, caller: Caller, comment: Row, telling: Telling, user_ids: list[UUID]
) -> None:
    """What the comment says stays where permissions are asked for again."""
    kind = KINDS[ResourceType(comment["resource_type"])]
    subject = _one(connection, SQL["subject"].format(table=kind.table), comment["resource_id"])
    author = _one(connection, SQL["author"], caller.user_id)
    about = f"the {kind.type.value.replace('_', ' ')} {subject[:_LONGEST_NAME]}"
    values = {
        "notification_type": telling.value,
        "title": f"{_TITLES[telling]} {about}",
        "message": f"In a comment by {author}." if author else "In a comment.",
        "action_url": f"/comments/{comment['id']}",
        "user_ids": user_ids,
    }
    execute(connection, SQL["tell"], values)


def _one(connection: Connection, statement: str, row_id: Any) -> str:
    row = execute(connection, statement, {"id": row_id}).fetchone()
    return str(row[0]) if row is not None else ""
