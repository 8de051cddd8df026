"""Discoveries that wait: asked for by people, or due by their source's schedule. Each is a row until Dagster begins it."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from cronsim import CronSim
from sqlalchemy import Connection

from dataviz_pipelines.core.audit.events import note
from dataviz_pipelines.core.crud import Collection, Row, get_row, require_row
from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.models.documents.scheduler import NEVER
from dataviz_pipelines.core.secrets import Vault
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.sources.errors import SourceDisabledError
from dataviz_pipelines.core.sources.service import opened
from dataviz_pipelines.core.sources.store import StoredSource
from dataviz_pipelines.core.sql import blocks, execute

logger = logging.getLogger(__name__)
_SQL: Final = blocks("dataviz_pipelines.core.discovery", "queue.sql")


@dataclass(frozen=True)
class Waiting:
    run_id: UUID
    source_name: str


def ask_for_discovery(
    connection: Connection,
    caller: Caller,
    source_id: UUID,
    *,
    sources: Collection,
    runs: Collection,
) -> Row:
    """The run that waits now, or waited already. Raises SourceDisabledError, or that the caller may not."""
    source = require_row(connection, caller, sources, source_id, action="discover")
    if not source["is_active"]:
        raise SourceDisabledError(source["name"])
    run_id = _ask(connection, source_id)
    note(
        connection,
        "discover",
        user_id=caller.user_id,
        origin=caller.origin,
        resource_type="data_sources",
        resource_id=source_id,
        details={"discovery_run_id": str(run_id)},
    )
    return get_row(connection, caller, runs, run_id)


def ask_for_due(connection: Connection, vault: Vault, now: datetime) -> list[str]:
    """Lets those wait whose time has come since they were looked at, or asked for, last; however often it came, once. Names
    of all sources that are active."""
    names = []
    for source, since in _active(connection):
        names.append(source.name)
        if _is_due(source, vault, since, now):
            _ask(connection, source.id)
    return names


def waiting(connection: Connection) -> list[Waiting]:
    """Oldest first."""
    return [Waiting(*row) for row in execute(connection, _SQL["waiting"], {})]


def end_waiting(connection: Connection, run_id: UUID, message: str) -> None:
    """Of one that will never begin."""
    execute(connection, _SQL["end_waiting"], {"run_id": run_id, "message": message})


def end_abandoned(connection: Connection) -> None:
    """Runs whose process ended before they did."""
    execute(connection, _SQL["end_abandoned"], {})


def _ask(connection: Connection, source_id: UUID) -> UUID:
    row = execute(connection, _SQL["ask"], {"source_id": source_id}).fetchone()
    assert row is not None  # noqa: S101  # inserted or there
    run_id: UUID = row[0]
    return run_id


def _active(connection: Connection) -> Iterator[tuple[StoredSource, datetime]]:
    for *stored, since in execute(connection, _SQL["sources"], {}).fetchall():
        yield StoredSource(*stored), since


def _is_due(source: StoredSource, vault: Vault, since: datetime, now: datetime) -> bool:
    try:
        schedule = opened(source, vault).discovery.schedule
    except DatavizError as error:
        logger.warning("the schedule of %r cannot be read: %s", source.name, error)
        return False
    return schedule != NEVER and next(CronSim(schedule, since)) <= now
