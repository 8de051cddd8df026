"""Metadata tables: what discovery found in the data sources, and the queries people keep."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dataviz_pipelines.core.models.base import Base, counter, flag, not_negative, one_of, reference


class TableType(StrEnum):
    TABLE = "table"
    VIEW = "view"
    MATERIALIZED_VIEW = "materialized_view"
    FOREIGN_TABLE = "foreign_table"


class QueryType(StrEnum):
    SELECT = "select"
    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"
    DDL = "ddl"
    OTHER = "other"


class DatabaseMetadata(Base):
    """One table or view of a data source. A count that is not known is NULL, never 0.

    Engines without schemas below a database repeat the database's name as the schema's.
    """

    __tablename__ = "database_metadata"
    __table_args__ = (
        UniqueConstraint("data_source_id", "database_name", "schema_name", "table_name"),
        one_of("table_type", TableType),
        *not_negative("row_count", "size_bytes"),
    )

    data_source_id: Mapped[UUID] = reference("data_sources.id", on_delete="CASCADE", index=False)
    database_name: Mapped[str] = mapped_column(String(255))
    schema_name: Mapped[str] = mapped_column(String(255))
    table_name: Mapped[str] = mapped_column(String(255))
    table_type: Mapped[str] = mapped_column(String(50))
    row_count: Mapped[int | None] = mapped_column(BigInteger)
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)


class ColumnMetadata(Base):
    """One column of a discovered table."""

    __tablename__ = "column_metadata"
    __table_args__ = (UniqueConstraint("table_metadata_id", "column_name"),)

    table_metadata_id: Mapped[UUID] = reference(
        "database_metadata.id", on_delete="CASCADE", index=False
    )
    column_name: Mapped[str] = mapped_column(String(255))
    data_type: Mapped[str] = mapped_column(String(100))
    is_nullable: Mapped[bool] = flag(default=True)
    is_primary_key: Mapped[bool] = flag(default=False)
    is_foreign_key: Mapped[bool] = flag(default=False)


class SavedQuery(Base):
    """A query that people reuse. Its data source cannot be deleted before it."""

    __tablename__ = "saved_queries"
    __table_args__ = (
        one_of("query_type", QueryType),
        *not_negative("execution_count", "avg_execution_time_ms"),
        CheckConstraint("query_text <> ''", name="query_text_not_empty"),
    )

    name: Mapped[str] = mapped_column(String(255), index=True)
    query_text: Mapped[str] = mapped_column(Text)
    data_source_id: Mapped[UUID] = reference("data_sources.id", on_delete="RESTRICT")
    query_type: Mapped[str] = mapped_column(String(50), server_default=text("'select'"))
    execution_count: Mapped[int] = counter()
    avg_execution_time_ms: Mapped[int | None] = mapped_column(Integer)
