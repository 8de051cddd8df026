"""What differs between what was known of a table and what was found, and whether that can break what worked before.

Breaking is what makes a query fail or miss rows: something is gone, renamed, retyped to another kind or narrowed, may be
empty where it could not be, cannot be read any more. What only adds, widens, explains or relaxes a rule for writers is not.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from dataviz_pipelines.core.discovery.snapshot import Column, Definition
from dataviz_pipelines.core.models.metadata import ChangeType, NormalizedType, TableAccess

Document = dict[str, Any]
_TYPE = ("native_type", "normalized_type", "max_length", "numeric_precision", "numeric_scale")
_OTHERS = (
    "position",
    "default_expression",
    "generation_expression",
    "is_identity",
    "source_comment",
)

_VALUE: Final = re.compile(r"'(?:[^']|'')*'")
_WIDTH: Final = re.compile(r"\(\d+\)")


@dataclass(frozen=True, slots=True)
class Change:
    table_id: UUID
    type: ChangeType
    is_breaking: bool
    column_name: str | None = None
    before: Document | None = None
    after: Document | None = None


def table_changes(table_id: UUID, known: Sequence[Any], found: Definition) -> Iterator[Change]:
    """`known` is as `store.known_definitions` gives it."""
    kind, is_partitioned, comment, view, primary, unique, foreign, access = known
    yield from _differing(
        table_id,
        ChangeType.TABLE_CHANGED,
        {"table_type": kind, "is_partitioned": is_partitioned, "source_comment": comment},
        {
            "table_type": found.table_type,
            "is_partitioned": found.is_partitioned,
            "source_comment": found.source_comment,
        },
    )
    yield from _differing(
        table_id,
        ChangeType.KEY_CHANGED,
        {"primary_key": primary, "unique_keys": unique, "foreign_keys": foreign},
        {
            "primary_key": list(found.primary_key),
            "unique_keys": list(found.unique_keys),
            "foreign_keys": list(found.foreign_keys),
        },
        is_breaking=bool(primary) and primary != list(found.primary_key),
    )
    yield from _differing(
        table_id,
        ChangeType.VIEW_CHANGED,
        {"view_definition": view},
        {"view_definition": found.view_definition},
    )
    yield from _differing(
        table_id,
        ChangeType.ACCESS_CHANGED,
        {"access": access},
        {"access": found.access},
        is_breaking=found.access == TableAccess.DENIED,
    )


def column_changes(
    table_id: UUID, known: Sequence[Column], found: Sequence[Column]
) -> Iterator[Change]:
    before = {column.column_name: column for column in known}
    after = {column.column_name: column for column in found}
    for name, column in before.items():
        if name in after:
            yield from _changes_of(table_id, column, after[name])
        else:
            yield Change(
                table_id, ChangeType.COLUMN_REMOVED, True, name, before=_values(column, _TYPE)
            )
    for name, column in after.items():
        if name not in before:
            yield Change(
                table_id, ChangeType.COLUMN_ADDED, False, name, after=_values(column, _TYPE)
            )


def _changes_of(table_id: UUID, before: Column, after: Column) -> Iterator[Change]:
    name = before.column_name
    yield from _differing(
        table_id,
        ChangeType.COLUMN_RETYPED,
        _values(before, _TYPE),
        _values(after, _TYPE),
        column_name=name,
        is_breaking=_narrows(before, after),
    )
    yield from _differing(
        table_id,
        ChangeType.COLUMN_NULLABILITY,
        {"is_nullable": before.is_nullable},
        {"is_nullable": after.is_nullable},
        column_name=name,
        is_breaking=after.is_nullable,
    )
    yield from _differing(
        table_id,
        ChangeType.COLUMN_CHANGED,
        _values(before, _OTHERS),
        _values(after, _OTHERS),
        column_name=name,
    )


def _narrows(before: Column, after: Column) -> bool:
    if before.normalized_type != after.normalized_type:
        return True
    if values := _values_listed(before):
        return not values <= _values_listed(after)
    measures = ("max_length", "numeric_precision", "numeric_scale")
    pairs = [(getattr(before, name), getattr(after, name)) for name in measures]
    if all(one == other for one, other in pairs):
        return _without_width(before) != _without_width(after)
    return any(
        other is not None and (one is None or other < one) for one, other in pairs if one != other
    )


def _values_listed(column: Column) -> set[str]:
    """Those of an enumeration whose type is written with them."""
    return set(_VALUE.findall(column.native_type))


def _without_width(column: Column) -> str:
    """What an integer's type has in parentheses says only how it is shown."""
    is_integer = column.normalized_type == NormalizedType.INTEGER
    return _WIDTH.sub("", column.native_type) if is_integer else column.native_type


def _differing(
    table_id: UUID,
    kind: ChangeType,
    before: Document,
    after: Document,
    *,
    column_name: str | None = None,
    is_breaking: bool = False,
) -> Iterator[Change]:
    changed = [name for name in before if before[name] != after[name]]
    if changed:
        yield Change(
            table_id,
            kind,
            is_breaking,
            column_name,
            {name: before[name] for name in changed},
            {name: after[name] for name in changed},
        )


def _values(column: Column, names: Sequence[str]) -> Document:
    return {name: getattr(column, name) for name in names}
