"""From what a query names to the tables and columns that are meant, given what is known of the data source."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from dataviz_pipelines.core.lineage.dialects import DIALECTS, Dialect
from dataviz_pipelines.core.lineage.outline import Levels, Outline, Parts

_WILDCARD = "*"


@dataclass(frozen=True, slots=True)
class KnownTable:
    """`columns` are those that it has, and those that it has just lost."""

    id: UUID
    database_name: str
    schema_name: str
    table_name: str
    columns: frozenset[str] = frozenset()


@dataclass(slots=True)
class Reference:
    """What is read of one table: some columns for certain, some perhaps, all of them. `is_certain`: the table itself."""

    is_certain: bool = False
    reads_all: bool = False
    columns: set[str] = field(default_factory=set)
    perhaps: set[str] = field(default_factory=set)


class KnownTables:
    """The tables of one data source, found by the names that queries give them."""

    def __init__(self, engine: str, tables: Iterable[KnownTable]) -> None:
        self._dialect: Dialect = DIALECTS[engine]
        self._columns: dict[UUID, dict[str, str]] = {}
        self._by_name: dict[str, list[KnownTable]] = defaultdict(list)
        known = self._dialect.known
        for table in tables:
            self._by_name[known(table.table_name)].append(table)
            self._columns[table.id] = {known(name): name for name in table.columns}

    def references(self, outline: Outline) -> dict[UUID, Reference]:
        """By the table's id. A name that is not known is left out: nothing was found there."""
        found: dict[UUID, Reference] = defaultdict(Reference)
        places = [list(self._named(parts)) for parts in outline.tables]
        for named in places:
            for table_id, is_certain in named:
                found[table_id].is_certain |= is_certain
        for place in outline.stars:
            for table_id, _ in places[place]:
                found[table_id].reads_all = True
        for mention in outline.mentions:
            self._settle(mention.column, mention.levels, places, found)
        return dict(found)

    def _named(self, parts: Parts) -> Iterator[tuple[UUID, bool]]:
        """Tables that a name can mean, and whether it means that one. Without a schema it is looked for in all of them."""
        *outer, name = parts
        tables = [table for table in self._candidates(name) if self._is_within(table, outer)]
        first = [table for table in tables if table.schema_name == self._dialect.default_schema]
        certain = first if first and not outer else tables
        for table in tables:
            yield table.id, table in certain and (len(certain) == 1 or name.endswith(_WILDCARD))

    def _candidates(self, name: str) -> list[KnownTable]:
        if not name.endswith(_WILDCARD):
            return self._by_name.get(name, [])
        beginning = name.removesuffix(_WILDCARD)
        return [
            table
            for known, tables in self._by_name.items()
            if known.startswith(beginning)
            for table in tables
        ]

    def _is_within(self, table: KnownTable, outer: list[str]) -> bool:
        names = [self._dialect.known(name) for name in (table.database_name, table.schema_name)]
        return not outer or names[-len(outer) :] == outer

    def _settle(
        self,
        column: str,
        levels: Levels,
        places: list[list[tuple[UUID, bool]]],
        found: Mapping[UUID, Reference],
    ) -> None:
        """The innermost level that has the column is meant; several tables there that have it are each possible."""
        for level in levels:
            having = {
                table_id: is_certain
                for place in level
                for table_id, is_certain in places[place]
                if column in self._columns[table_id]
            }
            for table_id, is_certain in having.items():
                reference, name = found[table_id], self._columns[table_id][column]
                is_sure = is_certain and len(having) == 1
                (reference.columns if is_sure else reference.perhaps).add(name)
            if having:
                return
