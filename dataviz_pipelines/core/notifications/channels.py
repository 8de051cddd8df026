"""Webhooks and chat rooms as administrators set them up. Their URLs and secrets are sealed, and never shown again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import Connection

from dataviz_pipelines.core.crud import Collection, Row, create_row, require_row, update_row
from dataviz_pipelines.core.models.documents.scheduler import Audience
from dataviz_pipelines.core.models.documents.scheduler import NotificationChannel as Channel
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.models.notifications import ChannelKind
from dataviz_pipelines.core.models.tables import Base, NotificationChannel
from dataviz_pipelines.core.notifications import chat, signing, webhooks
from dataviz_pipelines.core.notifications.connections import (
    AnyConnection,
    Chat,
    Webhook,
    opened,
    revealed,
)
from dataviz_pipelines.core.notifications.errors import ChannelUnusableError
from dataviz_pipelines.core.notifications.notices import Notice
from dataviz_pipelines.core.notifications.service import tell
from dataviz_pipelines.core.notifications.store import SQL
from dataviz_pipelines.core.secrets import CHANNEL_CONFIG, Vault
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import Everybodys
from dataviz_pipelines.core.sql import execute

ROTATION: Final = timedelta(days=1)
"""For how long the secret before signs beside the new one."""

_CHECKS: Final = {ChannelKind.WEBHOOK: webhooks.check_url, ChannelKind.CHAT: chat.check_url}


@dataclass(frozen=True)
class Administered(Everybodys):
    """Whoever may edit the platform's settings does everything with it."""

    def permission(self, action: str) -> str | None:
        return super().permission(_known(action))

    def allows(self, caller: Caller, action: str) -> str:
        return super().allows(caller, _known(action))


def _known(action: str) -> str:
    return "view" if action == "view" else "edit"


CHANNELS: Final = Collection(
    name="notification_channels",
    one="notification channel",
    table=Base.metadata.tables[NotificationChannel.__tablename__],
    policy=Administered("system_settings"),
    hidden=frozenset({"connection_config"}),
    filters=("name", "channel_kind", "is_active", "gets_alerts"),
    sorts=("created_at", "updated_at", "name"),
    search=("name",),
)


def create_channel(
    connection: Connection,
    caller: Caller,
    values: Mapping[str, Any],
    *,
    url: str,
    vault: Vault,
) -> tuple[Row, str | None]:
    """With the secret that signs, where it is a webhook; it is given away this once. `values` are the columns."""
    made = _connection(ChannelKind(values["channel_kind"]), url)
    row_id = new_id()
    sealed = vault.seal(connection, revealed(made), CHANNEL_CONFIG, row_id)
    columns = {**values, "id": row_id, "connection_config": sealed}
    secret = made.secret.get_secret_value() if isinstance(made, Webhook) else None
    return create_row(connection, caller, CHANNELS, columns), secret


def change_url(
    connection: Connection, caller: Caller, channel_id: UUID, *, url: str, vault: Vault
) -> Row:
    """The secret that signs stays."""
    row, known = _opened(connection, caller, channel_id, vault)
    _CHECKS[ChannelKind(row["channel_kind"])](url)
    changed = known.model_copy(update={"url": SecretStr(url)})
    return _seal(connection, caller, channel_id, changed, vault)


def rotate_secret(
    connection: Connection, caller: Caller, channel_id: UUID, *, now: datetime, vault: Vault
) -> tuple[Row, str]:
    """The new secret, given away this once. For a day both sign. Raises ChannelUnusableError where nothing is signed."""
    _, known = _opened(connection, caller, channel_id, vault)
    if not isinstance(known, Webhook):
        raise ChannelUnusableError("Messages to chat services are not signed.", place="")
    secret = signing.new_secret()
    changed = Webhook(
        url=known.url,
        secret=SecretStr(secret),
        old_secret=known.secret,
        old_until=now + ROTATION,
    )
    return _seal(connection, caller, channel_id, changed, vault), secret


def try_channel(connection: Connection, caller: Caller, channel_id: UUID) -> UUID:
    """The delivery of a message that only says it was sent; what became of it is seen there."""
    row = require_row(connection, caller, CHANNELS, channel_id, action="edit")
    notice = Notice("channel_test", f"A test of {row['name']}", "If you read this, it works.")
    channel = Channel(kind=row["channel_kind"], target=str(channel_id))
    notice_id = tell(connection, notice, Audience(channels=[channel]))
    found = execute(connection, SQL["delivery_of_notice"], {"notice_id": notice_id}).fetchall()
    return UUID(str(found[0][0]))


def _connection(kind: ChannelKind, url: str) -> AnyConnection:
    _CHECKS[kind](url)
    if kind is ChannelKind.CHAT:
        return Chat(url=SecretStr(url))
    return Webhook(url=SecretStr(url), secret=SecretStr(signing.new_secret()))


def _opened(
    connection: Connection, caller: Caller, channel_id: UUID, vault: Vault
) -> tuple[Row, AnyConnection]:
    row = require_row(connection, caller, CHANNELS, channel_id, action="edit")
    found = execute(connection, SQL["sealed_channel"], {"id": channel_id}).fetchall()
    return row, opened(found[0][0], channel_id, vault)


def _seal(
    connection: Connection, caller: Caller, channel_id: UUID, changed: AnyConnection, vault: Vault
) -> Row:
    sealed = vault.seal(connection, revealed(changed), CHANNEL_CONFIG, channel_id)
    return update_row(connection, caller, CHANNELS, channel_id, {"connection_config": sealed})
