"""The layout of a dashboard, on a desk and on a phone."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from api.schemas.base import Input
from dataviz_pipelines.core.dashboards.layout import MAX_COMPONENTS, MAX_ROWS
from dataviz_pipelines.core.models.documents.dashboards import MobileItem

Place = Annotated[int, Field(ge=0, lt=MAX_ROWS)]
Size = Annotated[int, Field(ge=1, le=MAX_ROWS)]


class Position(Input):
    """Where a component lies, in units of the grid."""

    component_id: UUID
    position_x: Place
    position_y: Place
    width: Size
    height: Size


class LayoutRead(BaseModel):
    columns: int
    positions: list[Position]


class LayoutUpdate(Input):
    """Every component of the dashboard, each once."""

    positions: Annotated[list[Position], Field(max_length=MAX_COMPONENTS)]


class MobileLayoutRead(BaseModel):
    """Components from top to bottom, each as wide as the screen. `derived`: nobody has stored one."""

    derived: bool
    items: list[MobileItem]
