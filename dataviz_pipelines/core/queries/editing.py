"""What the schema of a saved query cannot judge; the table of resources names this check."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection

from dataviz_pipelines.core.crud import require_visible
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import KINDS

TEXT_COLUMNS: Final = frozenset({"query_text"})


def check_saved_query(connection: Connection, caller: Caller, values: Mapping[str, Any]) -> None:
    """Whoever says what is asked must see the data source: jobs of others run the text with the rights of their owners.
    Raises InvalidRowError."""
    source = KINDS[ResourceType.DATA_SOURCE]
    require_visible(connection, caller, source, values["data_source_id"], place="/data_source_id")
