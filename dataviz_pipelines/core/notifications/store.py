"""Deliveries as rows: claimed, and what became of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from dataviz_pipelines.core.models.notifications import DeliveryStatus, Severity
from dataviz_pipelines.core.notifications.timing import KEYS, Wait
from dataviz_pipelines.core.sql import blocks, execute

SQL: Final = blocks("dataviz_pipelines.core.notifications", "notifications.sql")
DIGEST: Final = "digest"

KEPT: Final = timedelta(days=30)
"""How long it can be seen what became of a message."""

_LONGEST_DIGEST: Final = 100
_FORGOTTEN_AT_ONCE: Final = 1_000


@dataclass(frozen=True)
class Due:
    """A message, and what is known of where it goes. `attempt` is how often it was tried before. `is_active` is the person's
    account, `sealed` how its channel is connected."""

    id: UUID
    notice_id: UUID
    created_at: datetime
    channel_kind: str
    target: str | None
    kind: str
    severity: Severity
    title: str
    message: str
    action_url: str | None
    key: str | None
    attempt: int
    user_id: UUID | None
    email: str | None
    is_active: bool
    timezone: str | None
    preferences: dict[str, Any] = field(repr=False)
    channel_id: UUID | None
    sealed: Any = field(repr=False)
    channel_is_active: bool | None

    @property
    def place(self) -> str:
        """Where it goes, in words that hold no secret."""
        if self.channel_kind == "email":
            return "e-mail" if self.target is None else f"e-mail to {self.target}"
        return f"{self.channel_kind} {self.target}"


def claimable(connection: Connection, *, now: datetime, limit: int) -> Iterator[Due]:
    values = {"now": now, "limit": limit, "preferences": list(KEYS)}
    for row in execute(connection, SQL["claim"], values).fetchall():
        due = Due(*row)
        yield replace(due, severity=Severity(due.severity))


def begin(connection: Connection, due: Due, *, lost_at: datetime) -> None:
    execute(connection, SQL["begin"], {"id": due.id, "lost_at": lost_at})


def wait(connection: Connection, due: Due, wait: Wait) -> None:
    execute(connection, SQL["wait"], {"id": due.id, **vars(wait)})


def drop(connection: Connection, due: Due, status: DeliveryStatus, error: str) -> None:
    execute(connection, SQL["drop"], {"id": due.id, "status": status, "error": error})


def record_delivered(connection: Connection, due: Due, *, now: datetime) -> None:
    """Nothing, as all of these, where another sender has taken it meanwhile."""
    execute(connection, SQL["record_delivered"], {**_attempt(due), "now": now})


def record_retry(connection: Connection, due: Due, error: str, *, at: datetime) -> None:
    execute(connection, SQL["record_retry"], {**_attempt(due), "error": error, "at": at})


def record_failed(connection: Connection, due: Due, error: str) -> bool:
    values = {**_attempt(due), "error": error}
    return execute(connection, SQL["record_failed"], values).rowcount == 1


def channel_named(connection: Connection, kind: str, target: str) -> tuple[Any, ...] | None:
    """Its id, name, sealed connection, and whether it is switched on."""
    values = {"channel_kind": kind, "target": target}
    return execute(connection, SQL["channel_named"], values).fetchone()


def record_sent(connection: Connection, values: Mapping[str, Any]) -> None:
    """Of what was not queued. The key is the id."""
    execute(connection, SQL["record_sent"], values)


def sent(connection: Connection, notice_id: UUID) -> set[UUID]:
    """The deliveries of a notice that have arrived."""
    rows = execute(connection, SQL["sent"], {"notice_id": notice_id}).fetchall()
    return {delivery_id for (delivery_id,) in rows}


def say_so_in_app(connection: Connection, due: Due, error: str) -> None:
    values = {
        "said": f"Not delivered by {due.place}: {error}",
        "notice_id": due.notice_id,
        "user_id": due.user_id,
    }
    execute(connection, SQL["say_so_in_app"], values)


def collect_digests(connection: Connection, *, now: datetime) -> None:
    values = {"now": now, "kind": DIGEST, "longest": _LONGEST_DIGEST}
    execute(connection, SQL["collect_digests"], values)


def forget_old(connection: Connection, *, now: datetime) -> None:
    values = {"now": now, "kept": KEPT, "limit": _FORGOTTEN_AT_ONCE}
    execute(connection, SQL["forget_deliveries"], values)
    execute(connection, SQL["forget_incidents"], values)


def _attempt(due: Due) -> dict[str, Any]:
    return {"id": due.id, "attempt": due.attempt + 1}
