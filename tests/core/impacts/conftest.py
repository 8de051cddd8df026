"""A shop on a real server, known to the platform, and what people made of it."""

from uuid import UUID

import pytest
from sqlalchemy import Engine

from dataviz_pipelines.core.discovery.service import discover
from tests.core.discovery.conftest import postgresql, source_id
from tests.core.discovery.sources import PostgreSQLSource
from tests.core.impacts.shop import Shop

__all__ = ["postgresql", "source_id"]


@pytest.fixture
def shop(app_engine: Engine, source_id: UUID, postgresql: PostgreSQLSource) -> Shop:
    postgresql.execute(
        "CREATE SCHEMA shop",
        "CREATE TABLE shop.orders (id int PRIMARY KEY, customer int, total numeric(10, 2) NOT NULL, placed date)",
        "CREATE TABLE shop.customers (id int PRIMARY KEY, mail text)",
        "CREATE TABLE shop.notes (id int)",
        "CREATE VIEW shop.sums AS SELECT customer, sum(total) AS total FROM shop.orders GROUP BY 1",
    )
    discover(app_engine, source_id, postgresql.engine())
    return Shop(app_engine, source_id, postgresql)
