"""What can be shown within rows: other rows that they name, or that name them. Each takes one statement for all rows of a
page, with the permission as a part of it: what the caller may not see is not there."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.crud.collection import Collection
from dataviz_pipelines.core.crud.errors import TooMuchIncludedError
from dataviz_pipelines.core.crud.rows import Row
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import KINDS, Kind, parameters
from dataviz_pipelines.core.sql import execute

MAX_INCLUDED: Final = 10_000


@dataclass(frozen=True)
class Named:
    """The row of another collection that `column` names; None where there is none, or the caller may not see it."""

    collection: Collection
    column: str

    def found(
        self, connection: Connection, caller: Caller, rows: Sequence[Mapping[str, Any]]
    ) -> list[Row | None]:
        wanted = {row[self.column] for row in rows if row[self.column] is not None}
        named = _rows(connection, caller, self.collection, "id", wanted)
        by_id = {row["id"]: row for row in named}
        return [by_id.get(row[self.column]) for row in rows]


@dataclass(frozen=True)
class Naming:
    """The rows of another collection whose `column` names the row, oldest first."""

    collection: Collection
    column: str

    def found(
        self, connection: Connection, caller: Caller, rows: Sequence[Mapping[str, Any]]
    ) -> list[list[Row]]:
        """Raises TooMuchIncludedError."""
        naming = _rows(
            connection, caller, self.collection, self.column, {row["id"] for row in rows}
        )
        if len(naming) > MAX_INCLUDED:
            raise TooMuchIncludedError(self.collection.name, MAX_INCLUDED)
        by_name: dict[UUID, list[Row]] = defaultdict(list)
        for row in naming:
            by_name[row[self.column]].append(row)
        return [by_name[row["id"]] for row in rows]


@dataclass(frozen=True)
class Shared:
    """The name of whatever `resource_type` and `resource_id` name, of any kind; None where the caller may not see it."""

    def found(
        self, connection: Connection, caller: Caller, rows: Sequence[Mapping[str, Any]]
    ) -> list[Row | None]:
        kinds = [KINDS[ResourceType(kind)] for kind in {row["resource_type"] for row in rows}]
        if not kinds:
            return []
        values = {"_ids": [row["resource_id"] for row in rows], **parameters(caller)}
        text = " UNION ALL ".join(_names(kind, caller) for kind in kinds)
        named = {(kind, id): name for kind, id, name in execute(connection, text, values)}
        keys = [(row["resource_type"], row["resource_id"]) for row in rows]
        return [{"name": named[key]} if key in named else None for key in keys]


def with_included(
    connection: Connection,
    caller: Caller,
    collection: Collection,
    rows: Sequence[Row],
    names: Iterable[str],
) -> list[Row]:
    """The rows, each with what was asked for under the name by which it was asked for."""
    shown = [dict(row) for row in rows]
    for name in names:
        found = collection.includes[name].found(connection, caller, rows)
        for row, value in zip(shown, found, strict=True):
            row[name] = value
    return shown


def _rows(
    connection: Connection, caller: Caller, collection: Collection, column: str, wanted: set[UUID]
) -> list[Row]:
    if not wanted:
        return []
    text = (
        f'SELECT {collection.selected} FROM "{collection.table.name}" AS item '
        f'WHERE item."{column}" = ANY(%(_wanted)s) AND {collection.policy.allows(caller, "view")} '
        f"ORDER BY item.id LIMIT {MAX_INCLUDED + 1}"
    )
    found = execute(connection, text, {"_wanted": list(wanted), **parameters(caller)})
    return [dict(zip(collection.columns, row, strict=True)) for row in found]


def _names(kind: Kind, caller: Caller) -> str:
    return (
        f"SELECT '{kind.type.value}', item.id, item.name FROM {kind.table} AS item "
        f"WHERE item.id = ANY(%(_ids)s) AND {kind.allows(caller, 'view')}"
    )
