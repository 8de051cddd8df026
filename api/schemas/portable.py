"""A dashboard as a portable document: the bodies that create its parts, with the ids that they keep."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, create_model

from api.schemas.base import Input, Name
from api.schemas.dashboards import ComponentCreate, DashboardCreate, VisualizationCreate
from api.schemas.libraries import ChartCreate, ThemeCreate
from api.schemas.sources import SavedQueryCreate
from dataviz_pipelines.core.dashboards.layout import MAX_COMPONENTS
from dataviz_pipelines.core.models.business import ConnectionType
from dataviz_pipelines.core.portable.items import Outcome

MAX_PARTS = 500
_LEFT_BEHIND = frozenset({"is_public", "dashboard_id"})


def _portable(schema: type[Input]) -> type[Input]:
    """What creates a row is what carries one, but for what stays behind."""
    fields: dict[str, Any] = {
        name: (field.annotation, field)
        for name, field in schema.model_fields.items()
        if name not in _LEFT_BEHIND
    }
    name = f"Portable{schema.__name__.removesuffix('Create')}"
    return create_model(name, __base__=Input, id=(UUID, ...), **fields)


PortableDashboard: Any = _portable(DashboardCreate)
PortableComponent: Any = _portable(ComponentCreate)
PortableVisualization: Any = _portable(VisualizationCreate)
PortableSavedQuery: Any = _portable(SavedQueryCreate)
PortableTheme: Any = _portable(ThemeCreate)
PortableChart: Any = _portable(ChartCreate)


class PortableDataSource(Input):
    """How it is connected is never part of a document."""

    id: UUID
    name: Name
    connection_type: ConnectionType


class DashboardDocument(Input):
    """A dashboard with everything it needs that its exporter may see."""

    format: Literal["dataviz-dashboard"]
    format_version: Literal[1]
    dashboard: PortableDashboard
    components: Annotated[list[PortableComponent], Field(max_length=MAX_COMPONENTS)]
    visualizations: Annotated[list[PortableVisualization], Field(max_length=MAX_PARTS)]
    saved_queries: Annotated[list[PortableSavedQuery], Field(max_length=MAX_PARTS)]
    theme: PortableTheme | None
    charts: Annotated[list[PortableChart], Field(max_length=MAX_PARTS)]
    data_sources: Annotated[list[PortableDataSource], Field(max_length=MAX_PARTS)]


class DashboardImport(Input):
    document: DashboardDocument
    data_sources: dict[UUID, UUID] = Field(
        default_factory=dict,
        max_length=MAX_PARTS,
        description="Data sources here by those of the document. The others are found by id, or by name and type.",
    )


class ImportedItem(BaseModel):
    """`id` is that of the document, `imported_as` the one it has here. `changes` are the columns that become others."""

    kind: str
    id: UUID
    name: str
    outcome: Outcome
    imported_as: UUID | None
    changes: list[str]
    messages: list[str]


class ImportRead(BaseModel):
    """The parts in the order in which they rest on each other. Of a dry run: what would happen."""

    dry_run: bool
    dashboard_id: UUID | None
    items: list[ImportedItem]
