"""Tables and columns that are known, written into the database as discovery leaves them."""

from typing import Any
from uuid import UUID

import httpx

from dataviz_pipelines.core.models.tables import ColumnMetadata, DatabaseMetadata
from tests.api.access.things import PREFIX, Things


def table(things: Things, source: UUID, name: str, *columns: str, **values: Any) -> UUID:
    """`name` can say the schema."""
    *schema, table_name = name.split("/")
    made = things.insert(
        DatabaseMetadata,
        data_source_id=source,
        database_name="db",
        schema_name="".join(schema) or "public",
        table_name=table_name,
        table_type="table",
        **values,
    )
    for position, column_name in enumerate(columns):
        column(things, made, column_name, position=position)
    return made


def column(things: Things, table_id: UUID, name: str, **values: Any) -> UUID:
    return things.insert(
        ColumnMetadata, table_metadata_id=table_id, column_name=name, data_type="text", **values
    )


def search(http: httpx.Client, q: str, **asked: Any) -> list[dict[str, Any]]:
    answer = http.get(f"{PREFIX}/search/metadata", params={"q": q, **asked})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def names(http: httpx.Client, q: str, **asked: Any) -> list[str]:
    return [each["column_name"] or each["table_name"] for each in search(http, q, **asked)]
