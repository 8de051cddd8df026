"""Files to single places. They are sent at once and not queued, so that whoever sends one learns what became of it (F55).

What has arrived is recorded among the deliveries, under an id that follows from what was sent and whereto. What is tried again
passes over those who have it, and what arrives twice, because its sender died before it was recorded, is known by that id.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

from pydantic import JsonValue
from sqlalchemy import Connection, Engine

from dataviz_pipelines.core.mail import Attachment, Mail
from dataviz_pipelines.core.mail import send as send_mail
from dataviz_pipelines.core.models.notifications import DeliveryKind, Severity
from dataviz_pipelines.core.notifications import store, webhooks
from dataviz_pipelines.core.notifications.connections import Webhook, opened
from dataviz_pipelines.core.notifications.errors import RefusedError
from dataviz_pipelines.core.notifications.sending import Outside, link, webhook_headers

KIND: Final = "report"
WEBHOOK_TIMEOUT_S: Final = 120.0
_LONGEST_TITLE: Final = 255


@dataclass(frozen=True)
class Parcel:
    """A file, and what is said with it. `notice_id` stays the same when it is sent again. `facts` are for programs."""

    notice_id: UUID
    title: str
    text: str = field(repr=False)
    action_url: str
    file: Attachment
    facts: Mapping[str, JsonValue]


@dataclass(frozen=True)
class Recipient:
    """`place` is an address, or the name of a channel. `name` is the person's, where it is one of the platform's.
    `channel_id` None: there is no such channel."""

    kind: DeliveryKind
    place: str
    user_id: UUID | None = None
    name: str | None = None
    channel_id: UUID | None = None
    sealed: Any = field(default=None, repr=False)
    is_active: bool = True

    @property
    def shown(self) -> str:
        return self.name or (
            self.place if self.kind is DeliveryKind.EMAIL else f"webhook {self.place}"
        )

    def delivery_id(self, notice_id: UUID) -> UUID:
        return uuid5(notice_id, f"{self.kind} {self.channel_id or self.place.lower()}")


def webhook_named(connection: Connection, target: str) -> Recipient:
    """The channel with that name or id, or the place where it is missed."""
    found = store.channel_named(connection, DeliveryKind.WEBHOOK, target)
    if found is None:
        return Recipient(DeliveryKind.WEBHOOK, target)
    channel_id, name, sealed, is_active = found
    return Recipient(
        DeliveryKind.WEBHOOK, name, channel_id=channel_id, sealed=sealed, is_active=is_active
    )


def send_file(engine: Engine, outside: Outside, parcel: Parcel, recipient: Recipient) -> None:
    """Returns when the other side has taken it and that is recorded; raises a DatavizError otherwise."""
    delivery_id = recipient.delivery_id(parcel.notice_id)
    if recipient.kind is DeliveryKind.EMAIL:
        mail = Mail(recipient.place, parcel.title, parcel.text, delivery_id, parcel.file)
        send_mail(outside.settings, mail)
    else:
        _post(outside, parcel, recipient, delivery_id)
    values = {
        "id": delivery_id,
        "notice_id": parcel.notice_id,
        "user_id": recipient.user_id,
        "channel_id": recipient.channel_id,
        "channel_kind": recipient.kind,
        "target": recipient.place if recipient.user_id is None else None,
        "kind": KIND,
        "title": parcel.title[:_LONGEST_TITLE],
        "message": parcel.text,
        "action_url": parcel.action_url,
        "now": outside.clock(),
    }
    with engine.begin() as connection:
        store.record_sent(connection, values)


def _post(outside: Outside, parcel: Parcel, recipient: Recipient, delivery_id: UUID) -> None:
    if recipient.channel_id is None:
        raise RefusedError(f"There is no notification channel {recipient.place}.")
    if not recipient.is_active:
        raise RefusedError("The channel is switched off.")
    webhook = opened(recipient.sealed, recipient.channel_id, outside.vault)
    if not isinstance(webhook, Webhook):
        raise RefusedError("The channel is connected as something else.")
    now = outside.clock()
    body = _body(parcel, delivery_id, link(outside.settings, parcel.action_url), now)
    headers = webhook_headers(delivery_id, body, webhook, now)
    url = webhook.url.get_secret_value()
    webhooks.post(url, body, headers, outside.guard, timeout_s=WEBHOOK_TIMEOUT_S)


def _body(parcel: Parcel, delivery_id: UUID, url: str | None, now: datetime) -> bytes:
    """What webhooks are always sent, and the file as base64."""
    file = parcel.file
    document = {
        "id": str(delivery_id),
        "kind": KIND,
        "severity": Severity.INFO,
        "title": parcel.title,
        "message": parcel.text,
        "url": url,
        "key": None,
        "created_at": now.isoformat(),
        KIND: {
            **parcel.facts,
            "file_name": file.name,
            "media_type": file.media_type,
            "content": b64encode(file.content).decode(),
        },
    }
    return json.dumps(document).encode()
