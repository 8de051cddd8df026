"""A document taken in: written as a whole or not at all, each row as if the caller had written it by hand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from dataviz_pipelines.core.crud import Collection
from dataviz_pipelines.core.errors import Fault
from dataviz_pipelines.core.portable.errors import InvalidDocumentError
from dataviz_pipelines.core.portable.items import Item, Report
from dataviz_pipelines.core.portable.links import Links
from dataviz_pipelines.core.portable.parts import Json, Parts
from dataviz_pipelines.core.portable.sources import mapped_sources
from dataviz_pipelines.core.portable.targets import Target, targets
from dataviz_pipelines.core.portable.whole import Whole
from dataviz_pipelines.core.portable.writing import Entry, Writer
from dataviz_pipelines.core.security.caller import Caller

PLACE: Final = "/document"

Resolve = Callable[[Json, Json], tuple[Json, list[str]]]


def import_dashboard(
    connection: Connection,
    caller: Caller,
    parts: Parts,
    document: Mapping[str, Any],
    *,
    sources: Mapping[str, str],
    dry_run: bool,
) -> Report:
    """`sources` are data sources here by those of the document. A dry run does everything and undoes it, so that it tells
    just what would happen, of rows that would be refused too.

    Raises InvalidDocumentError, and PermissionDeniedError for what the caller may not create.
    """
    _require_distinct(document)
    with connection.begin_nested() as everything:
        writer = Writer(connection, caller)
        taking = Taking(parts, document, writer, Links(connection, caller, parts))
        report = taking.all(sources)
        if dry_run:
            everything.rollback()
        else:
            writer.raise_refusals()
    return report


@dataclass(frozen=True)
class Taking:
    """One document on its way in."""

    parts: Parts
    document: Mapping[str, Any]
    writer: Writer
    links: Links

    def all(self, sources: Mapping[str, str]) -> Report:
        """What rests on something comes after it."""
        theme = self.document["theme"]
        self._sources(sources)
        self._rows(self.parts.charts, "charts", self.document["charts"], _as_it_is)
        self._rows(self.parts.themes, "theme", [] if theme is None else [theme], _as_it_is)
        for collection, section, resolve in (
            (self.parts.saved_queries, "saved_queries", self.links.query),
            (self.parts.visualizations, "visualizations", self.links.visualization),
        ):
            self._rows(collection, section, self.document[section], resolve)
        whole = Whole(self.parts.dashboards, self.writer, self.links, self.document["components"])
        dashboard_id = whole.take(Entry("dashboard", self.document["dashboard"], PLACE))
        return Report(dashboard_id, self.writer.items)

    def _sources(self, told: Mapping[str, str]) -> None:
        collection = self.parts.data_sources
        found = mapped_sources(
            self.writer.connection, self.writer.caller, collection, self.document, told
        )
        self.writer.items.extend(found)
        known = {item.id: item.here for item in found if item.here is not None}
        self.links.here[collection.one].update(known)

    def _rows(
        self, collection: Collection, section: str, rows: Sequence[Json], resolve: Resolve
    ) -> None:
        kind = collection.one.replace(" ", "_")
        found = targets(self.writer.connection, self.writer.caller, collection, rows)
        for number, (row, target) in enumerate(zip(rows, found, strict=True)):
            place = f"{PLACE}/{section}" + (f"/{number}" if section != "theme" else "")
            entry = Entry(kind, row, place)
            if self.writer.attempt(entry, self._row(collection, entry, target, resolve)):
                self.links.here[collection.one][row["id"]] = target.id
            else:
                self.links.refused.add(row["id"])

    def _row(
        self, collection: Collection, entry: Entry, target: Target, resolve: Resolve
    ) -> Callable[[], list[Item]]:
        def work() -> list[Item]:
            values, said = resolve(entry.row, target.now)
            return [self.writer.put(collection, entry, target, values, said)]

        return work


def _as_it_is(row: Json, _now: Json) -> tuple[Json, list[str]]:
    return row, []


def _require_distinct(document: Mapping[str, Any]) -> None:
    """An id stands for one row."""
    faults = []
    for section, rows in document.items():
        ids: set[str] = set()
        for number, row in enumerate(rows if isinstance(rows, list) else ()):
            if row["id"] in ids:
                place = f"{PLACE}/{section}/{number}/id"
                faults.append(Fault(place, f"The id {row['id']} is there twice."))
            ids.add(row["id"])
    if faults:
        raise InvalidDocumentError(faults)
