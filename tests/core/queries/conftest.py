from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, insert, text

from dataviz_pipelines.core.models.tables import ResourcePermission, SavedQuery, User
from dataviz_pipelines.core.queries.parameters import parse_parameters
from dataviz_pipelines.core.queries.results import Result
from dataviz_pipelines.core.queries.service import Asked, Platform, Question, run_query
from dataviz_pipelines.core.queries.watching import Watch
from dataviz_pipelines.core.secrets import Vault, key_source
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.people import caller_of
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.core.sources.by_hand import add_source
from dataviz_pipelines.core.sources.connecting import Pools
from dataviz_pipelines.core.sources.connections import AnyConnection
from tests.core.sources.conftest import guard, mysql, place, pools, postgresql
from tests.core.sources.places import Place
from tests.servers.bigquery import bigquery_client, bigquery_endpoint
from tests.servers.mariadb import mariadb, mariadb_port

__all__ = [
    "bigquery_client",
    "bigquery_endpoint",
    "guard",
    "mariadb",
    "mariadb_port",
    "mysql",
    "place",
    "pools",
    "postgresql",
]


@pytest.fixture
def platform(app_engine: Engine, pools: Pools, database_settings: Settings) -> Platform:
    return Platform(app_engine, pools, Vault(key_source(database_settings)), Watch(app_engine))


@dataclass
class Desk:
    """Where a test asks, of a data source that is there."""

    platform: Platform
    source_id: UUID

    def ask(self, sql: str, caller: Caller | None = None, **asked: Any) -> Result:
        given = parse_parameters(asked.pop("parameters", {}))
        question = Question(self.source_id, sql)
        return run_query(self.platform, caller, question, Asked(parameters=given, **asked))

    def rows(self, sql: str, caller: Caller | None = None, **asked: Any) -> list[list[Any]]:
        return self.ask(sql, caller, **asked).table.rows

    def log(self, columns: str = "status") -> list[Any]:
        """The latest first."""
        statement = text(f"SELECT {columns} FROM query_execution_logs ORDER BY timestamp DESC")
        with self.platform.database.connect() as connection:
            return [tuple(row) for row in connection.execute(statement)]

    def change(self, setting: str, value: int) -> None:
        with self.platform.database.begin() as connection:
            connection.execute(
                text("UPDATE system_settings SET setting_value = :value WHERE setting_key = :key"),
                {"key": setting, "value": str(value)},
            )

    def save(self, sql: str, name: str = "Cities") -> UUID:
        with self.platform.database.begin() as connection:
            made: UUID = connection.execute(
                insert(SavedQuery)
                .values(name=name, query_text=sql, data_source_id=self.source_id)
                .returning(SavedQuery.id)
            ).scalar_one()
        return made


Added = Callable[[AnyConnection], Desk]


@pytest.fixture
def added(platform: Platform) -> Added:
    def add(connection: AnyConnection) -> Desk:
        with platform.database.begin() as database:
            stored = add_source(database, "shop", connection, vault=platform.vault, query=None)
        return Desk(platform, stored.id)

    return add


@pytest.fixture
def desk(added: Added, place: Place) -> Desk:
    return added(place.connection())


@pytest.fixture
def pg(added: Added, postgresql: Place) -> Desk:
    return added(postgresql.connection())


@pytest.fixture
def my(added: Added, mysql: Place) -> Desk:
    return added(mysql.connection())


Joined = Callable[..., Caller]


@pytest.fixture
def analyst(platform: Platform) -> Joined:
    """Somebody who may run queries, with a grant of a data source if it is named."""
    number = iter(range(100))

    def join(source_id: UUID | None = None, *, role: str = "analyst") -> Caller:
        with platform.database.begin() as connection:
            user_id = connection.execute(
                insert(User).values(email=f"person{next(number)}@example.com").returning(User.id)
            ).scalar_one()
            connection.execute(
                text(
                    "INSERT INTO user_roles (user_id, role_id) SELECT :id, id FROM roles WHERE name = :role"
                ),
                {"id": user_id, "role": role},
            )
            if source_id is not None:
                grant(connection, "data_source", source_id, user_id)
            return caller_of(connection, user_id)

    return join


def grant(connection: Any, kind: str, row_id: UUID, user_id: UUID) -> None:
    connection.execute(
        insert(ResourcePermission).values(
            resource_type=kind,
            resource_id=row_id,
            principal_type="user",
            principal_id=user_id,
            permission_type="view",
        )
    )
