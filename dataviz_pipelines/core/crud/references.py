"""What a row names must be there for the caller: otherwise rows would tell, and give away, what their writer may not see."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.crud.collection import Collection
from dataviz_pipelines.core.crud.errors import InvalidRowError
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.errors import PermissionDeniedError
from dataviz_pipelines.core.security.rows import KINDS, Kind, PartOf, Whole, parameters
from dataviz_pipelines.core.sql import execute


def require_references(
    connection: Connection, caller: Caller, collection: Collection, values: Mapping[str, Any]
) -> None:
    for column, kind in collection.references.items():
        if values.get(column) is not None:
            require_visible(connection, caller, kind, values[column], place=f"/{column}")


def require_visible(
    connection: Connection, caller: Caller, kind: Kind, row_id: UUID, *, place: str
) -> None:
    """Raises InvalidRowError for what does not exist and for what the caller may not see, alike."""
    if not _may(connection, caller, kind, row_id, action="view"):
        raise InvalidRowError(
            f"There is no {kind.type.value.replace('_', ' ')} {row_id}.", place=place
        )


def require_allowed(
    connection: Connection, caller: Caller, kind: Kind, row_id: UUID, *, action: str, place: str
) -> None:
    """The same, and raises PermissionDeniedError for what the caller may see, but not do the action to."""
    require_visible(connection, caller, kind, row_id, place=place)
    if not _may(connection, caller, kind, row_id, action=action):
        raise PermissionDeniedError(
            f"This {kind.type.value.replace('_', ' ')} is not yours to {action}.",
            remedy="Ask its owner for a grant.",
        )


def require_shared(connection: Connection, caller: Caller, values: Mapping[str, Any]) -> None:
    """The same for columns that name a thing of any kind: `resource_type` and `resource_id`."""
    kind = KINDS[ResourceType(values["resource_type"])]
    require_visible(connection, caller, kind, values["resource_id"], place="/resource_id")


def require_whole(
    connection: Connection, caller: Caller, collection: Collection, values: Mapping[str, Any]
) -> None:
    """A part is added by whoever may edit the whole, which a new part's own row cannot tell."""
    policy = collection.policy
    if not isinstance(policy, PartOf):
        return
    whole_id = values[policy.column]
    if _may(connection, caller, policy.whole, whole_id, action="edit"):
        return
    if not _may(connection, caller, policy.whole, whole_id, action="view"):
        raise InvalidRowError(
            f"What {policy.column} names does not exist.", place=f"/{policy.column}"
        )
    raise PermissionDeniedError(
        f"A {collection.one} needs somebody who may edit what it is a part of.",
        remedy="Ask its owner for a grant.",
    )


def _may(
    connection: Connection, caller: Caller, whole: Whole, row_id: UUID, *, action: str
) -> bool:
    text = f"SELECT FROM {whole.table} AS item WHERE item.id = %(id)s AND {whole.allows(caller, action)}"
    found = execute(connection, text, {"id": row_id, **parameters(caller)})
    return found.fetchone() is not None
