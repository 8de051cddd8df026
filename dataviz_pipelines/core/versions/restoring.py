"""F74: a version becomes the resource again, which makes a new version.

A restore changes what a resource is, never who may see it: that takes a decision of its own. What a version names and is no
more, or is hidden from the caller, is left out where the resource can do without, and said.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy import Connection

from dataviz_pipelines.core.crud import Collection, Row, create_row, require_row, update_row
from dataviz_pipelines.core.dashboards.grid import columns_of, lock_grid
from dataviz_pipelines.core.dashboards.layout import check_layout
from dataviz_pipelines.core.dashboards.replacing import (
    Component,
    compare,
    current_components,
    hidden_visualizations,
    put_components,
    require_own,
)
from dataviz_pipelines.core.dashboards.tiles import tile_of
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import Kind
from dataviz_pipelines.core.versions.history import (
    Subject,
    find_subject,
    get_version,
    is_visible,
)

COMPONENTS: Final = "components"
PUBLICITY: Final = frozenset({"is_public", "is_default"})
STATES: Final = frozenset({*PUBLICITY, "is_active"})

Values = dict[str, Any]


@dataclass(frozen=True)
class Restored:
    """The row as it is now, and what could not be brought back with it."""

    row: Row
    warnings: list[str]


def restore(
    connection: Connection,
    caller: Caller,
    collection: Collection,
    row_id: UUID,
    version: int,
    *,
    if_match: str | None = None,
) -> Restored:
    """Of a deleted resource: brings it back, with its id, to its owner. Raises what reading a version and writing a row do."""
    subject = find_subject(connection, caller, collection, row_id)
    document = get_version(connection, subject, version).document or {}
    if not subject.exists:
        return _recreate(connection, caller, subject, document)
    row = require_row(connection, caller, collection, row_id, action="edit")
    if COMPONENTS in document:
        row, if_match = lock_grid(connection, caller, row_id, if_match=if_match), None
    current = to_jsonable_python(row)
    values, warnings = _values(connection, caller, collection, document, current)
    if COMPONENTS in document:
        warnings += _restore_components(connection, caller, {**current, **values}, document)
    changed = {
        name: value
        for name, value in values.items()
        if value != current[name] and name not in STATES
    }
    restored = update_row(connection, caller, collection, row_id, changed, if_match=if_match)
    return Restored(restored, warnings)


def _recreate(
    connection: Connection, caller: Caller, subject: Subject, document: Mapping[str, Any]
) -> Restored:
    caller.require(subject.kind.permission("create"))
    values, warnings = _values(connection, caller, subject.collection, document, {})
    kept = {name: value for name, value in values.items() if name not in PUBLICITY}
    identity = {"id": subject.id, "created_by": subject.owner}
    row = create_row(connection, caller, subject.collection, {**kept, **identity})
    if COMPONENTS in document:
        warnings += _restore_components(connection, caller, row, document)
    return Restored(row, warnings)


def _values(
    connection: Connection,
    caller: Caller,
    collection: Collection,
    document: Mapping[str, Any],
    current: Mapping[str, Any],
) -> tuple[Values, list[str]]:
    """Columns of the version that the table still has, without what can only be hidden from the caller or gone."""
    values = {
        name: value
        for name, value in document.items()
        if name in collection.columns and name != "id"
    }
    warnings = []
    for column, kind in _optional_references(collection):
        value = values.get(column)
        if value in (None, current.get(column)) or is_visible(connection, caller, kind, value):
            continue
        values[column] = None
        warnings.append(_left_out(kind.type.value, value))
    return values, warnings


def _optional_references(collection: Collection) -> Iterator[tuple[str, Kind]]:
    for column, kind in collection.references.items():
        if collection.table.c[column].nullable:
            yield column, kind


def _restore_components(
    connection: Connection, caller: Caller, dashboard: Row, document: Mapping[str, Any]
) -> list[str]:
    dashboard_id = UUID(str(dashboard["id"]))
    wanted: list[Component] = document[COMPONENTS]
    current = current_components(connection, dashboard_id)
    hidden = hidden_visualizations(connection, caller, current, wanted)
    wanted = [
        {**each, "visualization_id": None} if each["id"] in hidden else each for each in wanted
    ]
    tiles = {f"/{COMPONENTS}/{number}": tile_of(each) for number, each in enumerate(wanted)}
    check_layout(tiles, columns_of(dashboard))
    require_own(connection, dashboard_id, wanted)
    put_components(connection, dashboard_id, compare(current, wanted))
    return [_left_out("visualization", each) for each in dict.fromkeys(hidden.values())]


def _left_out(kind: str, name: str) -> str:
    return (
        f"The {kind.replace('_', ' ')} {name} was left out: it is no more, or is hidden from you."
    )
