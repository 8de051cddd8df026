"""Profiles as many tables of a data source as there is time for, each in its turn (F16)."""

import time
from collections.abc import Iterator, Sequence
from uuid import UUID

from dataviz_pipelines.core.discovery.selection import Selection
from dataviz_pipelines.core.profiling import store
from dataviz_pipelines.core.profiling.service import Failure, TableProfile, profile_each
from dataviz_pipelines.core.queries.service import Platform
from dataviz_pipelines.core.security.caller import Caller

Due = tuple[UUID, str]
"""A table's id and place."""


def due_tables(
    platform: Platform,
    caller: Caller | None,
    source_id: UUID,
    *,
    selection: Selection,
    only_changed: bool,
) -> list[Due]:
    """Those that were never tried, then those that have changed since, then those that were tried longest ago.
    `only_changed`: not those whose profile is of what is there."""
    with platform.database.connect() as connection:
        found = store.due_tables(connection, caller, source_id, only_changed=only_changed)
    return [
        (table_id, f"{name.schema_name}.{name.table_name}")
        for table_id, name in found
        if selection.holds(name)
    ]


def profile_within(
    platform: Platform,
    caller: Caller | None,
    due: Sequence[Due],
    *,
    rows: int,
    time_budget_s: float,
) -> Iterator[TableProfile | Failure]:
    """None is begun when the time is over, except the first: however short the time, every table has its turn some day.
    Raises what is wrong with the data source itself."""
    ends_at = time.monotonic() + time_budget_s
    for found in profile_each(platform, caller, due, rows):
        yield found
        if time.monotonic() >= ends_at:
            return
