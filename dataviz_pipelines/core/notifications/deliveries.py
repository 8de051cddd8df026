"""What became of messages, for those whom they concern and for administrators (F55)."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.crud import Collection, Row, get_row, require_row
from dataviz_pipelines.core.models.tables import Base, NotificationDelivery
from dataviz_pipelines.core.notifications.errors import NotOverError
from dataviz_pipelines.core.notifications.store import SQL
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import ALWAYS, Personal
from dataviz_pipelines.core.sql import execute


@dataclass(frozen=True)
class Concerned(Personal):
    """A person's own, and what was sent of a notice that they were told; all of them for administrators, who cannot read
    what they say."""

    def allows(self, caller: Caller, action: str) -> str:
        if caller.may(f"system_settings:{'view' if action == 'view' else 'edit'}"):
            return ALWAYS
        own = super().allows(caller, action)
        if action != "view":
            return own
        told = (
            "item.notice_id IN (SELECT notice_id FROM notifications WHERE user_id = %(caller_id)s)"
        )
        return f"({own} OR item.user_id IS NULL AND {told})"


DELIVERIES: Final = Collection(
    name="notification_deliveries",
    one="delivery",
    table=Base.metadata.tables[NotificationDelivery.__tablename__],
    policy=Concerned(),
    hidden=frozenset({"title", "message", "action_url", "incident_key"}),
    filters=("notice_id", "user_id", "channel_id", "channel_kind", "kind", "severity", "status"),
    ranges=("created_at",),
)


def send_again(connection: Connection, caller: Caller, delivery_id: UUID) -> Row:
    """Raises NotOverError for what is queued or has arrived."""
    row = require_row(connection, caller, DELIVERIES, delivery_id, action="edit")
    if execute(connection, SQL["queue_again"], {"id": delivery_id}).rowcount == 0:
        raise NotOverError(f"The delivery is {row['status']}.")
    return get_row(connection, caller, DELIVERIES, delivery_id)
