"""Which id a document's row has here. It keeps its own, unless that stands for something which the caller cannot see, or
stood for it and left its history behind: then it gets one that is always the same for this caller."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy import Connection

from dataviz_pipelines.core.crud import Collection
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.portable.parts import SQL, Existing, Json, existing_rows, visible_rows
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import Kind, parameters
from dataviz_pipelines.core.sql import execute

STANDS_IN: Final[Mapping[str, tuple[str, ...]]] = {
    "theme": ("name",),
    "chart": ("name", "chart_type"),
}
"""Of what has a name of its own, a row that is like this is the same. By what one row of a collection is called."""
_LONGEST_NAME: Final = 255


@dataclass(frozen=True)
class Target:
    """`existing` is None for a row that is to be made. `stands_in`: it is another one, taken for the document's."""

    id: str
    existing: Existing | None
    stands_in: bool = False

    @property
    def now(self) -> Json:
        """The row here; empty where there is none yet."""
        return self.existing.row if self.existing else {}


def targets(
    connection: Connection, caller: Caller, collection: Collection, rows: Sequence[Json]
) -> list[Target]:
    """One for each row."""
    wanted = [each for row in rows for each in candidates(caller, row["id"])]
    existing = existing_rows(connection, caller, collection, wanted)
    taken = {each for each, found in existing.items() if not found.visible}
    taken |= _left_behind(connection, caller, collection, wanted) - existing.keys()
    alike = _alike(connection, caller, collection, rows)
    return [_target(caller, collection, row, existing, taken, alike) for row in rows]


def candidates(caller: Caller, row_id: str) -> tuple[str, str]:
    return row_id, str(uuid5(caller.user_id, row_id))


def free_name(connection: Connection, collection: Collection, row_id: str, name: str) -> str:
    """The name, or one with a number behind it when another row has it."""
    if collection.one not in STANDS_IN:
        return name
    names = list(_names(name))
    statement = SQL["names"].format(table=collection.table.name)
    found = execute(connection, statement, {"names": names, "id": row_id})
    taken = {each for (each,) in found}
    return next((each for each in names if each not in taken), name)


def _target(
    caller: Caller,
    collection: Collection,
    row: Json,
    existing: Mapping[str, Existing],
    taken: set[str],
    alike: Mapping[tuple[str, ...], Json],
) -> Target:
    free = [each for each in candidates(caller, row["id"]) if each not in taken]
    for each in free:
        if each in existing:
            return Target(each, existing[each])
    like = alike.get(_likeness(collection, row))
    if like is not None:
        return Target(like["id"], Existing(like, visible=True, editable=False), stands_in=True)
    return Target(free[0] if free else str(new_id()), None)


def _alike(
    connection: Connection, caller: Caller, collection: Collection, rows: Sequence[Json]
) -> dict[tuple[str, ...], Json]:
    if collection.one not in STANDS_IN:
        return {}
    names = [row["name"] for row in rows]
    found = visible_rows(connection, caller, collection, names, column="name")
    return {_likeness(collection, each): each for each in found}


def _likeness(collection: Collection, row: Json) -> tuple[str, ...]:
    return tuple(row[name] for name in STANDS_IN.get(collection.one, ()))


def _left_behind(
    connection: Connection, caller: Caller, collection: Collection, wanted: Sequence[str]
) -> set[str]:
    kind = collection.policy
    assert isinstance(kind, Kind)  # noqa: S101  # nothing else has an owner
    values = {
        "type": kind.type.value,
        "table": kind.table,
        "wanted": [UUID(each) for each in wanted],
        "manages": caller.may(kind.permission("manage")) and caller.may(kind.permission("edit")),
        **parameters(caller),
    }
    return {str(row[0]) for row in execute(connection, SQL["left_behind"], values)}


def _names(name: str) -> Iterator[str]:
    yield name
    for number in range(2, 100):
        ending = f" ({number})"
        yield name[: _LONGEST_NAME - len(ending)] + ending
