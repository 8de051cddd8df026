"""F76: links that show a dashboard to whoever has one. What they show is what whoever made them may see, for as long as they
may publish it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.access import store
from dataviz_pipelines.core.access.errors import LinkRevokedError, PublicDashboardsOffError
from dataviz_pipelines.core.access.publishing import (
    PUBLISH,
    may_publish,
    not_yours,
    require_publishable,
)
from dataviz_pipelines.core.access.store import SQL
from dataviz_pipelines.core.crud import (
    Collection,
    Listing,
    Named,
    Page,
    Row,
    get_row,
    list_rows,
    require_row,
    require_visible,
    update_row,
    with_included,
)
from dataviz_pipelines.core.models.access import PublicLink, ResourceType
from dataviz_pipelines.core.models.tables import Base
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.passwords import check_password, hash_password
from dataviz_pipelines.core.security.rows import KINDS, within
from dataviz_pipelines.core.security.tokens import new_token, shown_part, token_hash

LINK_PREFIX: Final = "dvl_"
_DASHBOARDS: Final = KINDS[ResourceType.DASHBOARD]
_PLACE: Final = "/dashboard_id"


@dataclass(frozen=True)
class OfDashboards:
    """Links are for whoever may publish what they show."""

    by_row: bool = True

    def permission(self, action: str) -> str:  # noqa: ARG002  # every action alike
        return _DASHBOARDS.permission(PUBLISH)

    def allows(self, caller: Caller, action: str) -> str:  # noqa: ARG002
        return within(_DASHBOARDS, "dashboard_id", caller, PUBLISH)


_TABLE: Final = Base.metadata.tables[_DASHBOARDS.table]
_NAMED: Final = Collection(
    name="dashboards",
    one="dashboard",
    table=_TABLE,
    policy=_DASHBOARDS,
    hidden=frozenset(_TABLE.columns.keys()) - {"id", "name"},
)

PUBLIC_LINKS: Final = Collection(
    name="public_links",
    one="public link",
    table=Base.metadata.tables[PublicLink.__tablename__],
    policy=OfDashboards(),
    hidden=frozenset({"token_hash"}),
    filters=("dashboard_id", "created_by"),
    sorts=("created_at", "updated_at", "name", "use_count"),
    search=("name",),
    includes={"dashboard": Named(_NAMED, "dashboard_id")},
)


@dataclass(frozen=True)
class NewLink:
    dashboard_id: UUID
    name: str
    expires_at: datetime | None = None
    password_hash: str | None = None


def list_links(
    connection: Connection, caller: Caller, listing: Listing, *, included: Sequence[str] = ()
) -> Page:
    page = list_rows(connection, caller, PUBLIC_LINKS, listing)
    rows = with_included(connection, caller, PUBLIC_LINKS, page.rows, included)
    return Page([_shown(row) for row in rows], page.next_cursor, page.total)


def get_link(connection: Connection, caller: Caller, link_id: UUID) -> Row:
    return _shown(get_row(connection, caller, PUBLIC_LINKS, link_id))


def create_link(connection: Connection, caller: Caller, new: NewLink) -> tuple[Row, str]:
    """The link's row, and its token, which is shown this once. Raises PublicDashboardsOffError or NotPublishableError."""
    require_visible(connection, caller, _DASHBOARDS, new.dashboard_id, place=_PLACE)
    if not may_publish(connection, caller, _DASHBOARDS, new.dashboard_id):
        raise not_yours(_DASHBOARDS)
    _require_turned_on(connection)
    require_publishable(connection, caller, new.dashboard_id, place=_PLACE)
    values = {
        "dashboard_id": new.dashboard_id,
        "name": new.name,
        "expires_at": new.expires_at,
        "password_hash": new.password_hash,
    }
    row, token = _with_token(connection, "new_link", values)
    assert row is not None  # noqa: S101  # it was just inserted
    return _shown(row), token


def change_link(
    connection: Connection,
    caller: Caller,
    link_id: UUID,
    values: Mapping[str, Any],
    *,
    if_match: str | None = None,
) -> Row:
    """`values` hold the password as its hash."""
    return _shown(update_row(connection, caller, PUBLIC_LINKS, link_id, values, if_match=if_match))


def rotate_link(connection: Connection, caller: Caller, link_id: UUID) -> tuple[Row, str]:
    """A new token for the same link: the old one stops working at once. From then on it shows what the caller may see."""
    link = require_row(connection, caller, PUBLIC_LINKS, link_id, action=PUBLISH)
    _require_turned_on(connection)
    require_publishable(connection, caller, link["dashboard_id"], place="")
    values = {"id": link_id, "publisher": caller.user_id}
    row, token = _with_token(connection, "rotate_link", values)
    if row is None:
        raise LinkRevokedError
    return _shown(row), token


def revoke_link(connection: Connection, caller: Caller, link_id: UUID) -> None:
    """It stops working at once, and stays in the list. The same however often it is said."""
    require_row(connection, caller, PUBLIC_LINKS, link_id, action=PUBLISH)
    store.run(connection, "revoke_link", id=link_id)


def link_password_hash(password: str) -> str:
    """Takes a quarter of a second. Raises WeakPasswordError."""
    check_password(password, email="")
    return hash_password(password)


def are_turned_on(connection: Connection) -> bool:
    rows = store.every(connection, SQL["is_turned_on"])
    return bool(rows) and all(row.popitem()[1] for row in rows)


def _require_turned_on(connection: Connection) -> None:
    if not are_turned_on(connection):
        raise PublicDashboardsOffError


def _with_token(
    connection: Connection, block: str, values: Mapping[str, Any]
) -> tuple[Row | None, str]:
    token = new_token(LINK_PREFIX)
    statement = SQL[block].format(columns=PUBLIC_LINKS.selected)
    made = {"token_prefix": shown_part(token), "token_hash": token_hash(token)}
    rows = store.every(connection, statement, **values, **made)
    return (rows[0] if rows else None), token


def _shown(row: Row) -> Row:
    """Whether there is a password, and nothing of it."""
    kept = {name: value for name, value in row.items() if name != "password_hash"}
    return {**kept, "has_password": row["password_hash"] is not None}
