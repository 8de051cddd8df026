"""Which database a template's rows go to. Drivers load with the first load that needs them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from typing import Final
from uuid import UUID

from dataviz_pipelines.core.ingestion.destinations.base import Destination, Load
from dataviz_pipelines.core.ingestion.errors import DestinationError
from dataviz_pipelines.core.models.documents.uploads import DestinationType
from dataviz_pipelines.core.sources.access import SourceAccess

Opener = Callable[[Load], AbstractContextManager[Destination]]


def _postgresql(load: Load) -> AbstractContextManager[Destination]:
    from dataviz_pipelines.core.ingestion.destinations.postgresql.destination import open_postgresql

    return open_postgresql(load)


def _mysql(load: Load) -> AbstractContextManager[Destination]:
    from dataviz_pipelines.core.ingestion.destinations.mysql.destination import open_mysql

    return open_mysql(load)


def _bigquery(load: Load) -> AbstractContextManager[Destination]:
    from dataviz_pipelines.core.ingestion.destinations.bigquery.destination import open_bigquery

    return open_bigquery(load)


DESTINATIONS: Final[Mapping[DestinationType, Opener]] = {
    DestinationType.POSTGRESQL: _postgresql,
    DestinationType.MYSQL: _mysql,
    DestinationType.BIGQUERY: _bigquery,
}


@contextmanager
def open_destination(load: Load, sources: SourceAccess | None) -> Iterator[Destination]:
    """Raises DestinationError, or why the data source cannot be used."""
    kind = load.document.destination_type
    if kind is not DestinationType.POSTGRESQL:
        load = _with_source(load, sources)
    with DESTINATIONS[kind](load) as destination:
        yield destination


def _with_source(load: Load, sources: SourceAccess | None) -> Load:
    named = load.document.destination_config.data_source
    if named is None or sources is None:
        raise DestinationError("The template names no data source to load into.")
    is_begun = load.platform.in_transaction()
    with nullcontext() if is_begun else load.platform.begin():
        source = sources.load(load.platform, UUID(named))
    if source.connection.connection_type != load.document.destination_type:
        raise DestinationError(
            f"The data source {source.name!r} is one of {source.connection.connection_type}, and the template loads into "
            f"{load.document.destination_type}.",
            remedy="Name another one in destination_config.data_source.",
        )
    return replace(load, source=source, guard=sources.guard)
