"""Data sources for those who use them."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from dataviz_pipelines.core.secrets import Vault, key_source, rotate_keys
from dataviz_pipelines.core.secrets.errors import KeyMissingError, TamperedSecretError
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.core.sources.by_hand import add_source, switch
from dataviz_pipelines.core.sources.connections import CONNECTIONS
from dataviz_pipelines.core.sources.errors import SourceDisabledError
from dataviz_pipelines.core.sources.service import (
    SourceNotFoundError,
    find_source,
    load_source,
)
from dataviz_pipelines.core.sources.store import StoredSource
from dataviz_pipelines.core.sql import execute
from tests.core.sources.given import MYSQL, SERVER, bigquery


@pytest.fixture
def vault(database_settings: Settings) -> Vault:
    return Vault(key_source(database_settings))


def added(
    engine: Engine, vault: Vault, document: dict[str, Any], name: str = "Shop"
) -> StoredSource:
    asked = CONNECTIONS.validate_python(document)
    with engine.begin() as connection:
        return add_source(connection, name, asked, vault=vault, query=None)


@pytest.mark.parametrize("document", [SERVER, MYSQL, bigquery()])
def test_a_source_is_loaded_as_it_was_saved(
    app_engine: Engine, vault: Vault, document: dict[str, Any]
) -> None:
    source = added(app_engine, vault, document)
    with app_engine.connect() as connection:
        loaded = load_source(connection, vault, source.id)
    assert (loaded.id, loaded.name) == (source.id, "Shop")
    assert loaded.connection == CONNECTIONS.validate_python(document)


def test_S43_also_after_the_keys_were_rotated(
    app_engine: Engine, vault: Vault, database_settings: Settings
) -> None:
    source = added(app_engine, vault, SERVER)
    assert rotate_keys(app_engine, key_source(database_settings)).resealed == 1
    with app_engine.connect() as connection:
        loaded = load_source(connection, vault, source.id)
    assert loaded.connection == CONNECTIONS.validate_python(SERVER)


def test_a_disabled_one_is_not_loaded(app_engine: Engine, vault: Vault) -> None:
    source = added(app_engine, vault, SERVER)
    with app_engine.begin() as connection:
        switch(connection, "Shop", on=False)
        with pytest.raises(SourceDisabledError, match="Shop"):
            load_source(connection, vault, source.id)
        switch(connection, str(source.id), on=True)
        assert load_source(connection, vault, source.id)


def test_one_is_found_by_name_and_by_id(app_engine: Engine, vault: Vault) -> None:
    source = added(app_engine, vault, SERVER)
    with app_engine.connect() as connection:
        for key in ("Shop", str(source.id)):
            assert find_source(connection, key).id == source.id
        for key in ("shop", str(uuid4()), ""):
            with pytest.raises(SourceNotFoundError):
                find_source(connection, key)
        with pytest.raises(SourceNotFoundError):
            load_source(connection, vault, uuid4())


def test_S44_a_secret_is_of_the_kind_that_its_row_says(app_engine: Engine, vault: Vault) -> None:
    source = added(app_engine, vault, SERVER)
    with app_engine.begin() as connection:
        execute(connection, "UPDATE data_sources SET connection_type = 'mysql'", {})
        with pytest.raises(TamperedSecretError):
            load_source(connection, vault, source.id)


def test_S44_without_its_key_nothing_of_it_is_given(
    app_engine: Engine, vault: Vault, database_settings: Settings
) -> None:
    source = added(app_engine, vault, SERVER)
    (file,) = database_settings.keys.glob("secrets-*.key")
    file.unlink()
    fresh = Vault(key_source(database_settings))
    with app_engine.connect() as connection, pytest.raises(KeyMissingError):
        load_source(connection, fresh, source.id)
