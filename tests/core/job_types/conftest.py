import pytest

from dataviz_pipelines.core.secrets import Vault, key_source
from dataviz_pipelines.core.sources.by_hand import add_source
from tests.core.job_types.bench import Bench
from tests.core.scheduling.conftest import calls, jobs
from tests.core.scheduling.given import Jobs
from tests.core.sources.conftest import postgresql
from tests.core.sources.places import Place

__all__ = ["calls", "jobs", "postgresql"]


@pytest.fixture
def bench(jobs: Jobs, postgresql: Place) -> Bench:
    with jobs.engine.begin() as connection:
        vault = Vault(key_source(jobs.scheduling.settings))
        source = add_source(connection, "Shop", postgresql.connection(), vault=vault, query=None)
    return Bench(jobs, source.id)
