"""Rows with sealed secrets."""

from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Engine

from dataviz_pipelines.core.models.ids import new_id
from dataviz_pipelines.core.secrets import CONNECTION_CONFIG, Vault
from dataviz_pipelines.core.sql import execute


class Rows:
    """Data sources whose connection is any secret."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self.engine = engine
        self.vault = vault

    def add(self, secret: bytes) -> UUID:
        row_id = new_id()
        with self.engine.begin() as connection:
            sealed = self.vault.seal(connection, secret, CONNECTION_CONFIG, row_id)
            execute(
                connection,
                "INSERT INTO data_sources (id, name, connection_type, connection_config) "
                "VALUES (%(id)s, %(name)s, 'postgresql', %(config)s)",
                {"id": row_id, "name": str(row_id), "config": Jsonb(sealed)},
            )
        return row_id

    def document(self, row_id: UUID) -> dict[str, Any]:
        with self.engine.connect() as connection:
            found = execute(
                connection,
                "SELECT connection_config FROM data_sources WHERE id = %(id)s",
                {"id": row_id},
            ).fetchone()
        assert found is not None
        return dict(found[0])

    def write(self, row_id: UUID, document: Any) -> None:
        with self.engine.begin() as connection:
            execute(
                connection,
                "UPDATE data_sources SET connection_config = %(config)s WHERE id = %(id)s",
                {"id": row_id, "config": Jsonb(document)},
            )

    def secret(self, row_id: UUID) -> bytes:
        return self.vault.open(self.document(row_id), CONNECTION_CONFIG, row_id)
