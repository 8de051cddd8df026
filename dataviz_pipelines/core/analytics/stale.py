"""Content that nobody has used for a while."""

from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from sqlalchemy import Connection

from dataviz_pipelines.core.analytics import reading
from dataviz_pipelines.core.analytics.answers import Stale
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import KINDS


class StaleKind(StrEnum):
    DASHBOARD = "dashboard"
    SAVED_QUERY = "saved_query"


class _Way(NamedTuple):
    block: str
    kind: ResourceType


_WAYS: Final = {
    StaleKind.DASHBOARD: _Way("stale_dashboards", ResourceType.DASHBOARD),
    StaleKind.SAVED_QUERY: _Way("stale_queries", ResourceType.SAVED_QUERY),
}


def stale(
    connection: Connection, caller: Caller, what: StaleKind, *, cutoff: datetime, limit: int
) -> list[Stale]:
    """What the caller sees that is older than the cutoff and has not been used since; unused for longest first. A saved query
    is used when its text, as it is now, is executed."""
    way = _WAYS[what]
    found = reading.visible(
        connection,
        way.block,
        caller,
        KINDS[way.kind].allows(caller, "view"),
        cutoff=cutoff,
        limit=limit,
    )
    return [Stale(**row) for row in found]
