"""What every table has in common: key, authorship, names of constraints, and the small vocabulary tables are built of."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    FetchedValue,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, mapped_column

from dataviz_pipelines.core.models.ids import new_id

NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "idx_%(table_name)s_%(column_0_N_name)s",
}
FIRST = -100
LAST = 100
CALLER = text("caller_id()")
"""The person on whose behalf the transaction runs, as `core.security.caller` has told the database."""


class Base(DeclarativeBase):
    """A table with a time-ordered key and authorship.

    `updated_at` and `updated_by` are set by a trigger, so that changes made in plain SQL move them too; the ORM reads
    them back.
    """

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012  # SQLAlchemy reads it from the class
        UUID: Uuid(),
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
    }
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012

    @classmethod
    def __table_cls__(cls, name: str, metadata: MetaData, *items: Any, **options: Any) -> Table:
        return Table(name, metadata, *items, *_authorship_indexes(name), **options)

    id: Mapped[UUID] = mapped_column(
        primary_key=True, default=new_id, server_default=text("uuid_v7()"), sort_order=FIRST
    )
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=LAST)
    updated_at: Mapped[datetime] = mapped_column(
        server_default=func.now(), server_onupdate=FetchedValue(), sort_order=LAST + 1
    )
    created_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), server_default=CALLER, sort_order=LAST + 2
    )
    updated_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="SET NULL"), server_default=CALLER, sort_order=LAST + 3
    )


def reference(target: str, *, on_delete: str, index: bool = True) -> MappedColumn[Any]:
    """A foreign key. `index=False` where a composite index already begins with the column."""
    return mapped_column(ForeignKey(target, ondelete=on_delete), index=index)


def flag(*, default: bool) -> MappedColumn[bool]:
    return mapped_column(server_default=text(str(default).lower()))


def counter() -> MappedColumn[int]:
    return mapped_column(Integer, server_default=text("0"))


def one_of(column: str, kinds: type[StrEnum]) -> CheckConstraint:
    values = ", ".join(f"'{kind.value}'" for kind in kinds)
    return CheckConstraint(f"{column} IN ({values})", name=column)


def not_negative(*columns: str) -> Iterator[CheckConstraint]:
    for column in columns:
        yield CheckConstraint(f"{column} >= 0", name=f"{column}_not_negative")


def where(condition: str) -> dict[str, Any]:
    """The options of a partial index."""
    return {"postgresql_where": text(condition)}


def _authorship_indexes(table: str) -> Iterator[Index]:
    """Rows written by the platform itself have no author, and then cost these indexes nothing."""
    for column in ("created_by", "updated_by"):
        yield Index(f"idx_{table}_{column}", column, **where(f"{column} IS NOT NULL"))
