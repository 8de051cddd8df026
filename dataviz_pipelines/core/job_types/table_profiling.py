"""Profiles tables after a discovery, on behalf of the job's owner and for as long as the job allows (F16)."""

from collections import Counter
from typing import Annotated
from uuid import UUID

from pydantic import Field

from dataviz_pipelines.core.discovery.reaching import Wish, selection_of
from dataviz_pipelines.core.models.documents.document import Document
from dataviz_pipelines.core.profiling.service import MOST_ROWS, ROWS, Failure, TableProfile
from dataviz_pipelines.core.profiling.turns import Due, due_tables, profile_within
from dataviz_pipelines.core.queries.service import Platform
from dataviz_pipelines.core.scheduling.run_log import RunLog
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.sources.service import load_source


class TableProfiling(Document):
    """`rows` are read of each table at most. No table is begun after `time_budget_s`. `only_changed`: not those whose profile is
    of what is there."""

    rows: Annotated[int, Field(ge=1, le=MOST_ROWS)] = ROWS
    time_budget_s: Annotated[int, Field(ge=1, le=86_400)] = 600
    only_changed: bool = False


def profile_discovered(
    platform: Platform,
    owner: Caller | None,
    source_id: UUID,
    *,
    wish: Wish,
    asked: TableProfiling,
    log: RunLog,
) -> None:
    """Of what the discovery looked at. Says which tables could not be profiled, and raises what is wrong with the data source
    itself."""
    due = _due(platform, owner, source_id, wish=wish, asked=asked)
    counts: Counter[type] = Counter()
    found = profile_within(platform, owner, due, rows=asked.rows, time_budget_s=asked.time_budget_s)
    try:
        for each in found:
            counts[type(each)] += 1
            if isinstance(each, Failure):
                log.say(f"{each.place} was not profiled. {each.error}")
    finally:
        done, failed = counts[TableProfile], counts[Failure]
        log.say(f"profiled {done}, failed {failed}, left for later {len(due) - done - failed}")


def _due(
    platform: Platform, owner: Caller | None, source_id: UUID, *, wish: Wish, asked: TableProfiling
) -> list[Due]:
    with platform.database.connect() as connection:
        source = load_source(connection, platform.vault, source_id)
    selection = selection_of(source.connection.discovery, wish)
    return due_tables(
        platform, owner, source_id, selection=selection, only_changed=asked.only_changed
    )
