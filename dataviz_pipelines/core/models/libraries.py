"""Library tables: themes and chart kinds that dashboards share."""

from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dataviz_pipelines.core.models.base import Base, counter, flag, not_negative, where


class Theme(Base):
    """How a dashboard looks. At most one theme is the default."""

    __tablename__ = "theme_library"
    __table_args__ = (
        UniqueConstraint("name"),
        Index("idx_theme_library_default", "is_default", unique=True, **where("is_default")),
        *not_negative("download_count"),
    )

    name: Mapped[str] = mapped_column(String(255))
    css_variables: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    color_palette: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    typography: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    is_public: Mapped[bool] = flag(default=False)
    is_default: Mapped[bool] = flag(default=False)
    download_count: Mapped[int] = counter()


class Chart(Base):
    """A chart kind. `config_schema` is the JSON Schema of a visualization's `chart_config`; the code never runs here."""

    __tablename__ = "chart_library"
    __table_args__ = (
        UniqueConstraint("name"),
        Index("idx_chart_library_category", "category"),
        Index("idx_chart_library_chart_type", "chart_type"),
    )

    name: Mapped[str] = mapped_column(String(255))
    chart_type: Mapped[str] = mapped_column(String(100))
    config_schema: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    component_code: Mapped[str | None] = mapped_column(Text)
    css_styles: Mapped[str | None] = mapped_column(Text)
    category: Mapped[str | None] = mapped_column(String(100))
    is_public: Mapped[bool] = flag(default=False)
