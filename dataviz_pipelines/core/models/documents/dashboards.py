"""JSON of the dashboard tables. Positions and sizes are grid units unless the name says pixels."""

from typing import Literal
from uuid import UUID

from pydantic import Field, JsonValue

from dataviz_pipelines.core.models.documents.document import Document


class LayoutConfig(Document):
    columns: int = Field(12, ge=1, le=48)
    row_height_px: int = Field(40, ge=8, le=400)
    gap_px: int = Field(8, ge=0, le=100)


class DashboardFilter(Document):
    """A control that narrows every component which has the column."""

    key: str = Field(min_length=1, max_length=100)
    label: str = Field(min_length=1, max_length=255)
    column: str = Field(min_length=1, max_length=255)
    kind: Literal["text", "number", "date_range", "choice"]
    default: JsonValue = None


class MobileItem(Document):
    component_id: UUID
    height: int = Field(ge=1)
    hidden: bool = False


class MobileLayout(Document):
    """Components from top to bottom, each as wide as the screen."""

    items: list[MobileItem]


class QueryConfig(Document):
    """Where a visualization's rows come from: a saved query or a text of its own, with values for its parameters."""

    saved_query_id: UUID | None = None
    query_text: str | None = None
    parameters: dict[str, JsonValue] = Field(default_factory=dict)


class ComponentConfig(Document):
    title: str | None = Field(None, max_length=255)
    text: str | None = Field(None, description="Text components: Markdown.")
    image_url: str | None = Field(None, max_length=500)
    filter_key: str | None = Field(None, description="Filter components: key of the filter.")
    refresh_interval_s: int | None = Field(None, ge=5)
