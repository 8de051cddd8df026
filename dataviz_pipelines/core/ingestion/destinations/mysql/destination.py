"""A data source that is MySQL or MariaDB, as the destination of one load."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pymysql

from dataviz_pipelines.core.ingestion.destinations.base import Destination, Load, Loader
from dataviz_pipelines.core.ingestion.destinations.mysql.columns import created_type
from dataviz_pipelines.core.ingestion.destinations.mysql.errors import translated
from dataviz_pipelines.core.ingestion.destinations.mysql.loader import MySQLLoader
from dataviz_pipelines.core.ingestion.destinations.mysql.marks import MySQLMarks
from dataviz_pipelines.core.ingestion.destinations.mysql.session import Session, open_session
from dataviz_pipelines.core.ingestion.destinations.mysql.store.identifiers import Table
from dataviz_pipelines.core.ingestion.destinations.mysql.table import TargetTable, indexed_groups
from dataviz_pipelines.core.models.documents.uploads import ColumnRule


class MySQLDestination:
    """Implements `destinations.base.Destination`."""

    def __init__(self, session: Session, load: Load) -> None:
        place = load.document.destination_config
        self._session = session
        self._load = load
        self._target = TargetTable(
            session, Table(place.schema_name, place.table), load.document, load.upload_id
        )
        self.marks = MySQLMarks(session, load)

    @contextmanager
    def loading(self) -> Iterator[Loader]:
        place = self._load.document.destination_config.place
        with translated(place):
            self._session.lock(place)
            with MySQLLoader(self._session, self._target, self._load) as loader:
                yield loader

    def column_type(self, rule: ColumnRule) -> str:
        return created_type(rule, [group for group, _ in indexed_groups(self._load.document)])

    def close(self) -> None:
        """Takes back what did not commit."""
        if self.marks.is_committed:
            return
        with suppress(pymysql.Error, OSError):
            self._session.rollback()
            self._target.take_back()


@contextmanager
def open_mysql(load: Load) -> Iterator[Destination]:
    assert load.source is not None  # noqa: S101  # the registry opens it
    assert load.guard is not None  # noqa: S101
    place = load.document.destination_config.place
    with translated(place), open_session(load.source, load.guard) as session:
        destination = MySQLDestination(session, load)
        try:
            yield destination
        finally:
            destination.close()
