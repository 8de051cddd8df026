"""The dashboard of a document with what lies on it: one thing, of which both are taken in or neither."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from dataviz_pipelines.core.crud import Collection, require_row
from dataviz_pipelines.core.dashboards.replacing import Component, Replacement, compare
from dataviz_pipelines.core.portable.components import (
    component_ids,
    items_of,
    portable_components,
    put,
)
from dataviz_pipelines.core.portable.errors import placed
from dataviz_pipelines.core.portable.items import Item, Outcome
from dataviz_pipelines.core.portable.links import Links
from dataviz_pipelines.core.portable.parts import Json
from dataviz_pipelines.core.portable.targets import Target, targets
from dataviz_pipelines.core.portable.writing import NOT_YOURS, Entry, Writer

_COMPONENTS = "components"


@dataclass(frozen=True)
class Whole:
    """`components` are those of the document."""

    collection: Collection
    writer: Writer
    links: Links
    components: Sequence[Json]

    def take(self, entry: Entry) -> str | None:
        """The id of the dashboard here, unless it is refused."""
        writer = self.writer
        (target,) = targets(writer.connection, writer.caller, self.collection, [entry.row])
        done = writer.attempt(entry, lambda: self._taken(entry, target))
        return target.id if done else None

    def _taken(self, entry: Entry, target: Target) -> list[Item]:
        ids = component_ids(self.writer.connection, self.writer.caller, target.id, self.components)
        now = portable_components(self.writer.connection, UUID(target.id))
        wanted, said = self._wanted(ids, now)
        values, more = self.links.dashboard(entry.row, target.now, ids)
        values = {**values, "id": target.id}
        if target.existing is not None and not target.existing.editable:
            item = self._row(entry, target, values, more)
            return [_with_components(item, compare(now, list(wanted.values())), Outcome.KEPT)]
        item, replaced = self._written(entry, target, values, wanted, [*more, *said])
        if target.existing is not None:
            item = _with_components(item, replaced, Outcome.UPDATED)
        return [item, *items_of(replaced, ids)]

    def _written(
        self,
        entry: Entry,
        target: Target,
        values: Json,
        wanted: Mapping[str, Component],
        said: Sequence[str],
    ) -> tuple[Item, Replacement]:
        """Components of a dashboard that is there go first, for its grid may become narrower."""
        connection, caller = self.writer.connection, self.writer.caller
        if target.existing is None:
            item = self._row(entry, target, values, said)
            return item, put(connection, caller, values, wanted)
        require_row(connection, caller, self.collection, UUID(target.id), action="edit")
        replaced = put(connection, caller, values, wanted)
        return self._row(entry, target, values, said), replaced

    def _row(self, entry: Entry, target: Target, values: Json, said: Sequence[str]) -> Item:
        with placed("/dashboard"):
            return self.writer.put(self.collection, entry, target, values, said)

    def _wanted(
        self, ids: Mapping[str, str], now: Mapping[str, Component]
    ) -> tuple[dict[str, Component], list[str]]:
        """Components as they are to be here, by their JSON pointers in the document."""
        wanted: dict[str, Component] = {}
        said: list[str] = []
        for number, row in enumerate(self.components):
            here = ids[row["id"]]
            values, more = self.links.component(row, dict(now.get(here, {})))
            wanted[f"/{_COMPONENTS}/{number}"] = {**values, "id": here}
            said += more
        return wanted, said


def _with_components(item: Item, replaced: Replacement, outcome: Outcome) -> Item:
    """What lies on a dashboard is a part of it."""
    if not (replaced.created or replaced.updated or replaced.deleted):
        return item
    messages = item.messages
    if outcome == Outcome.KEPT and NOT_YOURS not in messages:
        messages = [*messages, NOT_YOURS]
    changes = [*item.changes, _COMPONENTS]
    return replace(item, outcome=outcome, changes=changes, messages=messages)
