"""What the schema of a job cannot judge; the table of resources names this check."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection

from dataviz_pipelines.core.crud import require_visible
from dataviz_pipelines.core.crud.errors import InvalidRowError
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import KINDS

TARGET_COLUMNS: Final = frozenset({"target_resource_type", "target_resource_id"})


def check_target(connection: Connection, caller: Caller, values: Mapping[str, Any]) -> None:
    """A target is a kind and an id, of something that the caller may see. Raises InvalidRowError."""
    kind, target_id = values.get("target_resource_type"), values.get("target_resource_id")
    if (kind is None) != (target_id is None):
        raise InvalidRowError(
            "A target needs both its type and its id.", place="/target_resource_id"
        )
    if kind is not None and target_id is not None:
        known = KINDS[ResourceType(kind)]
        require_visible(connection, caller, known, target_id, place="/target_resource_id")
