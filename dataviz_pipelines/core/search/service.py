"""The search, stage by stage: what fits better is asked for first, and the rest only while there is room."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.search.question import Question
from dataviz_pipelines.core.search.stages import STAGES, Match, Stage
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import ALWAYS, NEVER, TABLE_METADATA, parameters
from dataviz_pipelines.core.sql import blocks, execute

MOST: Final = 200
"""Things that are found at once."""
_LOOKED_AT: Final = 1_000
"""Tables, and columns, that fit in the same way, of which the first are shown."""
_SQL: Final = blocks("dataviz_pipelines.core.search", "search.sql")


class Kind(StrEnum):
    TABLE = "table"
    COLUMN = "column"


@dataclass(frozen=True, slots=True)
class Found:
    """`type` is a column's own, or the kind of table. What is said about it is said of the column, if it is one."""

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
    tags: list[Any]
    removed_at: datetime | None


@dataclass(frozen=True)
class Scope:
    """Where to look. By default everywhere, for what is there."""

    kind: Kind | None = None
    data_source_id: UUID | None = None
    include_removed: bool = False


def search(
    connection: Connection,
    caller: Caller,
    question: Question,
    scope: Scope | None = None,
    *,
    limit: int,
) -> list[Found]:
    """The best first. Only what the caller may see is looked at."""
    allowed = TABLE_METADATA.allows(caller, "view")
    if allowed == NEVER or not question.name:
        return []
    ask = _Asking(connection, caller, question, scope or Scope(), allowed)
    found: dict[UUID, tuple[str, Match]] = {}
    for stage in STAGES:
        has_room = len(found) < limit and not (found and stage.is_last_resort)
        if has_room and stage.applies(question):
            rows = ask.stage(stage, found=list(found), limit=limit - len(found))
            found |= {item_id: (kind, stage.match) for kind, item_id in rows}
    return list(_shown(connection, found))


@dataclass(frozen=True)
class _Asking:
    connection: Connection
    caller: Caller
    question: Question
    scope: Scope
    allowed: str

    def stage(self, stage: Stage, *, found: list[UUID], limit: int) -> list[tuple[str, UUID]]:
        values = {
            **parameters(self.caller),
            **stage.values(self.question),
            "name": self.question.name,
            "source_id": self.scope.data_source_id,
            "tables": self.scope.kind != Kind.COLUMN,
            "columns": self.scope.kind != Kind.TABLE,
            "found": found,
            "limit": limit,
            "looked_at": _LOOKED_AT,
        }
        if stage.before is not None:
            execute(self.connection, stage.before, values)
        rows = execute(self.connection, self._statement(stage), values)
        return [(row[0], row[1]) for row in rows]

    def _statement(self, stage: Stage) -> str:
        scope = self.scope
        alive = ALWAYS if scope.include_removed else "item.removed_at IS NULL"
        source = "item.data_source_id = %(source_id)s" if scope.data_source_id else ALWAYS
        return _SQL["stage"].format(
            allowed=self.allowed,
            within=f"{source} AND {alive}",
            there=ALWAYS if scope.include_removed else "field.removed_at IS NULL",
            table_matches=stage.table,
            column_matches=stage.column,
            table_fit=stage.fit.format("item.table_name"),
            column_fit=stage.fit.format("field.column_name"),
        )


def _shown(connection: Connection, found: dict[UUID, tuple[str, Match]]) -> Iterator[Found]:
    if found:
        values = {"ids": list(found), "kinds": [kind for kind, _ in found.values()]}
        for kind, item_id, *rest in execute(connection, _SQL["shown"], values):
            yield Found(found[item_id][1], Kind(kind), item_id, *rest)
