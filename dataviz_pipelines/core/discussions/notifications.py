"""What the platform told a person."""

from typing import Final

from sqlalchemy import Connection

from dataviz_pipelines.core.crud import Collection
from dataviz_pipelines.core.discussions.policy import Mailbox
from dataviz_pipelines.core.discussions.telling import SQL
from dataviz_pipelines.core.models.tables import Base, Notification
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import parameters
from dataviz_pipelines.core.sql import execute

NOTIFICATIONS: Final = Collection(
    name="notifications",
    one="notification",
    table=Base.metadata.tables[Notification.__tablename__],
    policy=Mailbox(),
    filters=("notification_type", "severity", "notice_id", "is_read"),
    ranges=("created_at",),
)


def count_unread(connection: Connection, caller: Caller) -> int:
    row = execute(connection, _own("unread", caller), parameters(caller)).fetchone()
    return int(row[0]) if row is not None else 0


def read_all(connection: Connection, caller: Caller) -> int:
    """How many were unread."""
    return execute(connection, _own("read_all", caller), parameters(caller)).rowcount


def _own(block: str, caller: Caller) -> str:
    return SQL[block].format(own=NOTIFICATIONS.policy.allows(caller, "edit"))
