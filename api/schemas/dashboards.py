"""Dashboards, visualizations and the components that place them."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.schemas.base import INCLUDED, UNCHANGED, Flag, Input, Name, Patch, Read, ShortName, Text
from api.schemas.libraries import ThemeRead
from api.schemas.people import PersonRead
from api.schemas.sources import DataSourceRead
from dataviz_pipelines.core.models.dashboards import ComponentType
from dataviz_pipelines.core.models.documents.dashboards import (
    ComponentConfig,
    DashboardFilter,
    LayoutConfig,
    MobileLayout,
    QueryConfig,
)
from dataviz_pipelines.core.models.documents.document import JsonObject

Filters = Annotated[list[DashboardFilter], Field(max_length=100)]
Place = Annotated[int, Field(ge=0, le=10_000)]
Size = Annotated[int, Field(ge=1, le=10_000)]


class VisualizationRead(Read):
    name: str
    visualization_type: str
    data_source_id: UUID | None
    query_config: QueryConfig
    chart_config: JsonObject
    is_public: bool
    data_source: DataSourceRead | None = INCLUDED
    owner: PersonRead | None = INCLUDED


class VisualizationCreate(Input):
    name: Name
    visualization_type: ShortName
    data_source_id: UUID | None = None
    query_config: QueryConfig = Field(default_factory=QueryConfig)
    chart_config: JsonObject = Field(default_factory=dict)
    is_public: Flag = False


class VisualizationUpdate(Patch):
    name: Name = UNCHANGED
    visualization_type: ShortName = UNCHANGED
    data_source_id: UUID | None = None
    query_config: QueryConfig = UNCHANGED
    chart_config: JsonObject = UNCHANGED
    is_public: Flag = UNCHANGED


class ComponentRead(Read):
    """Positions and sizes are units of the dashboard's grid. `visualization_id` is null once the visualization is deleted."""

    dashboard_id: UUID
    visualization_id: UUID | None
    component_type: ComponentType
    position_x: int
    position_y: int
    width: int
    height: int
    component_config: ComponentConfig
    visualization: VisualizationRead | None = INCLUDED


class ComponentCreate(Input):
    dashboard_id: UUID
    visualization_id: UUID | None = None
    component_type: ComponentType
    position_x: Place
    position_y: Place
    width: Size
    height: Size
    component_config: ComponentConfig = Field(default_factory=ComponentConfig)


class ComponentUpdate(Patch):
    visualization_id: UUID | None = None
    component_type: ComponentType = UNCHANGED
    position_x: Place = UNCHANGED
    position_y: Place = UNCHANGED
    width: Size = UNCHANGED
    height: Size = UNCHANGED
    component_config: ComponentConfig = UNCHANGED


class DashboardRead(Read):
    name: str
    description: str | None
    layout_config: LayoutConfig
    theme_id: UUID | None
    filters_config: list[DashboardFilter]
    mobile_layout: MobileLayout | None
    is_public: bool
    view_count: int
    components: list[ComponentRead] | None = INCLUDED
    owner: PersonRead | None = INCLUDED
    theme: ThemeRead | None = INCLUDED


class DashboardCreate(Input):
    name: Name
    description: Text | None = None
    layout_config: LayoutConfig = Field(default_factory=LayoutConfig)
    theme_id: UUID | None = None
    filters_config: Filters = Field(default_factory=list)
    mobile_layout: MobileLayout | None = None
    is_public: Flag = False


class DashboardUpdate(Patch):
    name: Name = UNCHANGED
    description: Text | None = None
    layout_config: LayoutConfig = UNCHANGED
    theme_id: UUID | None = None
    filters_config: Filters = UNCHANGED
    mobile_layout: MobileLayout | None = None
    is_public: Flag = UNCHANGED
