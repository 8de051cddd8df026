"""Collaboration tables: what people say to each other, and what the platform tells them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.base import Base, flag, one_of, reference, where
from dataviz_pipelines.core.models.notifications import Severity


class Comment(Base):
    """A remark, or an answer to one; answers go with what they answer. `deleted_at`: it holds the place of what was
    answered before it was deleted."""

    __tablename__ = "comments"
    __table_args__ = (
        one_of("resource_type", ResourceType),
        CheckConstraint("comment_text <> ''", name="comment_text_not_empty"),
        CheckConstraint("is_resolved OR resolved_by IS NULL", name="resolved_by_when_resolved"),
        CheckConstraint("parent_comment_id <> id", name="parent_is_another"),
        Index("idx_comments_resource", "resource_type", "resource_id", "created_at"),
    )

    resource_type: Mapped[str] = mapped_column(String(100))
    resource_id: Mapped[UUID]
    parent_comment_id: Mapped[UUID | None] = reference("comments.id", on_delete="CASCADE")
    comment_text: Mapped[str] = mapped_column(Text)
    is_resolved: Mapped[bool] = flag(default=False)
    resolved_by: Mapped[UUID | None] = reference("users.id", on_delete="SET NULL")
    deleted_at: Mapped[datetime | None]


class Notification(Base):
    """A message to one person. `notification_type` is an open vocabulary. `notice_id` is the same for all whom the same
    notice was told, and for what was sent of it."""

    __tablename__ = "notifications"
    __table_args__ = (
        one_of("severity", Severity),
        Index("idx_notifications_user_id_created_at", "user_id", text("created_at DESC")),
        Index(
            "idx_notifications_unread",
            "user_id",
            text("created_at DESC"),
            **where("NOT is_read"),
        ),
        Index("idx_notifications_notice_id", "notice_id", **where("notice_id IS NOT NULL")),
        Index("idx_notifications_expires_at", "expires_at", **where("expires_at IS NOT NULL")),
    )

    user_id: Mapped[UUID] = reference("users.id", on_delete="CASCADE", index=False)
    notification_type: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(255))
    message: Mapped[str] = mapped_column(Text)
    action_url: Mapped[str | None] = mapped_column(String(500))
    severity: Mapped[str] = mapped_column(String(20), server_default=text("'info'"))
    notice_id: Mapped[UUID | None]
    is_read: Mapped[bool] = flag(default=False)
    expires_at: Mapped[datetime | None]
