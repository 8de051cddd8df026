"""Core business tables: people, what they may do, and the databases they connect."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Index, String, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import INET
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


class ConnectionType(StrEnum):
    POSTGRESQL = "postgresql"
    MYSQL = "mysql"
    BIGQUERY = "bigquery"


class TestStatus(StrEnum):
    UNTESTED = "untested"
    OK = "ok"
    FAILED = "failed"


_EMAIL_PART: Final = r'[^@\s\x00-\x1f\x7f,;:<>()\[\]"\\]+'
EMAIL_PATTERN: Final = f"^{_EMAIL_PART}@{_EMAIL_PART}$"
"""Anything but what separates addresses, names and comments in the head of a mail."""


class TokenPurpose(StrEnum):
    EMAIL_VERIFICATION = "email_verification"
    PASSWORD_RESET = "password_reset"  # noqa: S105  # a kind of token, not one


class User(Base):
    """A person. E-mail addresses are unique whatever their case. Without a password hash nobody can log in as them."""

    __tablename__ = "users"
    __table_args__ = (
        Index("idx_users_email", text("lower(email)"), unique=True),
        Index("idx_users_active", "is_active"),
        Index("idx_users_created_at", "created_at"),
    )

    email: Mapped[str] = mapped_column(String(255))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    first_name: Mapped[str | None] = mapped_column(String(100))
    last_name: Mapped[str | None] = mapped_column(String(100))
    avatar_url: Mapped[str | None] = mapped_column(String(500))
    timezone: Mapped[str] = mapped_column(String(50), server_default=text("'UTC'"))
    is_admin: Mapped[bool] = flag(default=False)
    is_active: Mapped[bool] = flag(default=True)
    email_verified: Mapped[bool] = flag(default=False)
    last_login_at: Mapped[datetime | None]


class Role(Base):
    """A named set of permissions. System roles are seeded and cannot be deleted."""

    __tablename__ = "roles"
    __table_args__ = (UniqueConstraint("name"),)

    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str | None] = mapped_column(Text)
    permissions: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    is_system_role: Mapped[bool] = flag(default=False)
    is_active: Mapped[bool] = flag(default=True)


class UserRole(Base):
    """Which person has which role. A role that somebody has cannot be deleted."""

    __tablename__ = "user_roles"
    __table_args__ = (UniqueConstraint("user_id", "role_id"),)

    user_id: Mapped[UUID] = reference("users.id", on_delete="CASCADE", index=False)
    role_id: Mapped[UUID] = reference("roles.id", on_delete="RESTRICT")


class DataSource(Base):
    """A database that the platform reads. `connection_config` is ciphertext. `test_reason` and `test_message` say why the
    last test failed."""

    __tablename__ = "data_sources"
    __table_args__ = (
        UniqueConstraint("name"),
        one_of("connection_type", ConnectionType),
        one_of("test_status", TestStatus),
        Index("idx_data_sources_active", "connection_type", **where("is_active")),
    )

    name: Mapped[str] = mapped_column(String(255))
    connection_type: Mapped[str] = mapped_column(String(50))
    connection_config: Mapped[dict[str, Any]]
    is_active: Mapped[bool] = flag(default=True)
    test_query: Mapped[str | None] = mapped_column(Text)
    last_tested_at: Mapped[datetime | None]
    test_status: Mapped[str] = mapped_column(String(20), server_default=text("'untested'"))
    test_reason: Mapped[str | None] = mapped_column(String(50))
    test_message: Mapped[str | None] = mapped_column(Text)


class Session(Base):
    """A log-in. Only the token's hash is kept; `expires_at` is the absolute limit, `last_seen_at` serves the idle one."""

    __tablename__ = "sessions"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index("idx_sessions_expires_at", "expires_at", **where("ended_at IS NULL")),
    )

    user_id: Mapped[UUID] = reference("users.id", on_delete="CASCADE")
    token_hash: Mapped[str] = mapped_column(String(64))
    ip_address: Mapped[str | None] = mapped_column(INET)
    user_agent: Mapped[str | None] = mapped_column(Text)
    last_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class ApiKey(Base):
    """A person's key for programs. `prefix` is shown to recognise it; `scopes` only ever narrow the owner's permissions."""

    __tablename__ = "api_keys"
    __table_args__ = (UniqueConstraint("key_hash"), UniqueConstraint("user_id", "name"))

    user_id: Mapped[UUID] = reference("users.id", on_delete="CASCADE", index=False)
    name: Mapped[str] = mapped_column(String(100))
    prefix: Mapped[str] = mapped_column(String(16))
    key_hash: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class OneTimeToken(Base):
    """A link sent by mail, hashed, that works once before it expires."""

    __tablename__ = "one_time_tokens"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        one_of("purpose", TokenPurpose),
        Index("idx_one_time_tokens_open", "user_id", "purpose", **where("used_at IS NULL")),
    )

    user_id: Mapped[UUID] = reference("users.id", on_delete="CASCADE")
    purpose: Mapped[str] = mapped_column(String(50))
    token_hash: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LoginThrottle(Base):
    """Failed log-ins of one account, from one address or of one browser. `subject` reads `account:HASH`, `address:IP` or
    `session:ID`."""

    __tablename__ = "login_throttles"
    __table_args__ = (
        UniqueConstraint("subject"),
        *not_negative("failure_count"),
        Index("idx_login_throttles_last_failure_at", "last_failure_at"),
    )

    subject: Mapped[str] = mapped_column(String(100))
    failure_count: Mapped[int] = counter()
    last_failure_at: Mapped[datetime] = mapped_column(server_default=func.now())
    blocked_until: Mapped[datetime | None]
