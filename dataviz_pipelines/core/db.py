"""How the platform reaches its own PostgreSQL: which URL, which role, which pool.

Two roles share the database. The owner migrates; the application's role reads and writes rows but has no DDL on the
application's schema. `setup` creates the second one as DATABASE_app and keeps its password in `home/keys`.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic_core import from_json
from sqlalchemy import URL, Connection, Engine, create_engine, make_url

from dataviz_pipelines.core.errors import ConfigurationError
from dataviz_pipelines.core.nonblocking.lanes import Lanes
from dataviz_pipelines.core.settings import Settings

APP_PASSWORD_FILE = "app_role.password"  # noqa: S105  # a file's name
DAGSTER_SCHEMA = "dagster"


class Connections(Protocol):
    """An engine, or the lanes of an event loop: connections whose statements stand alone."""

    def connect(self) -> AbstractContextManager[Connection]: ...


class Transactions(Protocol):
    """The same with connections whose statements are one transaction."""

    def begin(self) -> AbstractContextManager[Connection]: ...


@dataclass(frozen=True)
class DatabaseUrls:
    """The same database as its two roles see it, both with the psycopg 3 driver."""

    owner: URL
    app: URL


def database_urls(settings: Settings) -> DatabaseUrls:
    """Raises ConfigurationError when no database is configured, or `setup` has not created the application's role."""
    if settings.database_url is None:
        raise ConfigurationError(
            "No database is configured.",
            remedy="Set DATAVIZ_DATABASE_URL, or start the embedded one with `dataviz up`.",
        )
    owner = psycopg_url(settings.database_url.get_secret_value())
    if settings.app_database_url is not None:
        return DatabaseUrls(owner, psycopg_url(settings.app_database_url.get_secret_value()))
    password_file = settings.keys / APP_PASSWORD_FILE
    if not password_file.exists():
        raise ConfigurationError(
            "The application's database role has not been created.",
            remedy="Run `dataviz setup --full`, or set DATAVIZ_APP_DATABASE_URL.",
        )
    app = owner.set(username=app_role_name(owner), password=password_file.read_text().strip())
    return DatabaseUrls(owner, app)


def app_role_name(owner: URL) -> str:
    """Roles belong to the whole server, so the name carries the database's."""
    return f"{owner.database}_app"


def psycopg_url(text: str) -> URL:
    return make_url(text).set(drivername="postgresql+psycopg")


def dagster_url(owner: URL) -> str:
    """dagster-postgres speaks psycopg2, and its tables live in a schema of their own."""
    url = owner.set(drivername="postgresql+psycopg2").update_query_dict(
        {"options": f"-csearch_path={DAGSTER_SCHEMA}"}
    )
    return url.render_as_string(hide_password=False)


def create_database_engine(
    url: URL,
    *,
    application_name: str,
    pool_size: int = 5,
    checked: bool = True,
    autocommit: bool = False,
) -> Engine:
    """`checked` connections are tried before each use, so a restarted server costs no failed statement; without it, a
    statement fails with `connection_invalidated` and all connections are made anew. With `autocommit` each statement stands alone,
    unless the option `isolation_level` asks for transactions. Times come in UTC."""
    return create_engine(
        url,
        isolation_level="AUTOCOMMIT" if autocommit else None,
        skip_autocommit_rollback=True,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        pool_pre_ping=checked,
        json_deserializer=from_json,
        connect_args=_connect_args(url, application_name),
    )


def create_lanes(url: URL, *, application_name: str, most: int) -> Lanes:
    """For an event loop. Statements are planned once for each connection, whatever the values: they are about few rows, which
    planning costs more than finding."""
    from sqlalchemy.ext.asyncio import create_async_engine  # for servers alone

    engine = create_async_engine(
        url.set(drivername="postgresql+psycopg_async"),
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
        pool_size=most,
        max_overflow=0,
        json_deserializer=from_json,
        connect_args=_connect_args(url, application_name, "-c plan_cache_mode=force_generic_plan"),
    )
    return Lanes(engine.sync_engine, most=most)


def _connect_args(url: URL, application_name: str, *options: str) -> dict[str, Any]:
    every = (url.query.get("options", ""), "-c timezone=UTC", *options)
    return {
        "application_name": application_name,
        "connect_timeout": 5,
        "options": " ".join(str(each) for each in every if each),
    }
