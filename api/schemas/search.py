"""What is found in all data sources, and what people made of it."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from api.schemas.base import Read
from dataviz_pipelines.core.impacts.dependents import Certainty
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.documents.settings import Tag
from dataviz_pipelines.core.models.metadata import Effect
from dataviz_pipelines.core.search import Kind, Match


class FoundRead(BaseModel):
    """A table, or a column of one; `id` is its own. `match` says how it fits: by its whole name, its beginning, words of
    it, its letters, or what is said about it. `type` is a column's, or the kind of table."""

    match: Match
    kind: Kind
    id: UUID
    table_id: UUID
    column_id: UUID | None
    data_source_id: UUID
    data_source_name: str
    database_name: str
    schema_name: str
    table_name: str
    column_name: str | None
    type: str
    source_comment: str | None
    description: str | None
    tags: list[Tag]
    removed_at: datetime | None


class FoundList(BaseModel):
    """The best first."""

    items: list[FoundRead]


class DependentRead(BaseModel):
    """`columns` are those that it reads of the table, `perhaps_columns` can be those of another; `reads_all`: whichever it
    has. `certainty` is `perhaps` when another table of the name can be meant, `unknown` when the query cannot be parsed."""

    resource_type: ResourceType
    resource_id: UUID
    name: str
    certainty: Certainty
    columns: list[str]
    perhaps_columns: list[str]
    reads_all: bool


class DependentList(BaseModel):
    """What is certain first."""

    items: list[DependentRead]


class ChangeImpactRead(Read):
    """Something that a change of a data source breaks or may break. Without a change its query cannot be parsed: whatever
    changed in the run may concern it."""

    discovery_run_id: UUID
    metadata_change_id: UUID | None
    resource_type: ResourceType
    resource_id: UUID
    effect: Effect
    reason: str
