"""Channels, and what became of messages."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, SecretStr

from api.schemas.base import UNCHANGED, Flag, Input, Name, Patch, Read
from dataviz_pipelines.core.models.notifications import (
    ChannelKind,
    DeliveryKind,
    DeliveryStatus,
    Severity,
)

ChannelUrl = Annotated[SecretStr, Field(min_length=1, max_length=2_000)]


class ChannelRead(Read):
    """Its URL is a secret, and not shown again."""

    name: str
    channel_kind: ChannelKind
    is_active: bool
    gets_alerts: bool


class ChannelCreated(ChannelRead):
    """`signing_secret` is what a webhook is signed with; it is shown this once."""

    signing_secret: str | None


class ChannelCreate(Input):
    """`url` is a webhook's https:// address, or that of a chat service as apprise has it, such as slack://…"""

    name: Name
    channel_kind: ChannelKind
    url: ChannelUrl
    is_active: Flag = True
    gets_alerts: Flag = False


class ChannelUpdate(Patch):
    name: Name = UNCHANGED
    is_active: Flag = UNCHANGED
    gets_alerts: Flag = UNCHANGED


class ChannelUrlWrite(Input):
    url: ChannelUrl


class DeliveryRead(Read):
    """`notice_id` is also with the notifications of the same notice. `target` is an address or a channel's name; null: the
    person's own address. What the message says is not shown here."""

    notice_id: UUID
    user_id: UUID | None
    channel_id: UUID | None
    channel_kind: DeliveryKind
    target: str | None
    kind: str
    severity: Severity
    in_digest: bool
    status: DeliveryStatus
    attempt_count: int
    next_attempt_at: datetime
    last_error: str | None
    delivered_at: datetime | None


class ChannelTried(BaseModel):
    """`delivery_id` is where to see what became of it."""

    delivery_id: UUID
