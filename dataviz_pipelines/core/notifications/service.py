"""One way for all parts of the platform to tell people something."""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.models.documents.scheduler import Audience, NotificationChannel
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.notifications import incidents
from dataviz_pipelines.core.notifications.notices import Notice
from dataviz_pipelines.core.notifications.store import SQL
from dataviz_pipelines.core.sql import execute

MAIL: Final = NotificationChannel(kind="email")


def notify(
    connection: Connection,
    notice: Notice,
    user_ids: Collection[UUID],
    channels: Sequence[NotificationChannel] = (),
) -> None:
    """Within the caller's transaction, so that people hear of what happened and of nothing else. People whose accounts are
    not active hear nothing. What goes to channels is sent after the commit, by the deliverer."""
    audience = Audience(user_ids=list(user_ids), channels=list(channels))
    told = incidents.worth_telling(connection, notice, audience)
    if told is not None:
        tell(connection, told, audience)


def tell(connection: Connection, notice: Notice, audience: Audience) -> UUID:
    """However often it has happened. What is told bears the same id everywhere."""
    notice_id = new_id()
    values = {**notice.values(notice_id), "user_ids": list(audience.user_ids)}
    execute(connection, SQL["tell_in_app"], values)
    for channel in dict.fromkeys((channel.kind, channel.target) for channel in audience.channels):
        kind, target = channel
        if kind == "in_app":
            continue
        block = "send_elsewhere" if target else "mail_people"
        execute(connection, SQL[block], {**values, "channel_kind": kind, "target": target})
    return notice_id
