"""The statements on changes and on what they concern."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.impacts.jobs import Job
from dataviz_pipelines.core.impacts.readers import Query
from dataviz_pipelines.core.impacts.templates import Lookup, Template
from dataviz_pipelines.core.impacts.things import Change, Impact, Thing
from dataviz_pipelines.core.lineage.references import KnownTable
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.models.metadata import ChangeType
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import ALWAYS, KINDS, parameters
from dataviz_pipelines.core.sql import blocks, copy_into, execute

SQL: Final = blocks("dataviz_pipelines.core.impacts", "impacts.sql")
_UPLOADS: Final = "uploads"
_QUERIES: Final = {
    "queries": ResourceType.SAVED_QUERY,
    "visualizations": ResourceType.VISUALIZATION,
}
_CHANGE_TYPE: Final = 7
Row = tuple[Any, ...]


class Source(NamedTuple):
    id: UUID
    name: str
    engine: str


def source(connection: Connection, source_id: UUID) -> Source:
    (row,) = execute(connection, SQL["source"], {"source_id": source_id}).fetchall()
    return Source(*row)


def untold_changes(connection: Connection, source_id: UUID) -> list[Change]:
    rows = execute(connection, SQL["untold_changes"], {"source_id": source_id})
    return [_change(row) for row in rows]


def note_told(connection: Connection, source_id: UUID) -> None:
    execute(connection, SQL["note_told"], {"source_id": source_id})


def known_tables(
    connection: Connection, source_id: UUID, *, just_lost: Collection[tuple[UUID, str | None]]
) -> list[KnownTable]:
    """Those that are there, and tables and columns that have just been lost: what was read until now was read of them."""
    values = {"source_id": source_id, "lost": list({table_id for table_id, _ in just_lost})}
    columns: dict[UUID, set[str]] = defaultdict(set)
    for table_id, name, is_there in execute(connection, SQL["known_columns"], values):
        if is_there or (table_id, name) in just_lost:
            columns[table_id].add(name)
    rows = execute(connection, SQL["known_tables"], values)
    return [_known_table(row, columns[row[0]]) for row in rows]


def view_definitions(connection: Connection, ids: Collection[UUID]) -> dict[UUID, str]:
    return dict(execute(connection, SQL["view_definitions"], {"ids": list(ids)}).fetchall())


def queries(connection: Connection, source_id: UUID, caller: Caller | None = None) -> list[Query]:
    """Those that the caller may see; without one, all of them."""
    seen = {
        name: ALWAYS if caller is None else KINDS[type].allows(caller, "view")
        for name, type in _QUERIES.items()
    }
    values = {"source_id": source_id} | ({} if caller is None else parameters(caller))
    rows = execute(connection, SQL["queries"].format(**seen), values)
    return [Query(_thing(row), row[4]) for row in rows]


def templates(connection: Connection, source_id: UUID) -> list[Template]:
    rows = execute(connection, SQL["templates"], {"source_id": source_id})
    return [_template(row) for row in rows]


def jobs(connection: Connection) -> list[Job]:
    return [Job(_thing(row), row[4], row[5]) for row in execute(connection, SQL["jobs"], {})]


def keep(connection: Connection, impacts: Iterable[Impact]) -> None:
    columns = "id, discovery_run_id, metadata_change_id, resource_type, resource_id, effect, reason"
    rows = (
        (
            new_id(),
            impact.run_id,
            None if impact.change is None else impact.change.id,
            impact.thing.type,
            impact.thing.id,
            impact.effect,
            impact.reason,
        )
        for impact in impacts
    )
    copy_into(connection, f"change_impacts ({columns})", rows)


def _known_table(row: Row, columns: Iterable[str]) -> KnownTable:
    table_id, database_name, schema_name, table_name = row
    return KnownTable(table_id, database_name, schema_name, table_name, frozenset(columns))


def _change(row: Row) -> Change:
    values = list(row)
    values[_CHANGE_TYPE] = ChangeType(values[_CHANGE_TYPE])
    return Change(*values)


def _thing(row: Sequence[Any]) -> Thing:
    return Thing(ResourceType(row[0]), *row[1:4])


def _template(row: Row) -> Template:
    source_id, database_name, schema_name, table_name, columns, contract = row[4:]
    if source_id is None:
        schema_name = schema_name or _UPLOADS
    lookups = [column["lookup"] for column in columns if column.get("lookup")]
    return Template(
        thing=_thing(row),
        source_id=None if source_id is None else UUID(source_id),
        database_name=database_name,
        schema_name=schema_name,
        table_name=table_name,
        columns=frozenset(column["name"] for column in columns),
        contract=contract,
        lookups=tuple(
            Lookup(each.get("schema", _UPLOADS), each["table"], each["column"]) for each in lookups
        ),
    )
