"""THE table of plain resources: what each is in the database, who may do what to it, and what bodies it takes."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Table

from api.schemas.base import Input, Patch, Read
from api.schemas.dashboards import DashboardCreate, DashboardRead, DashboardUpdate
from dataviz_pipelines.core.crud import Collection
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.tables import Base, Dashboard
from dataviz_pipelines.core.security.rows import KINDS


@dataclass(frozen=True)
class Resource:
    """`path` follows /api/v1. Without a schema for it, a resource cannot be created or changed."""

    path: str
    collection: Collection
    read: type[Read]
    create: type[Input] | None = None
    update: type[Patch] | None = None
    can_delete: bool = True

    @property
    def tag(self) -> str:
        return self.path.replace("-", " ")


def _table(model: type[Base]) -> Table:
    return Base.metadata.tables[model.__tablename__]


DASHBOARDS: Final = Collection(
    name="dashboards",
    one="dashboard",
    table=_table(Dashboard),
    policy=KINDS[ResourceType.DASHBOARD],
    filters=("name", "created_by", "theme_id", "is_public"),
    sorts=("created_at", "updated_at", "name", "view_count"),
    search=("name", "description"),
    references={"theme_id": KINDS[ResourceType.THEME]},
)

RESOURCES: Final[tuple[Resource, ...]] = (
    Resource("dashboards", DASHBOARDS, DashboardRead, DashboardCreate, DashboardUpdate),
)
