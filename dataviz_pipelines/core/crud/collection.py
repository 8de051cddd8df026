"""What a plain resource is: a table, who may see and change which of its rows, and what can be asked of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import JSONB

from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import Kind, Policy

Check = Callable[[Connection, Caller, Mapping[str, Any]], Mapping[str, Any] | None]
"""Refuses values that the schema alone cannot judge. It is given the row as it will be, and may return the values of columns
that follow from the others."""


class Include(Protocol):
    """What can be shown within rows beside their own columns."""

    def found(
        self, connection: Connection, caller: Caller, rows: Sequence[Mapping[str, Any]]
    ) -> list[Any]:
        """A value for each row, in one statement; nothing of it is what the caller may not see."""


@dataclass(frozen=True)
class Collection:
    """`name` is what rows are called and `one` what a single row is. `hidden` columns are never read. `filters` (a JSON
    array passes when it holds the value), `through` (filters by a column of what another column names: the column that names
    it, and its table), `ranges` of times, `sorts` (NOT NULL columns only), `search` and `includes` are all that can be asked
    for; `order` is how a list is sorted if it is not said. `references` are columns that name something which the caller must
    be able to see. `owner` is a column that the caller's id is written to. `checked` are the columns whose change, or
    value in a new row, wants the `check`; None: any."""

    name: str
    one: str
    table: Table
    policy: Policy
    hidden: frozenset[str] = frozenset()
    filters: tuple[str, ...] = ()
    through: Mapping[str, tuple[str, Table]] = field(default_factory=dict)
    ranges: tuple[str, ...] = ()
    sorts: tuple[str, ...] = ("created_at",)
    order: str = "-created_at"
    search: tuple[str, ...] = ()
    includes: Mapping[str, Include] = field(default_factory=dict)
    references: Mapping[str, Kind] = field(default_factory=dict)
    owner: str | None = None
    check: Check | None = None
    checked: frozenset[str] | None = None

    def check_for(self, names: Iterable[str]) -> Check | None:
        """The check that a change of these columns wants."""
        wanted = self.checked is None or not self.checked.isdisjoint(names)
        return self.check if wanted else None

    @cached_property
    def all_filters(self) -> dict[str, Table]:
        """Each with the table whose column it is."""
        others = {name: table for name, (_, table) in self.through.items()}
        return {**dict.fromkeys(self.filters, self.table), **others}

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.table.columns if column.name not in self.hidden)

    @cached_property
    def selected(self) -> str:
        return ", ".join(f'item."{column}"' for column in self.columns)

    @cached_property
    def json_columns(self) -> frozenset[str]:
        return frozenset(
            column.name for column in self.table.columns if isinstance(column.type, JSONB)
        )
