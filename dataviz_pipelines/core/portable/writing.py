"""The rows of a document, each written by itself: what one is refused for does not hide what the next one would be."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.crud import Collection, create_row, update_row
from dataviz_pipelines.core.errors import (
    ConflictError,
    DatavizError,
    ForbiddenError,
    InvalidInputError,
    faults_of,
)
from dataviz_pipelines.core.portable.errors import InvalidDocumentError
from dataviz_pipelines.core.portable.items import Item, Outcome
from dataviz_pipelines.core.portable.parts import Json
from dataviz_pipelines.core.portable.targets import Target, free_name
from dataviz_pipelines.core.security.caller import Caller

STOOD_IN: Final = "One of the same name is here, and is taken instead."
NOT_YOURS: Final = "It differs from the one here, which is not yours to change."


@dataclass(frozen=True)
class Entry:
    """A row of the document: `kind` is what its items are called, `place` its JSON pointer."""

    kind: str
    row: Json
    place: str


@dataclass
class Writer:
    """Gathers what became of each row, and the errors about those that cannot be written with their JSON pointers."""

    connection: Connection
    caller: Caller
    items: list[Item] = field(default_factory=list)
    refusals: list[tuple[str, DatavizError]] = field(default_factory=list)

    def put(
        self,
        collection: Collection,
        entry: Entry,
        target: Target,
        values: Json,
        said: Sequence[str],
    ) -> Item:
        """`values` are the row's with what they name as it is named here, `said` is what there is to say about that."""
        if target.existing is None:
            return self._create(collection, entry, target, values, said)
        changed = self._changed(collection, target, values)
        outcome, message = _outcome(target, changed)
        if outcome == Outcome.UPDATED:
            update_row(self.connection, self.caller, collection, UUID(target.id), changed)
        messages = [*said, *([message] if message else [])]
        return _item(entry, outcome, target, changes=list(changed), messages=messages)

    def attempt(self, entry: Entry, work: Callable[[], list[Item]]) -> bool:
        """Whether it could be done. What goes wrong is undone and noted."""
        try:
            with self.connection.begin_nested():
                done = work()
        except (InvalidInputError, ConflictError, ForbiddenError) as error:
            self.refusals.append((entry.place, error))
            messages = [fault.message for fault in faults_of(error, "")]
            id, name = entry.row["id"], entry.row["name"]
            self.items.append(Item(entry.kind, id, name, Outcome.REFUSED, messages=messages))
            return False
        self.items += done
        return True

    def raise_refusals(self) -> None:
        """PermissionDeniedError before InvalidDocumentError: who may not write need not hear what is wrong."""
        for _, error in self.refusals:
            if isinstance(error, ForbiddenError):
                raise error
        faults = [fault for place, error in self.refusals for fault in faults_of(error, place)]
        if faults:
            raise InvalidDocumentError(faults)

    def _create(
        self,
        collection: Collection,
        entry: Entry,
        target: Target,
        values: Json,
        said: Sequence[str],
    ) -> Item:
        permission = collection.policy.permission("create")
        if permission is not None:
            self.caller.require(permission)
        name = free_name(self.connection, collection, target.id, values["name"])
        create_row(
            self.connection, self.caller, collection, {**values, "id": target.id, "name": name}
        )
        return _item(entry, Outcome.CREATED, target, changes=[], messages=list(said))

    def _changed(self, collection: Collection, target: Target, values: Json) -> Json:
        """A name that was taken when the row was made does not become free by taking the document in again."""
        assert target.existing is not None  # noqa: S101  # of a row that is there
        here = target.existing.row
        changed = {
            name: value for name, value in values.items() if name != "id" and value != here[name]
        }
        if "name" in changed and not target.stands_in:
            name = free_name(self.connection, collection, target.id, changed["name"])
            if name != changed["name"]:
                del changed["name"]
        return changed


def _outcome(target: Target, changed: Mapping[str, Any]) -> tuple[Outcome, str | None]:
    assert target.existing is not None  # noqa: S101  # of a row that is there
    if target.stands_in:
        return Outcome.KEPT, STOOD_IN
    if not changed:
        return Outcome.UNCHANGED, None
    return (Outcome.UPDATED, None) if target.existing.editable else (Outcome.KEPT, NOT_YOURS)


def _item(
    entry: Entry, outcome: Outcome, target: Target, *, changes: list[str], messages: list[str]
) -> Item:
    name = entry.row["name"]
    return Item(entry.kind, entry.row["id"], name, outcome, target.id, changes, messages)
