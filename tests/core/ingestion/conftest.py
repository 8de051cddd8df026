"""A bench for each test that loads files into a real table."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from dataviz_pipelines.core.ingestion import service
from dataviz_pipelines.core.ingestion.context import Ingestion
from dataviz_pipelines.core.secrets import Vault, key_source
from dataviz_pipelines.core.settings import Settings
from dataviz_pipelines.core.sources.access import SourceAccess
from tests.core.ingestion.loads import Bench
from tests.core.ingestion.mariadb_loads import MariaBench, add_warehouse, uploads_database
from tests.core.sources.places import LOCAL
from tests.servers.mariadb import MariaDB, mariadb, mariadb_port

__all__ = ["mariadb", "mariadb_port"]


@pytest.fixture
def postgresql_bench(app_engine: Engine, owner_engine: Engine, tmp_path: Path) -> Bench:
    folder = tmp_path / "claimed"
    folder.mkdir()
    return Bench(Ingestion(app_engine, tmp_path / "rejects"), owner_engine, folder)


@pytest.fixture
def mariadb_bench(
    app_engine: Engine,
    owner_engine: Engine,
    tmp_path: Path,
    database_settings: Settings,
    mariadb: MariaDB,
) -> Iterator[MariaBench]:
    folder = tmp_path / "claimed"
    folder.mkdir()
    sources = SourceAccess(Vault(key_source(database_settings)), LOCAL)
    ingestion = Ingestion(app_engine, tmp_path / "rejects", sources=sources)
    with uploads_database(mariadb) as user:
        add_warehouse(app_engine, sources.vault, port=mariadb.port, user=user)
        yield MariaBench(ingestion, owner_engine, folder, server=mariadb, user=user)


@pytest.fixture
def bench(postgresql_bench: Bench) -> Bench:
    return postgresql_bench


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts follow each other at once; there are as many as ever."""
    monkeypatch.setattr(service, "PAUSES_S", (0.0,) * len(service.PAUSES_S))
