"""The platform's own database as a destination: rows and record commit together, so there are no marks."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import Connection

from dataviz_pipelines.core.ingestion.destinations.base import Destination, Load, Loader
from dataviz_pipelines.core.ingestion.destinations.postgresql.columns import created_type
from dataviz_pipelines.core.ingestion.destinations.postgresql.errors import translated
from dataviz_pipelines.core.ingestion.destinations.postgresql.loader import PostgresLoader
from dataviz_pipelines.core.models.documents.uploads import ColumnRule


class PostgresDestination:
    """Implements `destinations.base.Destination`."""

    marks = None

    def __init__(self, load: Load) -> None:
        self._load = load

    @contextmanager
    def loading(self) -> Iterator[Loader]:
        load = self._load
        with (
            translated(load.document.destination_config.place),
            PostgresLoader(
                _driver(load.platform), load.document, load.upload_id, sampling=load.sampling
            ) as loader,
        ):
            yield loader

    def column_type(self, rule: ColumnRule) -> str:
        return created_type(rule)


@contextmanager
def open_postgresql(load: Load) -> Iterator[Destination]:
    yield PostgresDestination(load)


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    """COPY is psycopg's; it runs in the transaction that SQLAlchemy has begun."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError(f"the platform's database is reached through psycopg, not {type(driver)}")
    return driver
