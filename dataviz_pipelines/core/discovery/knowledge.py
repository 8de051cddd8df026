"""What the platform knew of a data source before the run."""

from dataclasses import dataclass
from uuid import UUID

from dataviz_pipelines.core.discovery.snapshot import Statistics, TableName


@dataclass(frozen=True, slots=True)
class Known:
    id: UUID
    fingerprint: str | None
    is_removed: bool
    statistics: Statistics


Knowledge = dict[TableName, Known]


def differ(known: Statistics, found: Statistics) -> bool:
    """A source that tells no time of its counts keeps the time at which they were first seen."""
    if known[:4] != found[:4]:
        return True
    return found.counted_at is not None and known.counted_at != found.counted_at
