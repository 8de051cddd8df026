"""A bench whose files go into a dataset of the emulator, `uploads`, like those of PostgreSQL go into its schema."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from google.cloud.bigquery import Client, SchemaField, Table

from dataviz_pipelines.core.ingestion.templates import StoredTemplate
from dataviz_pipelines.core.models.documents.uploads import DestinationType, TemplateDocument
from tests.core.ingestion.loads import Bench, Rows
from tests.servers.bigquery import PROJECT

DATASET = "uploads"


def into_bigquery(document: TemplateDocument, source_id: UUID) -> TemplateDocument:
    destination = document.destination_config.model_copy(update={"data_source": str(source_id)})
    changes = {"destination_type": DestinationType.BIGQUERY, "destination_config": destination}
    return document.model_copy(update=changes)


@dataclass(frozen=True)
class BigQueryBench(Bench):
    client: Client
    source_id: UUID

    def template(self, document: TemplateDocument) -> StoredTemplate:
        return super().template(into_bigquery(document, self.source_id))

    def rows(self, columns: Sequence[str] | str = "*", *, table: str = "target") -> Rows:
        listed = columns if isinstance(columns, str) else ", ".join(f"`{each}`" for each in columns)
        rows = self.asked(f"SELECT {listed} FROM `{DATASET}`.`{table}`")
        return sorted(rows, key=lambda row: [(cell is not None, str(cell)) for cell in row])

    def asked(self, statement: str) -> Rows:
        return [tuple(row) for row in self.client.query(statement).result()]

    def exists(self, table: str = "target") -> bool:
        return table in self.tables()

    def tables(self) -> list[str]:
        return [item.table_id for item in self.client.list_tables(DATASET)]

    def made(self, *fields: SchemaField, table: str = "target", **properties: Any) -> None:
        """A table that was there before the template."""
        found = Table(f"{PROJECT}.{DATASET}.{table}", schema=fields)
        for name, value in properties.items():
            setattr(found, name, value)
        self.client.create_table(found)
