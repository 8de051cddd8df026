"""What happens again and again is told once and then counted (F53)."""

from datetime import datetime, timedelta
from typing import Any, Final

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from dataviz_pipelines.core.models.documents.scheduler import Audience
from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.models.notifications import Severity
from dataviz_pipelines.core.notifications.notices import Notice
from dataviz_pipelines.core.notifications.store import SQL
from dataviz_pipelines.core.sql import execute

WINDOW: Final = timedelta(hours=1)
"""While it lasts, repetitions are counted and nobody is told."""

_AT_ONCE: Final = 100


def worth_telling(connection: Connection, notice: Notice, audience: Audience) -> Notice | None:
    """The notice as it is to be told now; None: it is only counted, or nobody has heard of what is over."""
    if notice.key is None:
        return notice
    values = {
        **notice.values(new_id()),
        "audience": Jsonb(audience.model_dump(mode="json")),
        "window": WINDOW,
    }
    execute(connection, SQL["lock_incident"], values)
    return (
        _recovery(connection, notice, values)
        if notice.recovers
        else _again(connection, notice, values)
    )


def _recovery(connection: Connection, notice: Notice, values: dict[str, Any]) -> Notice | None:
    closed = execute(connection, SQL["close_incident"], values).fetchone()
    return None if closed is None else notice.repeated(closed[0])


def _again(connection: Connection, notice: Notice, values: dict[str, Any]) -> Notice | None:
    known = execute(connection, SQL["find_incident"], values).fetchone()
    if known is None:
        execute(connection, SQL["open_incident"], values)
        return notice
    repeat_count, is_recent = known
    execute(connection, SQL["count_repeat" if is_recent else "tell_again"], values)
    return None if is_recent else notice.repeated(repeat_count)


def take_untold(connection: Connection, now: datetime) -> list[tuple[Notice, Audience]]:
    """What has happened again and was counted, and whom to tell how often. In the connection's transaction it is told."""
    values = {"now": now, "window": WINDOW, "limit": _AT_ONCE}
    rows = execute(connection, SQL["take_untold"], values).fetchall()
    return [_untold(*row) for row in rows]


def _untold(
    key: str,
    kind: str,
    severity: str,
    title: str,
    message: str,
    action_url: str | None,
    audience: Any,
    repeat_count: int,
) -> tuple[Notice, Audience]:
    notice = Notice(kind, title, message, action_url, Severity(severity), key)
    return notice.repeated(repeat_count), Audience.model_validate(audience)
