"""A discovery at the times of a job: heavy, so in a batch of its own, and of the source that the job names."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from dataviz_pipelines.core.errors import Fault
from dataviz_pipelines.core.models.tables import ResourcePermission
from dataviz_pipelines.core.scheduling.checks import check_config
from dataviz_pipelines.core.scheduling.dispatching import make_batches
from dataviz_pipelines.core.scheduling.errors import JobInvalidError
from dataviz_pipelines.core.secrets import Vault, key_source
from dataviz_pipelines.core.sources.by_hand import add_source
from tests.core.job_types.bench import Bench
from tests.core.scheduling.conftest import calls, jobs
from tests.core.scheduling.given import Calls, Jobs
from tests.core.sources.conftest import postgresql
from tests.core.sources.places import Place

__all__ = ["calls", "jobs", "postgresql"]


def discovery(jobs: Jobs, source_id: UUID, **config: Any) -> UUID:
    job = jobs.add()
    columns = {"target_resource_type": "data_source", "target_resource_id": source_id}
    jobs.set(job, job_type="metadata_discovery", job_config=config, **columns)
    return job


def test_a_source_is_looked_at_in_a_run_of_its_own(
    jobs: Jobs, calls: Calls, postgresql: Place
) -> None:
    with jobs.engine.begin() as connection:
        vault = Vault(key_source(jobs.scheduling.settings))
        source = add_source(connection, "Shop", postgresql.connection(), vault=vault, query=None)
    job, light = discovery(jobs, source.id), jobs.add(f"{calls.url}/ok")
    jobs.tick()
    batches = make_batches(jobs.scheduling)
    assert sorted(batch.job_type for batch in batches) == ["http_call", "metadata_discovery"]
    assert jobs.work() == ["succeeded", "succeeded"]
    (row,) = jobs.runs(job)
    assert "succeeded\nlisted 2, stored 2" in row.output_log
    assert jobs.runs(light)[0].batch_id != row.batch_id


def test_a_source_that_is_gone_fails_the_job(jobs: Jobs) -> None:
    job = discovery(jobs, UUID(int=1))
    jobs.tick()
    assert jobs.work() == ["failed"]
    assert "There is no data source" in jobs.runs(job)[0].error_log


def test_the_owner_must_be_allowed_to_discover_the_source_whenever_it_runs(bench: Bench) -> None:
    owner = bench.owner("metadata:discover", "data_sources:view", "metadata:view")
    job = discovery(bench.jobs, bench.source_id)
    bench.jobs.set(job, created_by=owner)
    assert "There is no data source" in bench.run(job).error_log
    share(bench, owner, "view")
    assert "This data source is not yours to discover." in bench.run(job).error_log
    assert bench.rows("SELECT count(*) FROM discovery_runs") == [(0,)]
    share(bench, owner, "manage")
    row = bench.run(job)
    assert (row.error_log, row.status) == (None, "succeeded")


def share(bench: Bench, user_id: UUID, level: str) -> None:
    with bench.engine.begin() as connection:
        connection.execute(
            insert(ResourcePermission).values(
                resource_type="data_source",
                resource_id=bench.source_id,
                principal_type="user",
                principal_id=user_id,
                permission_type=level,
            )
        )


def test_a_job_that_names_no_source_is_refused_when_it_is_saved(jobs: Jobs) -> None:
    with pytest.raises(JobInvalidError) as raised:
        check_config({"job_type": "metadata_discovery"}, jobs.scheduling.runners)
    assert raised.value.faults == [Fault("/target_resource_type", "the job works on a data_source")]
