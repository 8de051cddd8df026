"""One discovery of one data source, from the listing to the record of the run.

It can be repeated at any time: what is known is keyed by the source and the table's name. Each batch is kept as soon as it
is read; what is gone is removed last, and only when everything was listed.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import Engine as Database

from dataviz_pipelines.core.discovery import store
from dataviz_pipelines.core.discovery.drift import Change
from dataviz_pipelines.core.discovery.engines.base import Engine, Listing
from dataviz_pipelines.core.discovery.errors import DiscoveryRunningError
from dataviz_pipelines.core.discovery.isolating import describe
from dataviz_pipelines.core.discovery.knowledge import Knowledge
from dataviz_pipelines.core.discovery.removing import Fuse, denied_problem, hidden_problem
from dataviz_pipelines.core.discovery.selection import Selection
from dataviz_pipelines.core.discovery.settling import hiding, settle
from dataviz_pipelines.core.discovery.snapshot import Described, Listed, TableName
from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.impacts import tell_of_changes
from dataviz_pipelines.core.models.documents.metadata import Problem, ProblemKind
from dataviz_pipelines.core.models.metadata import ChangeType, DiscoveryStatus, TableAccess

logger = logging.getLogger(__name__)
BATCH: Final = 2_500
"""Tables that are held at once, which bounds the memory of a run."""
_HARMLESS: Final = {ProblemKind.DENIED, ProblemKind.HIDDEN}


@dataclass
class Counts:
    """`listed` is always the sum of the three that follow it. Denied tables are stored: their catalog entry can be read."""

    listed: int = 0
    stored: int = 0
    skipped: int = 0
    failed: int = 0
    denied: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0


@dataclass
class Discovery:
    """What a run did."""

    run_id: UUID
    status: DiscoveryStatus = DiscoveryStatus.RUNNING
    counts: Counts = field(default_factory=Counts)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """What a run looks at, and how much it may remove."""

    selection: Selection = field(default_factory=Selection)
    fuse: Fuse = field(default_factory=Fuse)


def discover(
    database: Database, source_id: UUID, engine: Engine, plan: Plan | None = None
) -> Discovery:
    """Raises what ended the run, which then is recorded as failed and has removed nothing. Of what it had kept until then
    the next run tells those whom it concerns."""
    with _alone(database, source_id):
        with database.begin() as connection:
            result = Discovery(store.begin_run(connection, source_id))
            known = store.knowledge(connection, source_id)
        run = _Run(database, source_id, engine, plan or Plan(), known, result)
        try:
            with engine.reading():
                run.look()
        except DatavizError as error:
            run.fail(error.message)
            raise
        except BaseException:
            run.fail("The discovery ended unexpectedly; the log says more.")
            raise
        with database.begin() as connection:
            tell_of_changes(connection, source_id)
    logger.info("discovered %s of %s tables", result.counts.stored, result.counts.listed)
    return result


@contextmanager
def _alone(database: Database, source_id: UUID) -> Iterator[None]:
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not store.try_lock(connection, source_id):
            raise DiscoveryRunningError(
                "This data source is being discovered already.",
                remedy="Wait until that run has ended.",
            )
        try:
            yield
        finally:
            store.unlock(connection, source_id)


@dataclass(frozen=True)
class _Run:
    database: Database
    source_id: UUID
    engine: Engine
    plan: Plan
    known: Knowledge
    result: Discovery

    def look(self) -> None:
        result, listing = self.result, self.engine.tables()
        meant, skipped = self.plan.selection.split(listing.tables)
        result.counts.listed, result.counts.skipped = len(listing.tables), len(skipped)
        result.problems.extend(listing.problems)
        for start in range(0, len(meant), BATCH):
            batch = meant[start : start + BATCH]
            self._keep(batch, describe(self.engine, batch, result.problems))
        self._end(listing)

    def fail(self, message: str) -> None:
        self.result.status = DiscoveryStatus.FAILED
        with self.database.begin() as connection:
            store.fail_run(connection, self.result.run_id, message)

    def _keep(self, batch: Sequence[Listed], found: Sequence[Described]) -> None:
        counts, run_id = self.result.counts, self.result.run_id
        with self.database.begin() as connection:
            differences = settle(connection, self.source_id, run_id, known=self.known, found=found)
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


def _status(problems: Sequence[Problem]) -> DiscoveryStatus:
    """A table that the role may not read is stored and said; everything else that went wrong makes the run partial."""
    if all(problem.kind in _HARMLESS and problem.table_name for problem in problems):
        return DiscoveryStatus.SUCCEEDED
    return DiscoveryStatus.PARTIAL
