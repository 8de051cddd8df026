"""The versions of a resource."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, create_model

from api.schemas.base import Read
from dataviz_pipelines.core.crud.listing import MAX_LIMIT
from dataviz_pipelines.core.models.documents.document import JsonObject

MAX_VERSION = 2**31 - 1


class VersionQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    limit: int = Field(50, ge=1, le=MAX_LIMIT)
    before: int | None = Field(
        None, ge=1, le=MAX_VERSION, description="`next_before` of the page before."
    )


class VersionRead(BaseModel):
    """`created_by` is who made the change that the version keeps."""

    version: int
    created_at: datetime
    created_by: UUID | None


class VersionPage(BaseModel):
    """The latest first. `next_before` asks for the page after this one; null: there is none."""

    items: list[VersionRead]
    next_before: int | None


class VersionDocument(VersionRead):
    """`document`: the resource as it was, without counters and authorship; a dashboard with its components."""

    document: JsonObject


class ChangeRead(BaseModel):
    """`path` is a JSON pointer, in which things that have an id stand by it: `/components/ID/width`."""

    op: Literal["add", "remove", "replace"]
    path: str
    before: JsonValue
    after: JsonValue


class VersionDiff(BaseModel):
    changes: list[ChangeRead]


def restored_read(read: type[Read]) -> type[BaseModel]:
    """The resource as it is now, and what could not be brought back with it."""
    fields: dict[str, Any] = {"item": (read, ...), "warnings": (list[str], ...)}
    return create_model(f"{read.__name__.removesuffix('Read')}Restored", **fields)
