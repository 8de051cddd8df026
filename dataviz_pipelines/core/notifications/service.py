"""One way for all parts of the platform to tell people something."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.sql import blocks, execute

_SQL: Final = blocks("dataviz_pipelines.core.notifications", "notifications.sql")
_LONGEST_TITLE: Final = 255


@dataclass(frozen=True)
class Notice:
    """`kind` is an open vocabulary, such as `source_changed`. Whoever reads it may see no more than it says, so it names
    things and repeats no data; `action_url` leads to where permissions are asked for again."""

    kind: str
    title: str
    message: str
    action_url: str | None = None


def notify(connection: Connection, notice: Notice, user_ids: Collection[UUID]) -> None:
    """Within the caller's transaction, so that people hear of what happened and of nothing else. People whose accounts are
    not active hear nothing."""
    values = {
        "kind": notice.kind,
        "title": notice.title[:_LONGEST_TITLE],
        "message": notice.message,
        "action_url": notice.action_url,
        "user_ids": list(user_ids),
    }
    execute(connection, _SQL["notify"], values)
