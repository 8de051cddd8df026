"""Dashboards, their components, and the visualizations that these show."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection

from api.resources.libraries import THEMES
from api.resources.people import OWNER
from api.resources.resource import Resource, table
from api.resources.sources import SOURCE
from api.schemas.dashboards import (
    ComponentCreate,
    ComponentRead,
    ComponentUpdate,
    DashboardCreate,
    DashboardRead,
    DashboardUpdate,
    VisualizationCreate,
    VisualizationRead,
    VisualizationUpdate,
)
from dataviz_pipelines.core.access.publishing import (
    IS_PUBLIC,
    check_dashboard_publicity,
    check_visualization_publicity,
)
from dataviz_pipelines.core.crud import Collection, Named, Naming
from dataviz_pipelines.core.dashboards.checks import (
    COMPONENT_COLUMNS,
    DASHBOARD_COLUMNS,
    VISUALIZATION_COLUMNS,
    check_component,
    check_dashboard,
    check_visualization,
)
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.tables import Dashboard, DashboardComponent, Visualization
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import KINDS, PartOf

Values = Mapping[str, Any]


def _check_visualization(connection: Connection, caller: Caller, values: Values) -> None:
    check_visualization(connection, caller, values)
    check_visualization_publicity(connection, caller, values)


def _check_dashboard(connection: Connection, caller: Caller, values: Values) -> None:
    check_dashboard(connection, caller, values)
    check_dashboard_publicity(connection, caller, values)


VISUALIZATIONS: Final = Collection(
    name="visualizations",
    one="visualization",
    table=table(Visualization),
    policy=KINDS[ResourceType.VISUALIZATION],
    filters=("name", "visualization_type", "data_source_id", "is_public", "created_by"),
    sorts=("created_at", "updated_at", "name", "visualization_type"),
    search=("name",),
    includes={"data_source": SOURCE, "owner": OWNER},
    references={"data_source_id": KINDS[ResourceType.DATA_SOURCE]},
    check=_check_visualization,
    checked=VISUALIZATION_COLUMNS | {IS_PUBLIC},
)

COMPONENTS: Final = Collection(
    name="dashboard_components",
    one="dashboard component",
    table=table(DashboardComponent),
    policy=PartOf(KINDS[ResourceType.DASHBOARD], "dashboard_id"),
    filters=("dashboard_id", "visualization_id", "component_type"),
    sorts=("created_at", "updated_at", "position_y"),
    includes={"visualization": Named(VISUALIZATIONS, "visualization_id")},
    references={"visualization_id": KINDS[ResourceType.VISUALIZATION]},
    check=check_component,
    checked=COMPONENT_COLUMNS,
)

DASHBOARDS: Final = Collection(
    name="dashboards",
    one="dashboard",
    table=table(Dashboard),
    policy=KINDS[ResourceType.DASHBOARD],
    filters=("name", "created_by", "theme_id", "is_public"),
    sorts=("created_at", "updated_at", "name", "view_count"),
    search=("name", "description"),
    includes={
        "components": Naming(COMPONENTS, "dashboard_id"),
        "owner": OWNER,
        "theme": Named(THEMES, "theme_id"),
    },
    references={"theme_id": KINDS[ResourceType.THEME]},
    check=_check_dashboard,
    checked=DASHBOARD_COLUMNS | {IS_PUBLIC},
)

RESOURCES: Final = (
    Resource(
        "dashboards", DASHBOARDS, DashboardRead, DashboardCreate, DashboardUpdate, in_bulk=True
    ),
    Resource(
        "dashboard-components",
        COMPONENTS,
        ComponentRead,
        ComponentCreate,
        ComponentUpdate,
        in_bulk=True,
    ),
    Resource(
        "visualizations",
        VISUALIZATIONS,
        VisualizationRead,
        VisualizationCreate,
        VisualizationUpdate,
        in_bulk=True,
    ),
)
