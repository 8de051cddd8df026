"""Bookmarks."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from api.schemas.base import INCLUDED, UNCHANGED, Input, Name, Patch, Read
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.documents.settings import Tag

Tags = Annotated[list[Tag], Field(max_length=50)]


class BookmarkedResource(BaseModel):
    name: str


class BookmarkRead(Read):
    user_id: UUID
    resource_type: ResourceType
    resource_id: UUID
    bookmark_name: str
    tags: list[Tag]
    resource: BookmarkedResource | None = INCLUDED


class BookmarkCreate(Input):
    resource_type: ResourceType
    resource_id: UUID
    bookmark_name: Name
    tags: Tags = Field(default_factory=list)


class BookmarkUpdate(Patch):
    bookmark_name: Name = UNCHANGED
    tags: Tags = UNCHANGED
