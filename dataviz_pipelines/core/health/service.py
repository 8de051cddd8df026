"""The checks behind /health/ready."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from dataviz_pipelines.core.clock import Clock, utc_now
from dataviz_pipelines.core.health import store
from dataviz_pipelines.core.schema.revisions import newest_revision

INBOX_SENSOR = "inbox sensor"
UPLOAD_WORKER = "upload worker"
SCHEDULER_SENSOR = "scheduler sensor"
LATE_AFTER_S = 60.0  # the sensors look every 5 s, the worker every 2 s


@dataclass(frozen=True)
class Check:
    """`needed`: the API cannot work without it. `lag_s`: how long ago the part was last heard of."""

    name: str
    ok: bool
    message: str
    needed: bool
    lag_s: float | None = None


def check_readiness(engine: Engine, *, clock: Clock = utc_now) -> list[Check]:
    try:
        with engine.begin() as connection:
            return [
                Check("database", ok=True, message="It answers.", needed=True),
                migrations := _migrations(connection),
                *(_parts(connection, clock) if migrations.ok else ()),
            ]
    except SQLAlchemyError:
        return [Check("database", ok=False, message="It does not answer.", needed=True)]


def record_beat(engine: Engine, service_name: str, *, clock: Clock = utc_now) -> None:
    with engine.begin() as connection:
        store.beat(connection, service_name, clock())


def _migrations(connection: Connection) -> Check:
    found, wanted = store.schema_revision(connection), newest_revision()
    if found is None:
        message = "There is no schema yet. Run `dataviz setup --full`."
        return Check("migrations", ok=False, message=message, needed=True)
    if found == wanted:
        return Check("migrations", ok=True, message=f"At {found}.", needed=True)
    message = f"At {found}, and {wanted} is needed. Run `dataviz setup --schema`."
    return Check("migrations", ok=False, message=message, needed=True)


def _parts(connection: Connection, clock: Clock) -> Iterator[Check]:
    """The sensor beats only when Dagster's daemon, its code server and the database all work."""
    for name, service, what in (
        ("dagster", INBOX_SENSOR, "The inbox"),
        ("scheduler", SCHEDULER_SENSOR, "The schedule"),
        ("uploads", UPLOAD_WORKER, "The queue of uploads"),
    ):
        beat_at = store.last_beat(connection, service)
        if beat_at is None:
            message = f"{what} has not been looked at yet."
            yield Check(name, ok=False, message=message, needed=False)
            continue
        lag_s = (clock() - beat_at).total_seconds()
        message = f"{what} was looked at {lag_s:.0f} s ago."
        yield Check(name, ok=lag_s <= LATE_AFTER_S, message=message, needed=False, lag_s=lag_s)
