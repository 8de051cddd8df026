"""A drop box over a real database, with one small template, as tests of several folders use it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, MetaData, Table, select

from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.ingestion.drops.service import (
    Drops,
    load_batch,
    make_batches,
    take_settled_files,
)
from dataviz_pipelines.core.ingestion.service import read_upload
from dataviz_pipelines.core.ingestion.store import UploadRecord, recent_uploads
from dataviz_pipelines.core.ingestion.templates import (
    StoredTemplate,
    check_template,
    save_template,
)
from dataviz_pipelines.core.settings import Settings

ORDERS = b"name,amount\nbolt,2\nnut,3\n"


def template_document(name: str = "orders", **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "file_format": "csv",
        "validation_rules": {
            "columns": [
                {"name": "name", "type": "text", "nullable": False},
                {"name": "amount", "type": "integer", "min": 0},
            ],
            "file": {"max_reject_rate": 0.5},
        },
        "destination_config": {"table": name, "upload_id_column": "upload_id"},
        **changes,
    }


@dataclass
class DropBox:
    settings: Settings
    engine: Engine
    sleep: Callable[[float], None] = field(default=lambda seconds: None)  # noqa: ARG005

    @property
    def drops(self) -> Drops:
        ingestion = Ingestion(self.engine, self.settings.rejects)
        return Drops(ingestion, self.settings, self.sleep)

    def add_template(self, name: str = "orders", **changes: Any) -> StoredTemplate:
        with self.engine.begin() as connection:
            stored, _ = save_template(
                connection, check_template(template_document(name, **changes))
            )
        self.folder(name).mkdir(parents=True, exist_ok=True)
        return stored

    def folder(self, template: str = "orders") -> Path:
        return self.settings.inbox / template

    def drop(self, name: str, content: bytes = ORDERS, *, template: str = "orders") -> Path:
        path = self.folder(template) / name
        path.write_bytes(content)
        return path

    def take(self) -> list[UUID]:
        return take_settled_files(self.drops)

    def load(self, run_id: str = "run") -> list[UploadRecord]:
        """Takes what is there and loads every batch that waits."""
        self.take()
        return [
            record
            for batch in make_batches(self.drops)
            for record in load_batch(self.drops, batch.id, run_id)
        ]

    def record(self, upload_id: UUID) -> UploadRecord:
        return read_upload(self.drops.ingestion, upload_id)

    def records(self) -> list[UploadRecord]:
        """Oldest first."""
        with self.engine.begin() as connection:
            return sorted(recent_uploads(connection, limit=1000), key=lambda record: record.id)

    def rows(self, table: str = "orders") -> list[tuple[str, int]]:
        """Name and amount of every loaded row, in order."""
        with self.engine.begin() as connection:
            loaded = Table(table, MetaData(), autoload_with=connection, schema="uploads")
            found = connection.execute(select(loaded.c.name, loaded.c.amount))
            return sorted((name, amount) for name, amount in found)

    def left_in(self, folder: Path) -> list[str]:
        """Names of the files below a folder."""
        return sorted(path.name for path in folder.rglob("*") if path.is_file())
