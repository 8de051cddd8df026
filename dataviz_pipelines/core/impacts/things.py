"""What people made that a change can concern, and the change."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.metadata import ChangeType, Effect


@dataclass(frozen=True, slots=True)
class Thing:
    type: ResourceType
    id: UUID
    name: str
    owner_id: UUID | None


@dataclass(frozen=True, slots=True)
class Change:
    """`is_demanded`: a column that was added and must be given a value by whoever writes rows."""

    id: UUID
    run_id: UUID
    table_id: UUID
    database_name: str
    schema_name: str
    table_name: str
    column_name: str | None
    type: ChangeType
    is_breaking: bool
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    is_demanded: bool

    @property
    def words(self) -> str:
        """What happened, as a sentence."""
        names = (self.schema_name, self.table_name, self.column_name)
        return _WORDS[self.type].format(".".join(name for name in names if name is not None))


def worst(effects: Iterable[Effect]) -> Effect | None:
    found = set(effects)
    return next((effect for effect in Effect if effect in found), None)


@dataclass(frozen=True, slots=True)
class Impact:
    """Without a change: whatever the run found may concern the thing."""

    thing: Thing
    effect: Effect
    reason: str
    run_id: UUID
    change: Change | None = None


_WORDS = {
    ChangeType.TABLE_ADDED: "{} is new.",
    ChangeType.TABLE_REMOVED: "{} is gone.",
    ChangeType.TABLE_RETURNED: "{} is back.",
    ChangeType.TABLE_CHANGED: "{} is another kind of table.",
    ChangeType.COLUMN_ADDED: "{} is new, and must be given a value.",
    ChangeType.COLUMN_REMOVED: "{} is gone.",
    ChangeType.COLUMN_RETYPED: "{} has another type.",
    ChangeType.COLUMN_NULLABILITY: "{} differs in whether it can be NULL.",
    ChangeType.COLUMN_CHANGED: "{} is defined in another way.",
    ChangeType.KEY_CHANGED: "{} has other keys.",
    ChangeType.VIEW_CHANGED: "{} is defined in another way.",
    ChangeType.ACCESS_CHANGED: "{} may not be read any more.",
}
