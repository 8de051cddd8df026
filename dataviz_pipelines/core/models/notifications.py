"""Notification tables: what leaves the platform, where to, and what is told once although it happens often."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dataviz_pipelines.core.models.base import (
    Base,
    counter,
    flag,
    not_negative,
    one_of,
    reference,
    where,
)


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class ChannelKind(StrEnum):
    """Places with an address that is a secret."""

    WEBHOOK = "webhook"
    CHAT = "chat"


class DeliveryKind(StrEnum):
    EMAIL = "email"
    WEBHOOK = "webhook"
    CHAT = "chat"


class DeliveryStatus(StrEnum):
    """`SUPPRESSED`: nobody wants it any more, or nothing is set up to send it."""

    QUEUED = "queued"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


class NotificationChannel(Base):
    """A webhook or a chat room that notices can be sent to. `connection_config` is ciphertext. `gets_alerts`: it is told what
    goes wrong with the platform."""

    __tablename__ = "notification_channels"
    __table_args__ = (UniqueConstraint("name"), one_of("channel_kind", ChannelKind))

    name: Mapped[str] = mapped_column(String(255))
    channel_kind: Mapped[str] = mapped_column(String(20))
    connection_config: Mapped[dict[str, Any]]
    is_active: Mapped[bool] = flag(default=True)
    gets_alerts: Mapped[bool] = flag(default=False)


class NotificationIncident(Base):
    """Something that people were told of and that is not over: repetitions are counted here. `told_at` is when they heard
    of it last, `repeat_count` what has happened since."""

    __tablename__ = "notification_incidents"
    __table_args__ = (
        UniqueConstraint("incident_key"),
        one_of("severity", Severity),
        *not_negative("repeat_count"),
        Index("idx_notification_incidents_untold", "told_at", **where("repeat_count > 0")),
        Index("idx_notification_incidents_last_seen_at", "last_seen_at"),
    )

    incident_key: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(100))
    severity: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(255))
    message: Mapped[str] = mapped_column(Text)
    action_url: Mapped[str | None] = mapped_column(String(500))
    audience: Mapped[dict[str, Any]]
    repeat_count: Mapped[int] = counter()
    told_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    last_seen_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class NotificationDelivery(Base):
    """One message to one place: it is written with what it tells of, and sent afterwards; only a report is written when it
    has arrived. `notice_id` is also with the in-app rows of the same notice; that of a report is its run. `target` is an
    address or a channel's name; without one, the person's own address. `next_attempt_at` of a message that is being sent is
    when its sender counts as lost."""

    __tablename__ = "notification_deliveries"
    __table_args__ = (
        one_of("channel_kind", DeliveryKind),
        one_of("severity", Severity),
        one_of("status", DeliveryStatus),
        *not_negative("attempt_count"),
        CheckConstraint(
            "(status = 'delivered') = (delivered_at IS NOT NULL)",
            name="delivered_at_when_delivered",
        ),
        CheckConstraint("user_id IS NOT NULL OR target IS NOT NULL", name="goes_somewhere"),
        Index(
            "idx_notification_deliveries_due",
            "next_attempt_at",
            **where("status IN ('queued', 'sending')"),
        ),
        Index(
            "idx_notification_deliveries_over",
            "updated_at",
            **where("status IN ('delivered', 'failed', 'suppressed')"),
        ),
        Index("idx_notification_deliveries_user_id_created_at", "user_id", text("created_at DESC")),
        Index("idx_notification_deliveries_created_at", "created_at"),
        Index("idx_notification_deliveries_notice_id", "notice_id"),
    )

    notice_id: Mapped[UUID]
    user_id: Mapped[UUID | None] = reference("users.id", on_delete="CASCADE", index=False)
    channel_id: Mapped[UUID | None] = reference("notification_channels.id", on_delete="SET NULL")
    channel_kind: Mapped[str] = mapped_column(String(20))
    target: Mapped[str | None] = mapped_column(String(500))
    kind: Mapped[str] = mapped_column(String(100))
    severity: Mapped[str] = mapped_column(String(20), server_default=text("'info'"))
    title: Mapped[str] = mapped_column(String(255))
    message: Mapped[str] = mapped_column(Text)
    action_url: Mapped[str | None] = mapped_column(String(500))
    incident_key: Mapped[str | None] = mapped_column(String(255))
    in_digest: Mapped[bool] = flag(default=False)
    status: Mapped[str] = mapped_column(String(20), server_default=text("'queued'"))
    attempt_count: Mapped[int] = counter()
    next_attempt_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    last_error: Mapped[str | None] = mapped_column(Text)
    delivered_at: Mapped[datetime | None]
