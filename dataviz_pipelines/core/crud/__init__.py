"""Plain resources: rows of one table that people list, read, create, change and delete."""

from dataviz_pipelines.core.crud.collection import Collection
from dataviz_pipelines.core.crud.including import Named, Naming, Shared, with_included
from dataviz_pipelines.core.crud.listing import Listing, Page, list_rows
from dataviz_pipelines.core.crud.references import (
    require_allowed,
    require_shared,
    require_visible,
)
from dataviz_pipelines.core.crud.rows import (
    Row,
    create_row,
    delete_row,
    etag,
    etags,
    find_row,
    get_row,
    require_row,
    update_row,
)

__all__ = [
    "Collection",
    "Listing",
    "Named",
    "Naming",
    "Page",
    "Row",
    "Shared",
    "create_row",
    "delete_row",
    "etag",
    "etags",
    "find_row",
    "get_row",
    "list_rows",
    "require_allowed",
    "require_row",
    "require_shared",
    "require_visible",
    "update_row",
    "with_included",
]
