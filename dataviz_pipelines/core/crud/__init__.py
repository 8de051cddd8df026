"""Plain resources: rows of one table that people list, read, create, change and delete."""

from dataviz_pipelines.core.crud.collection import Collection
from dataviz_pipelines.core.crud.listing import Listing, Page, list_rows
from dataviz_pipelines.core.crud.rows import (
    Row,
    create_row,
    delete_row,
    etag,
    get_row,
    require_row,
    update_row,
)

__all__ = [
    "Collection",
    "Listing",
    "Page",
    "Row",
    "create_row",
    "delete_row",
    "etag",
    "get_row",
    "list_rows",
    "require_row",
    "update_row",
]
