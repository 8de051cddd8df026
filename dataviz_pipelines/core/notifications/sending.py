"""The ways out: a mail, a webhook, a chat service. Each bears the delivery's id, so that what is sent twice is known for one."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from dataviz_pipelines.core.clock import Clock
from dataviz_pipelines.core.mail import Mail
from dataviz_pipelines.core.mail import send as send_mail
from dataviz_pipelines.core.models.notifications import DeliveryKind
from dataviz_pipelines.core.network import NetworkGuard
from dataviz_pipelines.core.notifications import chat, signing, webhooks
from dataviz_pipelines.core.notifications.connections import AnyConnection, Chat, Webhook, opened
from dataviz_pipelines.core.notifications.errors import RefusedError
from dataviz_pipelines.core.notifications.store import Due
from dataviz_pipelines.core.secrets import Vault
from dataviz_pipelines.core.settings import DAGSTER_PATH, Settings

DELIVERY_HEADER: Final = "X-DataViz-Delivery"
_API: Final = "/api/v1"
_LONGEST_MESSAGE: Final = 10_000


@dataclass(frozen=True)
class Outside:
    """What is needed to reach anybody."""

    settings: Settings
    vault: Vault
    guard: NetworkGuard
    clock: Clock


def send(outside: Outside, due: Due) -> None:
    """Returns when the other side has taken it; raises a DatavizError otherwise."""
    WAYS[DeliveryKind(due.channel_kind)](outside, due)


def link(settings: Settings, action_url: str | None) -> str | None:
    if action_url is None:
        return None
    below = "" if action_url.startswith(f"{DAGSTER_PATH}/") else _API
    return f"{settings.site}{below}{action_url}"


def payload(due: Due, url: str | None) -> bytes:
    """What a webhook is sent."""
    document = {
        "id": str(due.id),
        "kind": due.kind,
        "severity": due.severity,
        "title": due.title,
        "message": due.message[:_LONGEST_MESSAGE],
        "url": url,
        "key": due.key,
        "created_at": due.created_at.isoformat(),
    }
    return json.dumps(document).encode()


def _by_mail(outside: Outside, due: Due) -> None:
    to = due.target or due.email or ""
    subject = " ".join(due.title.split())
    send_mail(outside.settings, Mail(to, subject, f"{_text(outside, due)}\n", due.id))


def _by_webhook(outside: Outside, due: Due) -> None:
    webhook = _connection(outside, due)
    if not isinstance(webhook, Webhook):
        raise RefusedError("The channel is connected as something else.")
    body = payload(due, link(outside.settings, due.action_url))
    headers = webhook_headers(due.id, body, webhook, outside.clock())
    webhooks.post(webhook.url.get_secret_value(), body, headers, outside.guard)


def webhook_headers(
    delivery_id: UUID, body: bytes, webhook: Webhook, now: datetime
) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "User-Agent": "DataViz-Pipelines",
        "Connection": "close",
        DELIVERY_HEADER: str(delivery_id),
        signing.HEADER: signing.signature(body, webhook.keys(now), timestamp=int(now.timestamp())),
    }


def _by_chat(outside: Outside, due: Due) -> None:
    room = _connection(outside, due)
    if not isinstance(room, Chat):
        raise RefusedError("The channel is connected as something else.")
    chat.send(room.url.get_secret_value(), title=due.title, text=_text(outside, due))


def _connection(outside: Outside, due: Due) -> AnyConnection:
    if due.channel_id is None:
        raise RefusedError(f"There is no notification channel {due.target}.")
    return opened(due.sealed, due.channel_id, outside.vault)


def _text(outside: Outside, due: Due) -> str:
    where = link(outside.settings, due.action_url)
    text = due.message[:_LONGEST_MESSAGE]
    return text if where is None else f"{text}\n\n{where}"


WAYS: Final[Mapping[DeliveryKind, Callable[[Outside, Due], None]]] = {
    DeliveryKind.EMAIL: _by_mail,
    DeliveryKind.WEBHOOK: _by_webhook,
    DeliveryKind.CHAT: _by_chat,
}
