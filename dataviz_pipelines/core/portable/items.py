"""What becomes of each part of a document."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """`kept`: it differs from what is here, which the caller may not change. `missing`: nothing here can be meant by it.
    `refused`: it cannot be written, and so nothing is."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    DELETED = "deleted"
    MISSING = "missing"
    REFUSED = "refused"


@dataclass(frozen=True)
class Item:
    """`id` is that of the document, `here` the one it has here. `changes` are the columns that become others."""

    kind: str
    id: str
    name: str
    outcome: Outcome
    here: str | None = None
    changes: Sequence[str] = field(default_factory=list)
    messages: Sequence[str] = field(default_factory=list)


@dataclass(frozen=True)
class Report:
    """The parts in the order in which they rest on each other."""

    dashboard_id: str | None
    items: Sequence[Item]
