"""The same bench for a destination that is MariaDB: a database `uploads` there, which a data source of the platform names."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from psycopg import sql
from sqlalchemy import Engine

from dataviz_pipelines.core.ingestion.templates import StoredTemplate, save_template
from dataviz_pipelines.core.models.documents.uploads import DestinationType, TemplateDocument
from dataviz_pipelines.core.secrets import Vault
from dataviz_pipelines.core.sources.by_hand import add_source
from dataviz_pipelines.core.sources.connections import CONNECTIONS
from tests.core.ingestion.loads import Bench, Rows
from tests.servers.mariadb import MariaDB

SCHEMA = "uploads"
SOURCE = "warehouse"
PASSWORD = "s3cret-Passw0rd"  # of a server that lives as long as a test
COLLATION = "utf8mb4_nopad_bin"


@dataclass(frozen=True)
class MariaBench(Bench):
    server: MariaDB = field(kw_only=True)
    user: str = field(kw_only=True)

    def template(self, document: TemplateDocument) -> StoredTemplate:
        destination = document.destination_config.model_copy(update={"data_source": SOURCE})
        moved = document.model_copy(
            update={"destination_type": DestinationType.MYSQL, "destination_config": destination}
        )
        with self.ingestion.engine.begin() as connection:
            return save_template(connection, moved)[0]

    def rows(self, columns: Sequence[str] | str = "*", *, table: str = "target") -> Rows:
        listed = columns if isinstance(columns, str) else ", ".join(f"`{each}`" for each in columns)
        found = self.query(f"SELECT {listed} FROM {SCHEMA}.`{table}`")
        return sorted((tuple(map(_as_sent, row)) for row in found), key=_as_text)

    def query(self, statement: sql.Composable | str) -> Rows:
        assert isinstance(statement, str)
        with self.server.connect() as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def exists(self, table: str = "target") -> bool:
        return bool(
            self.query(
                "SELECT 1 FROM information_schema.tables"
                f" WHERE table_schema = '{SCHEMA}' AND table_name = '{table}'"
            )
        )

    def make(self, definition: str, *, table: str = "target") -> None:
        self.query(
            f"CREATE TABLE {SCHEMA}.`{table}` ({definition}) ENGINE = InnoDB"
            f" DEFAULT CHARACTER SET utf8mb4 COLLATE {COLLATION}"
        )

    def marks(self) -> Rows:
        return self.query(f"SELECT upload_id FROM {SCHEMA}.dataviz_uploads ORDER BY upload_id")

    def platform(self, statement: str) -> Rows:
        """On the platform's own database, as the owner."""
        return super().query(statement)


@contextmanager
def uploads_database(server: MariaDB) -> Iterator[str]:
    """Empty, with the user that may do there what docs/templates.md asks for."""
    user = server.database
    admin = server.connect()
    with admin, admin.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {SCHEMA}")
        cursor.execute(f"CREATE DATABASE {SCHEMA}")
        cursor.execute(f"CREATE USER {user}@'%%' IDENTIFIED BY %s", [PASSWORD])
        cursor.execute(
            "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, CREATE TEMPORARY TABLES"
            f" ON {SCHEMA}.* TO {user}@'%'"
        )
        yield user
        cursor.execute(f"DROP DATABASE {SCHEMA}")
        cursor.execute(f"DROP USER {user}@'%'")


def add_warehouse(engine: Engine, vault: Vault, *, port: int, user: str, **limits: Any) -> UUID:
    asked = CONNECTIONS.validate_python(
        {
            "connection_type": "mysql",
            "host": "127.0.0.1",
            "port": port,
            "database": SCHEMA,
            "user": user,
            "password": PASSWORD,
            "tls_mode": "disable",
            "limits": limits,
        }
    )
    with engine.begin() as connection:
        return add_source(connection, SOURCE, asked, vault=vault, query=None).id


def _as_sent(value: Any) -> Any:
    """PyMySQL knows no UUID."""
    if isinstance(value, str) and len(value) == 36 and value.count("-") == 4:
        return UUID(value)
    return value


def _as_text(row: tuple[Any, ...]) -> str:
    return ",".join("" if value is None else str(value) for value in row)
