"""With whom things can be shared: people and roles, by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from dataviz_pipelines.core.access import store
from dataviz_pipelines.core.access.store import SQL, Row
from dataviz_pipelines.core.models.access import PrincipalType
from dataviz_pipelines.core.security.caller import Caller


@dataclass(frozen=True)
class Names:
    """What those are called that rows share something with; None for who is no more."""

    def found(
        self,
        connection: Connection,
        caller: Caller,  # noqa: ARG002  # whoever may see the row may know with whom it shares
        rows: Sequence[Mapping[str, Any]],
    ) -> list[Row | None]:
        ids = list({row["principal_id"] for row in rows})
        named = store.every(connection, SQL["names_of_principals"], ids=ids)
        names = {row["id"]: {"name": row["name"]} for row in named}
        return [names.get(row["principal_id"]) for row in rows]


def find_principals(
    connection: Connection, *, search: str, kind: PrincipalType | None, limit: int
) -> list[Row]:
    """Those who are active and have `search` in their name, or as their whole address."""
    escaped = search.replace("~", "~~").replace("%", "~%").replace("_", "~_")
    return store.every(
        connection,
        SQL["principals"],
        kind=kind,
        q=search,
        search=f"%{escaped}%",
        limit=limit,
    )
