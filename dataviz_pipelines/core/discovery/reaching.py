"""From a stored data source to a run: opened, connected as the platform connects to databases, read, and let go.

Whatever ends it early, a connection that cannot be made included, ends as a run on record that says why.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import Engine as Database

from dataviz_pipelines.core.discovery.engines.registry import connected
from dataviz_pipelines.core.discovery.errors import SourceGivenUpError, SourceTimeoutError
from dataviz_pipelines.core.discovery.recording import Discovery, recorded
from dataviz_pipelines.core.discovery.removing import Fuse
from dataviz_pipelines.core.discovery.selection import Selection
from dataviz_pipelines.core.discovery.service import Plan, Watching, look
from dataviz_pipelines.core.secrets import Vault
from dataviz_pipelines.core.sources.connecting import Pools, Source
from dataviz_pipelines.core.sources.connections import DiscoverySettings
from dataviz_pipelines.core.sources.errors import Reason, SourceError
from dataviz_pipelines.core.sources.service import find_source, load_source

_SOON_BETTER: Final = {Reason.REFUSED, Reason.TIMEOUT, Reason.BUSY}


@dataclass(frozen=True)
class Discovering:
    """What a process needs to look into data sources."""

    database: Database
    vault: Vault
    pools: Pools


@dataclass(frozen=True)
class Wish:
    """What one run is to do otherwise than the source's settings say. `selection` includes in place of what they include,
    and excludes besides."""

    selection: Selection = field(default_factory=Selection)
    count_budget_ms: int | None = None
    allows_removals: bool = False


def discover_source(
    discovering: Discovering,
    name_or_id: str,
    wish: Wish | None = None,
    *,
    run_id: UUID | None = None,
    watching: Watching = lambda _: None,
) -> Discovery:
    """Raises SourceNotFoundError and DiscoveryRunningError, of which there is no record, and whatever ends the run. An
    UnavailableError may be gone in a few seconds. Key: `run_id`, as `recorded` has it."""
    database = discovering.database
    with database.connect() as connection:
        source_id = find_source(connection, name_or_id).id
    with recorded(database, source_id, run_id) as result, _given_up():
        source, plan = _meant(discovering, source_id, wish or Wish())
        with connected(discovering.pools, source) as engine:
            look(database, source_id, engine, result, plan=plan, watching=watching)
    return result


def _meant(discovering: Discovering, source_id: UUID, wish: Wish) -> tuple[Source, Plan]:
    with discovering.database.connect() as connection:
        source = load_source(connection, discovering.vault, source_id)
    settings = source.connection.discovery
    if wish.count_budget_ms is not None:
        settings = settings.model_copy(update={"count_budget_ms": wish.count_budget_ms})
    asked = source.connection.model_copy(update={"discovery": settings})
    return Source(source.id, source.name, asked), _plan(settings, wish)


def selection_of(settings: DiscoverySettings, wish: Wish) -> Selection:
    """What of a data source is looked at."""
    include = wish.selection.include or settings.include
    return Selection(include, (*settings.exclude, *wish.selection.exclude))


def _plan(settings: DiscoverySettings, wish: Wish) -> Plan:
    fuse = Fuse(1 if wish.allows_removals else settings.fuse_fraction)
    return Plan(selection_of(settings, wish), fuse)


@contextmanager
def _given_up() -> Iterator[None]:
    """A wrong password stays wrong, and whoever waited for a server that hangs need not wait again at once."""
    try:
        yield
    except SourceTimeoutError as error:
        raise SourceGivenUpError(error.message, remedy=error.remedy) from error
    except SourceError as error:
        if error.reason in _SOON_BETTER:
            raise
        raise SourceGivenUpError(error.message, remedy=error.remedy) from error
