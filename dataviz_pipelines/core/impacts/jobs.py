"""Scheduled jobs: they are concerned when what they name is."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from dataviz_pipelines.core.impacts.readers import mentions
from dataviz_pipelines.core.impacts.things import Change, Impact, Thing
from dataviz_pipelines.core.models.metadata import Effect

_ID: Final = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")


@dataclass(frozen=True)
class Job:
    thing: Thing
    target_id: UUID | None
    config: dict[str, Any]

    @property
    def named(self) -> set[UUID]:
        """The target, and every id that stands anywhere in the configuration."""
        found = {UUID(text) for text in _ID.findall(json.dumps(self.config).lower())}
        return found if self.target_id is None else found | {self.target_id}


def impacts_on_jobs(
    jobs: Iterable[Job], source_id: UUID, *, changes: Sequence[Change], others: Sequence[Impact]
) -> Iterator[Impact]:
    """`others` are what is concerned already. A job that names the data source and says a table's name, in a query of its
    own for example, may break with the table."""
    by_thing: dict[UUID, list[Impact]] = {}
    for impact in others:
        by_thing.setdefault(impact.thing.id, []).append(impact)
    for job in jobs:
        for named in job.named:
            for impact in by_thing.get(named, ()):
                reason = f"It uses “{impact.thing.name}”: {impact.reason}"
                yield Impact(job.thing, impact.effect, reason, impact.run_id, impact.change)
        if source_id in job.named:
            yield from _own(job, changes)


def _own(job: Job, changes: Iterable[Change]) -> Iterator[Impact]:
    text = json.dumps(job.config, ensure_ascii=False)
    for change in changes:
        if change.is_breaking and mentions(text, change.table_name):
            yield Impact(job.thing, Effect.MAY_BREAK, change.words, change.run_id, change)
