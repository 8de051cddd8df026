"""What people see who are not logged in: a dashboard by a link's token, or by its id where it is public."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Engine

from dataviz_pipelines.core.access import store
from dataviz_pipelines.core.access.errors import LinkPasswordError, NotPublicError
from dataviz_pipelines.core.access.public_links import LINK_PREFIX, are_turned_on
from dataviz_pipelines.core.access.publishing import hidden, may_publish
from dataviz_pipelines.core.access.store import SQL
from dataviz_pipelines.core.accounts import throttle
from dataviz_pipelines.core.accounts.identity import permissions_in
from dataviz_pipelines.core.crud import get_row
from dataviz_pipelines.core.crud.errors import RowNotFoundError
from dataviz_pipelines.core.dashboards.arranging import mobile_layout
from dataviz_pipelines.core.dashboards.grid import DASHBOARD
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.security.caller import Caller, Origin
from dataviz_pipelines.core.security.passwords import verify_password
from dataviz_pipelines.core.security.rows import KINDS, parameters
from dataviz_pipelines.core.security.tokens import token_hash

_THEMES: Final = KINDS[ResourceType.THEME]


@dataclass(frozen=True)
class Visit:
    """`key` is a link's token or a dashboard's id."""

    key: str
    origin: Origin
    password: str | None = None


class Opened(NamedTuple):
    """`link_id` is None where the dashboard itself is public; then it is shown as its owner may see it."""

    link_id: UUID | None
    dashboard_id: UUID
    publisher_id: UUID | None
    password_hash: str | None


def view(engine: Engine, visit: Visit) -> dict[str, Any]:
    """The dashboard as its publisher may see it now. Takes a quarter of a second where there is a password.

    Raises NotPublicError, LinkPasswordError or TooManyAttemptsError.
    """
    with engine.begin() as connection:
        opened = _open(connection, visit.key)
    if opened.password_hash is not None:
        _require_password(engine, visit, opened)
    with engine.begin() as connection:
        shown = _shown(connection, opened, visit.origin)
        if opened.link_id is not None:
            store.run(connection, "used_link", id=opened.link_id)
    return shown


def _open(connection: Connection, key: str) -> Opened:
    if not are_turned_on(connection):
        raise NotPublicError
    rows = _rows(connection, key)
    if not rows:
        raise NotPublicError
    return Opened(*rows[0].values())


def _rows(connection: Connection, key: str) -> list[store.Row]:
    if key.startswith(LINK_PREFIX):
        return store.every(connection, SQL["opened_link"], token_hash=token_hash(key))
    try:
        return store.every(connection, SQL["opened_dashboard"], id=UUID(key))
    except ValueError:
        return []


def _require_password(engine: Engine, visit: Visit, opened: Opened) -> None:
    """Between transactions, so that nothing in the database waits for it. Wrong ones are counted although nothing else is."""
    if visit.password is None:
        raise LinkPasswordError(
            "The link has a password.", remedy="Send it with POST to the same address."
        )
    subject, address = f"link:{opened.link_id}", throttle.address(visit.origin.ip_address)
    with engine.begin() as connection:
        throttle.refuse_blocked(connection, subject, address)
    if not verify_password(visit.password, opened.password_hash):
        with engine.begin() as connection:
            throttle.count_failure(connection, subject, address)
        raise LinkPasswordError("The password of the link is wrong.")


def _shown(connection: Connection, opened: Opened, origin: Origin) -> dict[str, Any]:
    publisher = _publisher(connection, opened.publisher_id, origin)
    if opened.link_id is not None and not _may_still_publish(connection, publisher, opened):
        raise NotPublicError
    try:
        dashboard = get_row(connection, publisher, DASHBOARD, opened.dashboard_id)
        _, mobile = mobile_layout(connection, publisher, opened.dashboard_id)
    except RowNotFoundError as error:
        raise NotPublicError from error
    return {
        **dashboard,
        "theme": _theme(connection, publisher, dashboard["theme_id"]),
        "components": _components(connection, publisher, opened.dashboard_id),
        "mobile_layout": {"items": [item.model_dump() for item in mobile]},
    }


def _may_still_publish(connection: Connection, publisher: Caller, opened: Opened) -> bool:
    kind = KINDS[ResourceType.DASHBOARD]
    return may_publish(connection, publisher, kind, opened.dashboard_id)


def _publisher(connection: Connection, user_id: UUID | None, origin: Origin) -> Caller:
    """As whom the dashboard is looked at: somebody who is disabled shows nothing to anybody any more."""
    rows = store.every(connection, SQL["publisher"], id=user_id)
    if not rows:
        raise NotPublicError
    (person,) = rows
    return Caller(
        user_id=person["id"],
        email=person["email"],
        permissions=permissions_in(person["permissions"], person["is_admin"]),
        role_ids=tuple(person["role_ids"]),
        timezone=person["timezone"],
        origin=origin,
    )


def _theme(
    connection: Connection, publisher: Caller, theme_id: UUID | None
) -> Mapping[str, Any] | None:
    statement = SQL["shown_theme"].format(visible=_THEMES.allows(publisher, "view"))
    rows = store.every(connection, statement, id=theme_id, **parameters(publisher))
    return rows[0] if rows else None


def _components(
    connection: Connection, publisher: Caller, dashboard_id: UUID
) -> list[dict[str, Any]]:
    """A component whose visualization the publisher may not see, or not all that it rests on, is shown without it."""
    rows = store.every(connection, SQL["shown_components"], id=dashboard_id)
    drawn = [row["visualization"]["id"] for row in rows if row["visualization"] is not None]
    kept_back = {str(each) for each in hidden(connection, publisher, map(UUID, drawn))}
    return [_without_hidden(row, kept_back) for row in rows]


def _without_hidden(row: store.Row, kept_back: set[str]) -> store.Row:
    visualization = row["visualization"]
    if visualization is not None and visualization["id"] in kept_back:
        return {**row, "visualization": None}
    return row
