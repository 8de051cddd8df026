"""What a document is made of: which rows of which tables, and which of their columns. Who may see a row, how often it was
used and who wrote it stays behind."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy import Connection

from dataviz_pipelines.core.crud import Collection
from dataviz_pipelines.core.models.documents.registry import JSON_DOCUMENTS, adapter
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import parameters
from dataviz_pipelines.core.sql import blocks, execute

Json = dict[str, Any]

SQL: Final = blocks("dataviz_pipelines.core.portable", "portable.sql")

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "dashboard": (
        *("id", "name", "description", "layout_config", "theme_id"),
        *("filters_config", "mobile_layout"),
    ),
    "visualization": (
        *("id", "name", "visualization_type", "data_source_id"),
        *("query_config", "chart_config"),
    ),
    "saved query": ("id", "name", "query_text", "data_source_id", "query_type"),
    "theme": ("id", "name", "css_variables", "color_palette", "typography"),
    "chart": (
        *("id", "name", "chart_type", "config_schema"),
        *("component_code", "css_styles", "category"),
    ),
    "data source": ("id", "name", "connection_type"),
}
"""By what one row of a collection is called."""


@dataclass(frozen=True)
class Parts:
    """The collections that a document's rows belong to."""

    dashboards: Collection
    visualizations: Collection
    saved_queries: Collection
    themes: Collection
    charts: Collection
    data_sources: Collection


@dataclass(frozen=True)
class Existing:
    """A row that has the id of one in the document."""

    row: Json
    visible: bool
    editable: bool


def portable_row(collection: Collection, row: Mapping[str, Any]) -> Json:
    """A row's portable columns as JSON has them, documents in full: rows that mean the same are the same."""
    return {
        name: in_full(f"{collection.table.name}.{name}", row[name])
        for name in COLUMNS[collection.one]
    }


def in_full(column: str, value: Any) -> Any:
    """A value of `table.column` as JSON has it, documents with their defaults."""
    if column not in JSON_DOCUMENTS or value is None:
        return to_jsonable_python(value)
    model = adapter(column)
    return model.dump_python(model.validate_python(value), mode="json", by_alias=True)


def visible_rows(
    connection: Connection,
    caller: Caller,
    collection: Collection,
    wanted: Iterable[Any],
    *,
    column: str = "id",
) -> list[Json]:
    """The rows with these values in a column, in the order of their ids; what the caller cannot see is not there."""
    values = [each for each in dict.fromkeys(wanted) if each is not None]
    if not values:
        return []
    statement = SQL["visible"].format(
        columns=_selected(collection),
        table=collection.table.name,
        column=column,
        visible=collection.policy.allows(caller, "view"),
    )
    bound = [UUID(str(each)) for each in values] if column == "id" else values
    rows = execute(connection, statement, {"wanted": bound, **parameters(caller)})
    return [_portable(collection, row) for row in rows]


def existing_rows(
    connection: Connection, caller: Caller, collection: Collection, wanted: Iterable[str]
) -> dict[str, Existing]:
    """By id, also those that the caller cannot see."""
    statement = SQL["access"].format(
        columns=_selected(collection),
        table=collection.table.name,
        visible=collection.policy.allows(caller, "view"),
        editable=collection.policy.allows(caller, "edit"),
    )
    values = {"wanted": [UUID(each) for each in wanted], **parameters(caller)}
    return {
        str(row_id): Existing(_portable(collection, row), visible, editable)
        for row_id, visible, editable, *row in execute(connection, statement, values)
    }


def _portable(collection: Collection, row: Sequence[Any]) -> Json:
    return portable_row(collection, dict(zip(COLUMNS[collection.one], row, strict=True)))


def _selected(collection: Collection) -> str:
    return ", ".join(f'item."{column}"' for column in COLUMNS[collection.one])
