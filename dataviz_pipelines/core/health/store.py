"""Statements on `service_heartbeats`, and the version of the schema."""

from datetime import datetime

from sqlalchemy import Connection, column, func, select, table
from sqlalchemy.dialects.postgresql import insert

from dataviz_pipelines.core.models.scheduler import ServiceHeartbeat

_version = table("alembic_version", column("version_num"))


def beat(connection: Connection, service_name: str, now: datetime) -> None:
    statement = insert(ServiceHeartbeat).values(service_name=service_name, beat_at=now)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[ServiceHeartbeat.service_name],
            set_={"beat_at": statement.excluded.beat_at},
        )
    )


def last_beat(connection: Connection, service_name: str) -> datetime | None:
    return connection.execute(
        select(ServiceHeartbeat.beat_at).where(ServiceHeartbeat.service_name == service_name)
    ).scalar_one_or_none()


def schema_revision(connection: Connection) -> str | None:
    """None when no migration has run yet."""
    if connection.execute(select(func.to_regclass(_version.name))).scalar_one() is None:
        return None
    return connection.execute(select(_version.c.version_num)).scalar_one_or_none()
