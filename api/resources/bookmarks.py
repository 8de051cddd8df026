"""Bookmarks: what a person wants to find again."""

from typing import Final

from api.resources.resource import Resource, table
from api.schemas.bookmarks import BookmarkCreate, BookmarkRead, BookmarkUpdate
from dataviz_pipelines.core.crud import Collection, Shared, require_shared
from dataviz_pipelines.core.models.tables import Bookmark
from dataviz_pipelines.core.security.rows import Personal

BOOKMARKS: Final = Collection(
    name="bookmarks",
    one="bookmark",
    table=table(Bookmark),
    policy=Personal(),
    filters=("resource_type", "resource_id", "tags"),
    sorts=("created_at", "updated_at", "bookmark_name"),
    search=("bookmark_name",),
    includes={"resource": Shared()},
    owner="user_id",
    check=require_shared,
    checked=frozenset({"resource_type", "resource_id"}),
)

RESOURCES: Final = (
    Resource("bookmarks", BOOKMARKS, BookmarkRead, BookmarkCreate, BookmarkUpdate, in_bulk=True),
)
