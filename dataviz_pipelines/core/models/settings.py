"""Settings tables: what people and administrators configure at run time."""

from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.base import Base, flag, one_of, reference


class UserPreference(Base):
    """One setting of one person."""

    __tablename__ = "user_preferences"
    __table_args__ = (UniqueConstraint("user_id", "preference_key"),)

    user_id: Mapped[UUID] = reference("users.id", on_delete="CASCADE", index=False)
    preference_key: Mapped[str] = mapped_column(String(255))
    preference_value: Mapped[Any] = mapped_column(JSONB)


class SystemSetting(Base):
    """One setting of the platform. Public ones are shown to everybody who is logged in."""

    __tablename__ = "system_settings"
    __table_args__ = (UniqueConstraint("setting_key"),)

    setting_key: Mapped[str] = mapped_column(String(255))
    setting_value: Mapped[Any] = mapped_column(JSONB)
    description: Mapped[str | None] = mapped_column(Text)
    is_public: Mapped[bool] = flag(default=False)


class Bookmark(Base):
    """A thing that a person wants to find again."""

    __tablename__ = "bookmarks"
    __table_args__ = (
        UniqueConstraint("user_id", "resource_type", "resource_id"),
        one_of("resource_type", ResourceType),
        Index("idx_bookmarks_resource", "resource_type", "resource_id"),
    )

    user_id: Mapped[UUID] = reference("users.id", on_delete="CASCADE", index=False)
    resource_type: Mapped[str] = mapped_column(String(100))
    resource_id: Mapped[UUID]
    bookmark_name: Mapped[str] = mapped_column(String(255))
    tags: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
