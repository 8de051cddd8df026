"""The installation that a command works on, with its database at hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from dataviz_pipelines.cli.options import load_settings
from dataviz_pipelines.core.db import APP_PASSWORD_FILE, create_database_engine, database_urls
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.local.postgres import database


@contextmanager
def installation(home: Path | None) -> Iterator[tuple[Settings, Engine]]:
    """Settings with a database that answers, and an engine as the application's role.

    A new embedded database is set up on the way, as `dataviz up` would do; a database of one's own is left to `dataviz setup`.
    """
    given = load_settings(home)
    with database(given) as settings:
        if given.database_url is None and not (settings.keys / APP_PASSWORD_FILE).exists():
            from dataviz_pipelines.core.schema.service import set_up  # brings Alembic, once

            set_up(settings)
        engine = create_database_engine(
            database_urls(settings).app, application_name="dataviz", pool_size=2
        )
        try:
            yield settings, engine
        finally:
            engine.dispose()


@contextmanager
def owner(settings: Settings) -> Iterator[Engine]:
    """An engine as the role that owns the database, for what the application itself may not do."""
    engine = create_database_engine(
        database_urls(settings).owner, application_name="dataviz owner", pool_size=1
    )
    try:
        yield engine
    finally:
        engine.dispose()
