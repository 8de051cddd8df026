"""Themes and chart kinds that dashboards share."""

from typing import Final

from api.resources.people import OWNER
from api.resources.resource import Resource, table
from api.schemas.libraries import (
    ChartCreate,
    ChartRead,
    ChartUpdate,
    ThemeCreate,
    ThemeRead,
    ThemeUpdate,
)
from dataviz_pipelines.core.crud import Collection
from dataviz_pipelines.core.libraries.contrast import check_theme
from dataviz_pipelines.core.libraries.schemas import check_chart
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.tables import Chart, Theme
from dataviz_pipelines.core.security.rows import KINDS

THEMES: Final = Collection(
    name="themes",
    one="theme",
    table=table(Theme),
    policy=KINDS[ResourceType.THEME],
    filters=("name", "is_public", "is_default", "created_by"),
    sorts=("created_at", "updated_at", "name", "download_count"),
    search=("name",),
    includes={"owner": OWNER},
    check=check_theme,
    checked=frozenset({"css_variables"}),
)

CHARTS: Final = Collection(
    name="charts",
    one="chart",
    table=table(Chart),
    policy=KINDS[ResourceType.CHART],
    filters=("name", "chart_type", "category", "is_public", "created_by"),
    sorts=("created_at", "updated_at", "name", "chart_type"),
    search=("name", "chart_type"),
    includes={"owner": OWNER},
    check=check_chart,
    checked=frozenset({"config_schema"}),
)

RESOURCES: Final = (
    Resource("themes", THEMES, ThemeRead, ThemeCreate, ThemeUpdate),
    Resource("charts", CHARTS, ChartRead, ChartCreate, ChartUpdate),
)
