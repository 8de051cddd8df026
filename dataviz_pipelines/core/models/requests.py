"""Request tables: what the platform remembers so that a repeated request has one effect, and a wrong one can be taken back."""

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.base import Base, one_of, reference


class IdempotencyKey(Base):
    """The answer to a request that its sender may repeat; it commits together with the request's effect."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        UniqueConstraint("user_id", "idempotency_key"),
        Index("idx_idempotency_keys_created_at", "created_at"),
    )

    user_id: Mapped[UUID] = reference("users.id", on_delete="CASCADE", index=False)
    idempotency_key: Mapped[str] = mapped_column(String(255))
    request_hash: Mapped[str] = mapped_column(String(64))
    response_status: Mapped[int] = mapped_column(Integer)
    response_headers: Mapped[dict[str, Any]]
    response_body: Mapped[str] = mapped_column(Text)


class ResourceVersion(Base):
    """A resource as it was after a change. Versions outlive what they are of, so that a deletion can be taken back."""

    __tablename__ = "resource_versions"
    __table_args__ = (
        UniqueConstraint("resource_type", "resource_id", "version"),
        one_of("resource_type", ResourceType),
        CheckConstraint("version > 0", name="version_positive"),
    )

    resource_type: Mapped[str] = mapped_column(String(100))
    resource_id: Mapped[UUID]
    version: Mapped[int] = mapped_column(Integer)
    document: Mapped[dict[str, Any]]
