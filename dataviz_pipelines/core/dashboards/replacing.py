"""The components of a dashboard as they are to be, all of them: what a restored version and an imported document bring.

Components are as JSON has them here, so that they can be compared with what a document says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic_core import to_jsonable_python
from sqlalchemy import Connection

from dataviz_pipelines.core.dashboards.errors import ForeignComponentError
from dataviz_pipelines.core.dashboards.grid import SQL, read_components
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.rows import KINDS, parameters
from dataviz_pipelines.core.sql import execute

Component = Mapping[str, Any]


@dataclass(frozen=True)
class Replacement:
    """Components by what has to become of them."""

    created: list[Component]
    updated: list[Component]
    unchanged: list[Component]
    deleted: list[Component]


def current_components(connection: Connection, dashboard_id: UUID) -> dict[str, Component]:
    rows: list[Component] = to_jsonable_python(read_components(connection, dashboard_id))
    return {row["id"]: row for row in rows}


def compare(current: Mapping[str, Component], wanted: Sequence[Component]) -> Replacement:
    ids = {each["id"] for each in wanted}
    known = [each for each in wanted if each["id"] in current]
    return Replacement(
        created=[each for each in wanted if each["id"] not in current],
        updated=[each for each in known if each != current[each["id"]]],
        unchanged=[each for each in known if each == current[each["id"]]],
        deleted=[each for key, each in current.items() if key not in ids],
    )


def require_own(connection: Connection, dashboard_id: UUID, wanted: Sequence[Component]) -> None:
    """Raises ForeignComponentError."""
    ids = [UUID(each["id"]) for each in wanted]
    found = execute(connection, SQL["elsewhere"], {"ids": ids, "dashboard_id": dashboard_id})
    row = found.fetchone()
    if row is not None:
        raise ForeignComponentError(f"The component {row[0]} belongs to another dashboard.")


def hidden_visualizations(
    connection: Connection,
    caller: Caller,
    current: Mapping[str, Component],
    wanted: Sequence[Component],
) -> dict[str, str]:
    """What components would show anew though there is none, or the caller cannot see it: visualizations by component."""
    shown = {
        each["id"]: each["visualization_id"]
        for each in wanted
        if each["visualization_id"]
        not in (None, current.get(each["id"], {}).get("visualization_id"))
    }
    condition = KINDS[ResourceType.VISUALIZATION].allows(caller, "view")
    statement = SQL["visible_visualizations"].format(visible=condition)
    values = {"ids": [UUID(each) for each in shown.values()], **parameters(caller)}
    visible = {str(row[0]) for row in execute(connection, statement, values)}
    return {key: each for key, each in shown.items() if each not in visible}


def put_components(connection: Connection, dashboard_id: UUID, replacement: Replacement) -> None:
    """The caller has locked the dashboard and checked the layout."""
    deleted = [UUID(each["id"]) for each in replacement.deleted]
    changed = [dict(each) for each in (*replacement.created, *replacement.updated)]
    execute(connection, SQL["remove_components"], {"dashboard_id": dashboard_id, "ids": deleted})
    execute(
        connection,
        SQL["put_components"],
        {"dashboard_id": dashboard_id, "components": Jsonb(changed)},
    )
