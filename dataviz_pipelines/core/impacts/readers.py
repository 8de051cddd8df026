"""Saved queries and visualizations: which tables and columns each reads, views and what these read included."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from dataviz_pipelines.core.impacts.effects import effect_on_reader
from dataviz_pipelines.core.impacts.things import Change, Impact, Thing
from dataviz_pipelines.core.lineage.errors import UnreadableQueryError
from dataviz_pipelines.core.lineage.outline import Outline
from dataviz_pipelines.core.lineage.parsing import outline
from dataviz_pipelines.core.lineage.references import KnownTables, Reference
from dataviz_pipelines.core.models.metadata import Effect

References = dict[UUID, Reference]
Definitions = Callable[[Collection[UUID]], dict[UUID, str]]
"""The definitions of those of the tables that are views."""
UNREADABLE = "The query cannot be parsed, so nobody can say what it reads."


@dataclass(frozen=True, slots=True)
class Query:
    thing: Thing
    text: str


@dataclass(frozen=True)
class Reading:
    """`references` is None when the query cannot be parsed."""

    query: Query
    references: References | None


def read(
    queries: Iterable[Query], engine: str, known: KnownTables, definitions: Definitions
) -> list[Reading]:
    direct = [Reading(query, _references(query.text, engine, known)) for query in queries]
    views = _Views(engine, known, definitions)
    for reading in direct:
        if reading.references is not None:
            views.follow(reading.references)
    return direct


def outlined(text: str, engine: str) -> Outline | None:
    try:
        return outline(text, engine)
    except UnreadableQueryError:
        return None


def mentions(text: str, table_name: str) -> bool:
    """Whether a query that cannot be parsed says the table's name, in whatever spelling."""
    return table_name.casefold() in text.casefold()


def impacts_on_readers(readings: Iterable[Reading], changes: Sequence[Change]) -> Iterator[Impact]:
    breaking = [change for change in changes if change.is_breaking]
    for reading in readings:
        if reading.references is None:
            yield from _unknown(reading.query, breaking)
        else:
            yield from _known(reading.query, reading.references, breaking)


def _known(query: Query, references: References, changes: Iterable[Change]) -> Iterator[Impact]:
    for change in changes:
        reference = references.get(change.table_id)
        effect = None if reference is None else effect_on_reader(change, reference)
        if effect is not None:
            yield Impact(query.thing, effect, change.words, change.run_id, change)


def _unknown(query: Query, changes: Sequence[Change]) -> Iterator[Impact]:
    """One for each change of a table that it mentions; if there is none, one for the run."""
    mentioned = [change for change in changes if mentions(query.text, change.table_name)]
    for change in mentioned:
        reason = f"{change.words} {UNREADABLE}"
        yield Impact(query.thing, Effect.UNKNOWN, reason, change.run_id, change)
    if changes and not mentioned:
        yield Impact(query.thing, Effect.UNKNOWN, UNREADABLE, changes[-1].run_id)


def _references(text: str, engine: str, known: KnownTables) -> References | None:
    found = outlined(text, engine)
    return None if found is None else known.references(found)


class _Views:
    """What views read, each looked into once. A view stands or falls as a whole: whoever reads one of its columns reads
    all that it reads."""

    def __init__(self, engine: str, known: KnownTables, definitions: Definitions) -> None:
        self._engine, self._known, self._definitions = engine, known, definitions
        self._reads: dict[UUID, References] = {}

    def follow(self, references: References) -> None:
        seen: set[UUID] = set()
        while pending := references.keys() - seen:
            seen |= pending
            self._look_into(pending)
            for table_id in pending:
                _add(references, self._reads[table_id], references[table_id].is_certain)

    def _look_into(self, table_ids: Collection[UUID]) -> None:
        new = [table_id for table_id in table_ids if table_id not in self._reads]
        if new:
            self._reads |= {table_id: {} for table_id in new}
            for view_id, text in self._definitions(new).items():
                self._reads[view_id] = _references(text, self._engine, self._known) or {}


def _add(references: References, more: References, is_certain: bool) -> None:
    for table_id, other in more.items():
        mine = references.setdefault(table_id, Reference())
        mine.is_certain |= is_certain and other.is_certain
        mine.reads_all |= other.reads_all
        (mine.columns if is_certain else mine.perhaps).update(other.columns)
        mine.perhaps |= other.perhaps
