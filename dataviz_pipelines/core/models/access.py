"""Access control: what single people and roles may do with single things."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dataviz_pipelines.core.models.base import Base, counter, not_negative, one_of, reference, where


class ResourceType(StrEnum):
    """Things that can be shared, bookmarked and commented on."""

    DASHBOARD = "dashboard"
    VISUALIZATION = "visualization"
    SAVED_QUERY = "saved_query"
    DATA_SOURCE = "data_source"
    UPLOAD_TEMPLATE = "upload_template"
    SCHEDULER_JOB = "scheduler_job"
    THEME = "theme"
    CHART = "chart"


class PrincipalType(StrEnum):
    USER = "user"
    ROLE = "role"


class PermissionType(StrEnum):
    VIEW = "view"
    EDIT = "edit"
    MANAGE = "manage"


class ResourcePermission(Base):
    """A grant. Levels may overlap: a lasting `view` beside an `edit` that expires. Expiry is checked when it is read."""

    __tablename__ = "resource_permissions"
    __table_args__ = (
        UniqueConstraint(
            "resource_type",
            "resource_id",
            "principal_type",
            "principal_id",
            "permission_type",
            name="uq_resource_permissions_grant",
        ),
        one_of("resource_type", ResourceType),
        one_of("principal_type", PrincipalType),
        one_of("permission_type", PermissionType),
        Index(
            "idx_resource_permissions_principal",
            "principal_type",
            "principal_id",
            "resource_type",
            "resource_id",
        ),
        Index(
            "idx_resource_permissions_expires_at", "expires_at", **where("expires_at IS NOT NULL")
        ),
    )

    resource_type: Mapped[str] = mapped_column(String(100))
    resource_id: Mapped[UUID]
    principal_type: Mapped[str] = mapped_column(String(50))
    principal_id: Mapped[UUID]
    permission_type: Mapped[str] = mapped_column(String(50))
    granted_by: Mapped[UUID | None] = reference("users.id", on_delete="SET NULL")
    expires_at: Mapped[datetime | None]


class PublicLink(Base):
    """A link that shows one dashboard to whoever has it. Only the token's hash is kept; `token_prefix` is shown to
    recognise it."""

    __tablename__ = "public_links"
    __table_args__ = (UniqueConstraint("token_hash"), *not_negative("use_count"))

    dashboard_id: Mapped[UUID] = reference("dashboards.id", on_delete="CASCADE")
    name: Mapped[str] = mapped_column(String(255))
    token_prefix: Mapped[str] = mapped_column(String(16))
    token_hash: Mapped[str] = mapped_column(String(64))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    use_count: Mapped[int] = counter()
