"""A place to load files from: a home, a database, and what is in the tables afterwards."""

import csv
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import sql
from sqlalchemy import Engine

from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.loading import Watching
from dataviz_pipelines.core.ingestion.service import (
    first_rejects,
    load_upload,
    read_upload,
    register_upload,
)
from dataviz_pipelines.core.ingestion.store import UploadRecord
from dataviz_pipelines.core.ingestion.templates import StoredTemplate, save_template
from dataviz_pipelines.core.models.documents.uploads import TemplateDocument
from dataviz_pipelines.core.models.uploads import UploadSource

Rows = list[tuple[Any, ...]]


def reject_file(record: UploadRecord) -> list[list[str]]:
    """The rows of an upload's reject file, without the header."""
    with Path(record.reject_path or "").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[1:]


@dataclass(frozen=True)
class Bench:
    ingestion: Ingestion
    owner: Engine
    folder: Path

    def template(self, document: TemplateDocument) -> StoredTemplate:
        with self.ingestion.engine.begin() as connection:
            return save_template(connection, document)[0]

    def file(self, content: str | bytes, *, name: str = "file.csv") -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def register(
        self, template: StoredTemplate | TemplateDocument, path: Path, *, name: str | None = None
    ) -> UUID:
        stored = template if isinstance(template, StoredTemplate) else self.template(template)
        return register_upload(
            self.ingestion, stored, path, source=UploadSource.CLI, file_name=name
        )

    def load(
        self,
        template: StoredTemplate | TemplateDocument,
        content: str | bytes | Path,
        *,
        name: str = "file.csv",
        watching: Watching | None = None,
    ) -> UploadRecord:
        path = content if isinstance(content, Path) else self.file(content, name=name)
        upload_id = self.register(template, path)
        return load_upload(self.ingestion, upload_id, watching=watching)

    def refused(
        self,
        template: StoredTemplate | TemplateDocument,
        content: str | bytes | Path,
        *,
        name: str = "file.csv",
    ) -> tuple[UploadRecord, DatavizError]:
        """The record of an upload that must fail, and the error that told so."""
        path = content if isinstance(content, Path) else self.file(content, name=name)
        upload_id = self.register(template, path)
        try:
            load_upload(self.ingestion, upload_id)
        except DatavizError as error:
            return read_upload(self.ingestion, upload_id), error
        raise AssertionError(f"{path.name} was loaded")

    def finished(self, upload_id: UUID) -> UploadRecord:
        """The record after an attempt that may succeed or be refused."""
        with suppress(DatavizError):
            load_upload(self.ingestion, upload_id)
        return self.record(upload_id)

    def record(self, upload_id: UUID) -> UploadRecord:
        return read_upload(self.ingestion, upload_id)

    def reasons(self, record: UploadRecord) -> list[tuple[int, str, str]]:
        """Line, column and rule of each reason for which a row was rejected."""
        return [
            (line, error["column"], error["rule"])
            for line, errors, _ in first_rejects(self.ingestion, record.id, limit=100)
            for error in errors
        ]

    def rows(self, columns: Sequence[str] | str = "*", *, table: str = "target") -> Rows:
        """What is committed in uploads.TABLE, ordered by all columns."""
        listed = (
            sql.SQL(columns)
            if isinstance(columns, str)
            else sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        return self.query(
            sql.SQL("SELECT {} FROM {} AS t ORDER BY t::text").format(
                listed, sql.Identifier("uploads", table)
            )
        )

    def query(self, statement: sql.Composable | str) -> Rows:
        """As the owner, committed."""
        with self.owner.begin() as connection:
            driver: Any = connection.connection.driver_connection
            cursor = driver.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

    def exists(self, table: str = "target") -> bool:
        return bool(
            self.query(
                sql.SQL("SELECT 1 FROM pg_class WHERE relname = {}").format(sql.Literal(table))
            )
        )

    def make(self, definition: str, *, table: str = "target") -> None:
        """A table that was there before the template, made by the application's role."""
        with self.ingestion.engine.begin() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute(
                sql.SQL("CREATE TABLE {} ({})").format(
                    sql.Identifier("uploads", table), sql.SQL(definition)
                )
            )

    def is_idle(self) -> bool:
        """No lock is held and no transaction is open by any connection of the pool."""
        (held,) = self.query(
            "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
            " WHERE locktype = 'advisory' AND datname = current_database()"
        )[0]
        (open_,) = self.query(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'test app' AND state <> 'idle'"
        )[0]
        return (held, open_) == (0, 0)

    def status_counts(self) -> dict[str, int]:
        return dict(self.query("SELECT status, count(*) FROM upload_history GROUP BY status"))
