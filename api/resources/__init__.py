"""THE table of plain resources, a file for each section of the specification: what each is in the database, who may do what
to it, what can be asked of it, and what bodies it takes."""

from typing import Final

from api.resources import (
    bookmarks,
    dashboards,
    discussions,
    jobs,
    libraries,
    logs,
    notifications,
    sources,
    uploads,
)
from api.resources.bookmarks import BOOKMARKS
from api.resources.dashboards import COMPONENTS, DASHBOARDS, VISUALIZATIONS
from api.resources.jobs import SCHEDULER_JOB_RUNS, SCHEDULER_JOBS
from api.resources.libraries import CHARTS, THEMES
from api.resources.logs import DASHBOARD_ANALYTICS
from api.resources.resource import PREFIX, Resource
from api.resources.sources import (
    COLUMNS,
    DATA_SOURCES,
    DISCOVERABLE,
    DISCOVERY_RUNS,
    SAVED_QUERIES,
    TABLES,
)
from api.resources.uploads import REJECTED_ROWS, UPLOAD_TEMPLATES, UPLOADS

RESOURCES: Final[tuple[Resource, ...]] = (
    *sources.RESOURCES,
    *dashboards.RESOURCES,
    *libraries.RESOURCES,
    *uploads.RESOURCES,
    *jobs.RESOURCES,
    *logs.RESOURCES,
    *bookmarks.RESOURCES,
    *discussions.RESOURCES,
    *notifications.RESOURCES,
)

__all__ = [
    "BOOKMARKS",
    "CHARTS",
    "COLUMNS",
    "COMPONENTS",
    "DASHBOARDS",
    "DASHBOARD_ANALYTICS",
    "DATA_SOURCES",
    "DISCOVERABLE",
    "DISCOVERY_RUNS",
    "PREFIX",
    "REJECTED_ROWS",
    "RESOURCES",
    "SAVED_QUERIES",
    "SCHEDULER_JOBS",
    "SCHEDULER_JOB_RUNS",
    "TABLES",
    "THEMES",
    "UPLOADS",
    "UPLOAD_TEMPLATES",
    "VISUALIZATIONS",
    "Resource",
]
