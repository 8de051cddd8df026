"""Tries a data source out with the query that is kept for that. Like any other it only reads (S52, S53), since whoever says what
it is may be somebody else than whoever knows the password."""

import time

from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.network import NetworkGuard
from dataviz_pipelines.core.queries.errors import QueryRefusedError
from dataviz_pipelines.core.queries.preparing import checked
from dataviz_pipelines.core.secrets import Vault
from dataviz_pipelines.core.sources import trying
from dataviz_pipelines.core.sources.connections import AnyConnection
from dataviz_pipelines.core.sources.errors import Reason
from dataviz_pipelines.core.sources.service import opened
from dataviz_pipelines.core.sources.store import StoredSource
from dataviz_pipelines.core.sources.trying import Trial, failed


def try_source(source: StoredSource, vault: Vault, guard: NetworkGuard) -> Trial:
    """Also of one that is disabled: it may be tried before it is enabled."""
    started = time.monotonic()
    try:
        connection = opened(source, vault)
    except DatavizError as error:
        return failed(error, started)
    return try_out(connection, guard, query=source.test_query)


def try_out(connection: AnyConnection, guard: NetworkGuard, *, query: str | None = None) -> Trial:
    """What does more than read is not sent, and nothing is connected to."""
    try:
        text = None if query is None else checked(query, connection.connection_type).text
    except QueryRefusedError as error:
        return Trial(0, reason=Reason.QUERY, message=error.message, remedy=error.remedy)
    return trying.try_out(connection, guard, query=text)
