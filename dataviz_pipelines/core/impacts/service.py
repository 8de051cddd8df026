"""From what runs found to differ to those who are told. It can be repeated: a run is told of once."""

import logging
from collections.abc import Iterator, Sequence
from functools import partial
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.impacts import store
from dataviz_pipelines.core.impacts.jobs import impacts_on_jobs
from dataviz_pipelines.core.impacts.readers import impacts_on_readers, read
from dataviz_pipelines.core.impacts.telling import notices
from dataviz_pipelines.core.impacts.templates import impacts_on_templates
from dataviz_pipelines.core.impacts.things import Change, Impact
from dataviz_pipelines.core.lineage.references import KnownTables
from dataviz_pipelines.core.notifications import notify

logger = logging.getLogger(__name__)


def tell_of_changes(connection: Connection, source_id: UUID) -> None:
    """Of all runs of the source of which nobody was told, those that ended early included: what they found is kept, and
    will not be found again. The caller holds the source's lock."""
    changes = store.untold_changes(connection, source_id)
    if changes:
        source = store.source(connection, source_id)
        impacts = list(_impacts(connection, source, changes))
        store.keep(connection, impacts)
        for owner_id, notice in notices(source.name, impacts):
            notify(connection, notice, [owner_id])
        logger.info("%s changes have %s impacts", len(changes), len(impacts))
    store.note_told(connection, source_id)


def _impacts(
    connection: Connection, source: store.Source, changes: Sequence[Change]
) -> Iterator[Impact]:
    source_id, engine = source.id, source.engine
    found: list[Impact] = []
    if any(change.is_breaking for change in changes):
        gone = {(change.table_id, change.column_name) for change in changes}
        known = KnownTables(engine, store.known_tables(connection, source_id, just_lost=gone))
        queries = store.queries(connection, source_id)
        definitions = partial(store.view_definitions, connection)
        found += impacts_on_readers(read(queries, engine, known, definitions), changes)
    found += impacts_on_templates(store.templates(connection, source_id), changes)
    yield from found
    yield from impacts_on_jobs(store.jobs(connection), source_id, changes=changes, others=found)
