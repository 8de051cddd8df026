"""One batch of described tables against what is known: which are new, which differ, which only count differently."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.discovery import store
from dataviz_pipelines.core.discovery.drift import Change, column_changes, table_changes
from dataviz_pipelines.core.discovery.fingerprints import fingerprint
from dataviz_pipelines.core.discovery.knowledge import Knowledge, Known, differ
from dataviz_pipelines.core.discovery.snapshot import Described, Statistics
from dataviz_pipelines.core.discovery.store import Marked
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.models.metadata import ChangeType, TableAccess


@dataclass
class Differences:
    added: list[Marked] = field(default_factory=list)
    changed: list[tuple[Known, Marked]] = field(default_factory=list)
    counted: list[tuple[UUID, Statistics]] = field(default_factory=list)


def differences(known: Knowledge, found: Sequence[Described]) -> Differences:
    result = Differences()
    for table in found:
        before, mark = known.get(table.name), fingerprint(table.definition)
        if before is None:
            result.added.append((new_id(), mark, table))
        elif before.is_removed or before.fingerprint != mark:
            result.changed.append((before, (before.id, mark, table)))
        elif differ(before.statistics, table.statistics):
            result.counted.append((before.id, table.statistics))
    return result


def settle(
    connection: Connection,
    source_id: UUID,
    run_id: UUID,
    *,
    known: Knowledge,
    found: Sequence[Described],
) -> Differences:
    """Writes what differs and nothing else. The first look at a source notes no changes: everything is new."""
    result, now = differences(known, found), store.now(connection)
    changes = list(_changes(connection, result)) if known else []
    if result.added:
        store.add(connection, source_id, result.added, now=now)
    if result.changed:
        store.merge(connection, source_id, [marked for _, marked in result.changed], now=now)
    if result.counted:
        store.count_anew(connection, result.counted, now=now)
    if changes:
        store.note_changes(connection, run_id, changes)
    return result


def hiding(connection: Connection, ids: Sequence[UUID]) -> list[Change]:
    """For tables that are about to be known as denied: the change of those that are not yet."""
    return [
        Change(
            table_id,
            ChangeType.ACCESS_CHANGED,
            is_breaking=True,
            before={"access": access},
            after={"access": TableAccess.DENIED.value},
        )
        for table_id, (*_, access) in store.known_definitions(connection, ids).items()
        if access != TableAccess.DENIED
    ]


def _changes(connection: Connection, result: Differences) -> Iterator[Change]:
    for table_id, _, _ in result.added:
        yield Change(table_id, ChangeType.TABLE_ADDED, is_breaking=False)
    if not result.changed:
        return
    ids = [known.id for known, _ in result.changed]
    definitions = store.known_definitions(connection, ids)
    columns = store.known_columns(connection, ids)
    for known, (table_id, _, table) in result.changed:
        if known.is_removed:
            yield Change(table_id, ChangeType.TABLE_RETURNED, is_breaking=False)
        yield from table_changes(table_id, definitions[table_id], table.definition)
        yield from column_changes(table_id, columns[table_id], table.definition.columns)
