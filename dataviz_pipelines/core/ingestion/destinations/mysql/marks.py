"""Marks of uploads, committed with their rows (docs/decisions/0016)."""

from dataclasses import dataclass
from uuid import UUID

import pymysql
from pymysql.constants import ER

from dataviz_pipelines.core.ingestion.destinations.base import ContentMarkedError, Load, Mark
from dataviz_pipelines.core.ingestion.destinations.mysql.errors import code_of, translated
from dataviz_pipelines.core.ingestion.destinations.mysql.session import Session
from dataviz_pipelines.core.ingestion.destinations.mysql.store import catalog, marks, writing
from dataviz_pipelines.core.ingestion.destinations.mysql.store.identifiers import Table
from dataviz_pipelines.core.ingestion.errors import DestinationError
from dataviz_pipelines.core.models.documents.uploads import UploadMode


@dataclass
class MySQLMarks:
    """Implements `destinations.base.Marks`."""

    session: Session
    load: Load
    is_committed: bool = False

    @property
    def _schema(self) -> str:
        return self.load.document.destination_config.schema_name

    @property
    def _place(self) -> str:
        return self.load.document.destination_config.place

    def own(self) -> Mark | None:
        """Loads into one table follow each other, so whoever loaded this upload before has ended."""
        with translated(self._place):
            self.session.lock(self._place)
            if catalog.find(self.session, Table(self._schema, marks.NAME)) is None:
                self._create()
                return None
            found = marks.find(self.session, self._schema, self.load.upload_id)
            self.session.rollback()
            return found

    def commit(self, mark: Mark) -> None:
        with translated(self._place):
            try:
                if self.load.document.upload_mode is UploadMode.REPLACE:
                    marks.delete_of_template(self.session, self._schema, mark.template_id)
                marks.insert(self.session, self._schema, mark)
            except pymysql.IntegrityError as error:
                self._refuse_repeated(mark, error)
            self.session.commit()
            self.is_committed = True

    def find(self, upload_id: UUID) -> Mark | None:
        with translated(self._place):
            found = marks.find(self.session, self._schema, upload_id)
            self.session.rollback()
            return found

    def forget(self, upload_id: UUID) -> None:
        with translated(self._place):
            marks.delete(self.session, self._schema, upload_id)
            self.session.commit()

    def undo(self, schema: str, table: str, *, column: str) -> int:
        place = Table(schema, table)
        with translated(str(place)):
            known = {each.name: each for each in catalog.columns(self.session, place)}
            if column not in known:
                raise DestinationError(f"Table {place} is gone, or has no column {column}.")
            self.session.begin()
            removed = writing.delete_of_upload(self.session, place, column, self.load.upload_id)
            marks.delete(self.session, schema, self.load.upload_id)
            self.session.commit()
            return removed

    def _create(self) -> None:
        if catalog.schema_exists(self.session, self._schema):
            marks.create(self.session, self._schema)

    def _refuse_repeated(self, mark: Mark, error: pymysql.Error) -> None:
        if code_of(error) != ER.DUP_ENTRY:
            raise error
        self.session.rollback()
        other = marks.of_content(self.session, self._schema, mark)
        self.session.rollback()
        if other is None:
            raise error
        raise ContentMarkedError(other) from error
