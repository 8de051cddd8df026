import pytest

from tests.core.ingestion.mariadb_loads import MariaBench


@pytest.fixture
def bench(mariadb_bench: MariaBench) -> MariaBench:
    return mariadb_bench
