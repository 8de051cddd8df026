"""What one entry of the table of resources says."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Table

from api.schemas.base import Input, Patch, Read
from dataviz_pipelines.core.crud import Collection
from dataviz_pipelines.core.models.tables import Base

PREFIX: Final = "/api/v1"


@dataclass(frozen=True)
class Resource:
    """`path` follows the prefix. Without a schema for it, a resource cannot be created or changed; `in_bulk`: many are
    changed and deleted at once, too."""

    path: str
    collection: Collection
    read: type[Read]
    create: type[Input] | None = None
    update: type[Patch] | None = None
    can_delete: bool = True
    in_bulk: bool = False

    @property
    def url(self) -> str:
        return f"{PREFIX}/{self.path}"

    @property
    def tag(self) -> str:
        return self.path.replace("-", " ")


def table(model: type[Base]) -> Table:
    return Base.metadata.tables[model.__tablename__]
