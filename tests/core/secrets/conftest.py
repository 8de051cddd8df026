from uuid import UUID

import pytest
from sqlalchemy import Engine

from dataviz_pipelines.core.secrets import KeySource, Vault, key_source
from dataviz_pipelines.core.settings import Settings
from tests.core.secrets.sources import Rows


@pytest.fixture
def keys(database_settings: Settings) -> KeySource:
    return key_source(database_settings)


@pytest.fixture
def vault(keys: KeySource) -> Vault:
    return Vault(keys)


@pytest.fixture
def rows(app_engine: Engine, vault: Vault) -> Rows:
    return Rows(app_engine, vault)


@pytest.fixture
def row(rows: Rows) -> UUID:
    return rows.add(b"s3cret")
