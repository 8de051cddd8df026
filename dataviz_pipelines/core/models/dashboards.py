"""Dashboard tables: dashboards, what they show, and where on the grid they show it."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Integer, String, Text, text
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


class ComponentType(StrEnum):
    VISUALIZATION = "visualization"
    TEXT = "text"
    IMAGE = "image"
    FILTER = "filter"
    CONTAINER = "container"


class Dashboard(Base):
    """A page of components. `mobile_layout` is NULL where it is derived from the desktop's."""

    __tablename__ = "dashboards"
    __table_args__ = (
        Index("idx_dashboards_public", "updated_at", **where("is_public")),
        Index("idx_dashboards_created_by_updated_at", "created_by", text("updated_at DESC")),
        *not_negative("view_count"),
    )

    name: Mapped[str] = mapped_column(String(255), index=True)
    description: Mapped[str | None] = mapped_column(Text)
    layout_config: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    theme_id: Mapped[UUID | None] = reference("theme_library.id", on_delete="SET NULL")
    filters_config: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    mobile_layout: Mapped[dict[str, Any] | None]
    is_public: Mapped[bool] = flag(default=False)
    view_count: Mapped[int] = counter()


class Visualization(Base):
    """One chart. Its data source cannot be deleted before it."""

    __tablename__ = "visualizations"
    __table_args__ = (
        Index("idx_visualizations_public", "updated_at", **where("is_public")),
        Index("idx_visualizations_created_by_updated_at", "created_by", text("updated_at DESC")),
    )

    name: Mapped[str] = mapped_column(String(255), index=True)
    visualization_type: Mapped[str] = mapped_column(String(100))
    data_source_id: Mapped[UUID | None] = reference("data_sources.id", on_delete="RESTRICT")
    query_config: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    chart_config: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    is_public: Mapped[bool] = flag(default=False)


class DashboardComponent(Base):
    """One tile of a dashboard, in grid units. When its visualization is deleted the tile keeps its place and says so."""

    __tablename__ = "dashboard_components"
    __table_args__ = (
        one_of("component_type", ComponentType),
        *not_negative("position_x", "position_y"),
        CheckConstraint("width > 0", name="width_positive"),
        CheckConstraint("height > 0", name="height_positive"),
    )

    dashboard_id: Mapped[UUID] = reference("dashboards.id", on_delete="CASCADE")
    visualization_id: Mapped[UUID | None] = reference("visualizations.id", on_delete="SET NULL")
    component_type: Mapped[str] = mapped_column(String(100))
    position_x: Mapped[int] = mapped_column(Integer)
    position_y: Mapped[int] = mapped_column(Integer)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    component_config: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
