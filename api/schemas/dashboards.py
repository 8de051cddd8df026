"""Dashboards, visualizations and the components that place them."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.schemas.base import UNCHANGED, Input, Name, Patch, Read, Text
from dataviz_pipelines.core.models.documents.dashboards import (
    DashboardFilter,
    LayoutConfig,
    MobileLayout,
)

Filters = Annotated[list[DashboardFilter], Field(max_length=100)]


class DashboardRead(Read):
    name: str
    description: str | None
    layout_config: LayoutConfig
    theme_id: UUID | None
    filters_config: list[DashboardFilter]
    mobile_layout: MobileLayout | None
    is_public: bool
    view_count: int


class DashboardCreate(Input):
    name: Name
    description: Text | None = None
    layout_config: LayoutConfig = Field(default_factory=LayoutConfig)
    theme_id: UUID | None = None
    filters_config: Filters = Field(default_factory=list)
    mobile_layout: MobileLayout | None = None
    is_public: bool = False


class DashboardUpdate(Patch):
    name: Name = UNCHANGED
    description: Text | None = None
    layout_config: LayoutConfig = UNCHANGED
    theme_id: UUID | None = None
    filters_config: Filters = UNCHANGED
    mobile_layout: MobileLayout | None = None
    is_public: bool = UNCHANGED
