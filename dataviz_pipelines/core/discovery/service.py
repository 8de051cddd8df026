"""One discovery of one data source, from the listing to the record of the run.

It can be repeated at any time: what is known is keyed by the source and the table's name. Each batch is kept as soon as it
is read; what is gone is removed last, and only when everything was listed.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import Engine as Database

from dataviz_pipelines.core.collecting import without_collecting
from dataviz_pipelines.core.discovery import store
from dataviz_pipelines.core.discovery.drift import Change
from dataviz_pipelines.core.discovery.engines.base import Engine, Listing
from dataviz_pipelines.core.discovery.isolating import describe
from dataviz_pipelines.core.discovery.knowledge import Knowledge
from dataviz_pipelines.core.discovery.recording import Counts, Discovery, recorded
from dataviz_pipelines.core.discovery.removing import Fuse, denied_problem, hidden_problem
from dataviz_pipelines.core.discovery.selection import Selection
from dataviz_pipelines.core.discovery.settling import Differences, hiding, settle
from dataviz_pipelines.core.discovery.snapshot import Described, Listed, TableName
from dataviz_pipelines.core.models.documents.metadata import DiscoveryProblem, ProblemKind
from dataviz_pipelines.core.models.metadata import ChangeType, DiscoveryStatus, TableAccess

logger = logging.getLogger(__name__)
BATCH: Final = 500
"""Tables that are read at once while as many are stored, which bounds the memory of a run."""
_HARMLESS: Final = {ProblemKind.DENIED, ProblemKind.HIDDEN}

Watching = Callable[[Counts], None]
"""Told after the listing and after each batch."""


@dataclass(frozen=True)
class Plan:
    """What a run looks at, and how much it may remove."""

    selection: Selection = field(default_factory=Selection)
    fuse: Fuse = field(default_factory=Fuse)


def discover(
    database: Database, source_id: UUID, engine: Engine, plan: Plan | None = None
) -> Discovery:
    """Raises what ended the run, which then is recorded as failed and has removed nothing."""
    with recorded(database, source_id) as result:
        look(database, source_id, engine, result, plan=plan or Plan())
    return result


def look(
    database: Database,
    source_id: UUID,
    engine: Engine,
    result: Discovery,
    *,
    plan: Plan,
    watching: Watching = lambda _: None,
) -> None:
    """The run itself, whose record has begun."""
    with database.begin() as connection:
        known = store.knowledge(connection, source_id)
    with engine.reading(), without_collecting():
        _Run(database, source_id, engine, plan, known, result, watching).look()
    logger.info("discovered %s of %s tables", result.counts.stored, result.counts.listed)


class _Batch(NamedTuple):
    listed: Sequence[Listed]
    found: Sequence[Described]
    kept: Future[Differences]


@dataclass(frozen=True)
class _Run:
    database: Database
    source_id: UUID
    engine: Engine
    plan: Plan
    known: Knowledge
    result: Discovery
    watching: Watching

    def look(self) -> None:
        result, listing = self.result, self.engine.tables()
        meant, skipped = self.plan.selection.split(listing.tables)
        result.counts.listed, result.counts.skipped = len(listing.tables), len(skipped)
        result.problems.extend(listing.problems)
        self.watching(result.counts)
        with ThreadPoolExecutor(1, "storing what is discovered") as storing:
            for batch, found, kept in self._batches(meant, storing):
                self._count(batch, found, kept.result())
                self.watching(result.counts)
        self._end(listing)

    def _batches(self, meant: Sequence[Listed], storing: Executor) -> Iterator[_Batch]:
        """Each while the next one is read already: the source and the platform work at the same time."""
        before: _Batch | None = None
        for start in range(0, len(meant), BATCH):
            batch = meant[start : start + BATCH]
            found = describe(self.engine, batch, self.result.problems)
            if before:
                yield before
            before = _Batch(batch, found, storing.submit(self._keep, found))
        if before:
            yield before

    def _keep(self, found: Sequence[Described]) -> Differences:
        with self.database.begin() as connection:
            run_id = self.result.run_id
            return settle(connection, self.source_id, run_id, known=self.known, found=found)

    def _count(
        self, batch: Sequence[Listed], found: Sequence[Described], differences: Differences
    ) -> None:
        counts = self.result.counts
        counts.stored += len(found)
        counts.failed += len(batch) - len(found)
        counts.added += len(differences.added)
        counts.changed += len(differences.changed)
        for table in found:
            if table.definition.access == TableAccess.DENIED:
                counts.denied += 1
                self.result.problems.append(
                    denied_problem(table.name, table.definition.access_remedy)
                )

    def _end(self, listing: Listing) -> None:
        """Removes what is gone, and writes the run's record, in one transaction."""
        result, known = self.result, self.known
        present = [name for name, table in known.items() if not table.is_removed]
        missing = _missing(present, listing)
        hidden = self.engine.hidden(missing)
        gone = [name for name in missing if name not in hidden]
        blown = self.plan.fuse.blown(present, gone)
        spared = {problem.schema_name for problem in blown}
        removed = [known[name].id for name in gone if name.schema_name not in spared]
        result.problems += [*blown, *(hidden_problem(name, hidden[name]) for name in hidden)]
        result.counts.removed = len(removed)
        result.status = _status(result.problems)
        with self.database.begin() as connection:
            if removed:
                store.remove_tables(connection, self.source_id, result.run_id, removed)
                changes = [Change(table_id, ChangeType.TABLE_REMOVED, True) for table_id in removed]
                store.note_changes(connection, result.run_id, changes)
            if hidden:
                remedies = {known[name].id: hidden[name] for name in hidden}
                store.note_changes(connection, result.run_id, hiding(connection, list(remedies)))
                store.hide_tables(connection, remedies)
            store.finish_run(
                connection,
                result.run_id,
                status=result.status,
                counts=vars(result.counts),
                problems=result.problems,
            )


def _missing(present: Sequence[TableName], listing: Listing) -> list[TableName]:
    """Tables of schemas that could not be listed are not missing."""
    listed = {table.name for table in listing.tables}
    unlisted = {problem.schema_name for problem in listing.problems}
    return [name for name in present if name not in listed and name.schema_name not in unlisted]


def _status(problems: Sequence[DiscoveryProblem]) -> DiscoveryStatus:
    """A table that the role may not read is stored and said; everything else that went wrong makes the run partial."""
    if all(problem.kind in _HARMLESS and problem.table_name for problem in problems):
        return DiscoveryStatus.SUCCEEDED
    return DiscoveryStatus.PARTIAL
