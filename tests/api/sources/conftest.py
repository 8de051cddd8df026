import pytest
from fastapi import FastAPI

from api.app import create_app
from dataviz_pipelines.core.settings import Settings
from tests.api.people import People, Person
from tests.core.sources.conftest import mysql, place, postgresql
from tests.servers.bigquery import bigquery_endpoint
from tests.servers.mariadb import mariadb, mariadb_port

__all__ = ["bigquery_endpoint", "mariadb", "mariadb_port", "mysql", "place", "postgresql"]


@pytest.fixture
def app(database_settings: Settings) -> FastAPI:
    """As on a developer's machine: its own servers are allowed."""
    return create_app(database_settings.model_copy(update={"allowed_networks": "127.0.0.1"}))


@pytest.fixture
def admin(people: People) -> Person:
    return people("admin")
