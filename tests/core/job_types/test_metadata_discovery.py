"""A discovery at the times of a job: heavy, so in a batch of its own, of the source that the job names, and with profiles of
what is there if the job says so."""

from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import insert

from dataviz_pipelines.core.errors import Fault
from dataviz_pipelines.core.models.tables import ResourcePermission
from dataviz_pipelines.core.scheduling.checks import check_config, check_job
from dataviz_pipelines.core.scheduling.dispatching import make_batches
from dataviz_pipelines.core.scheduling.errors import JobInvalidError
from dataviz_pipelines.core.secrets import Vault, key_source
from dataviz_pipelines.core.security.errors import PermissionDeniedError
from dataviz_pipelines.core.security.people import caller_of
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


def looked(bench: Bench, owner: UUID | None = None, **config: Any) -> Any:
    """The run of a job that looks at the source."""
    job = discovery(bench.jobs, bench.source_id, **config)
    bench.jobs.set(job, created_by=owner)
    bench.jobs.tick()
    bench.jobs.work()
    (run,) = bench.jobs.runs(job)
    return run


def view(place: Place, name: str, query: str) -> None:
    with psycopg.connect(place.admin_url, autocommit=True) as connection:
        connection.execute(f"CREATE VIEW {name} AS {query}".encode())
        connection.execute(f"GRANT SELECT ON {name} TO {place.user}".encode())


def profiles(bench: Bench) -> list[tuple[Any, ...]]:
    return bench.rows(
        "SELECT item.table_name, field.column_name, profile.min_value, profile.personal_reason, profile.created_by "
        "FROM column_profiles AS profile JOIN column_metadata AS field ON field.id = profile.column_metadata_id "
        "JOIN database_metadata AS item ON item.id = field.table_metadata_id ORDER BY 1, 2"
    )


def test_F16_a_job_profiles_what_it_has_discovered(bench: Bench, postgresql: Place) -> None:
    view(postgresql, "people", "SELECT 'x' AS email")
    run = looked(bench, profile={})
    assert run.status == "succeeded"
    assert run.output_log.endswith("profiled 2, failed 0, left for later 0")
    found = profiles(bench)
    secret = "Its name says that it holds an e-mail address."
    assert found == [
        ("cities", "city", "Wien", None, None),
        ("people", "email", None, secret, None),
    ]


def test_F16_without_being_asked_nothing_is_profiled(bench: Bench) -> None:
    assert "profiled" not in looked(bench).output_log
    assert profiles(bench) == []


def test_F16_a_table_that_fails_is_named_with_its_reason_and_stops_no_other(
    bench: Bench, postgresql: Place
) -> None:
    view(postgresql, "broken", "SELECT 1 / (count(*) - count(*)) AS a FROM cities")
    run = looked(bench, profile={})
    assert run.status == "succeeded"
    assert "public.broken was not profiled. public.broken cannot be read: division by zero" in (
        run.output_log
    )
    assert run.output_log.endswith("profiled 1, failed 1, left for later 0")


def test_F16_what_there_is_no_time_for_is_left_for_later(bench: Bench, postgresql: Place) -> None:
    view(postgresql, "a_slow_one", "SELECT pg_sleep(1.1)::text AS a")
    asked = {"time_budget_s": 1}
    assert looked(bench, profile=asked).output_log.endswith("failed 0, left for later 1")
    assert {row[0] for row in profiles(bench)} == {"a_slow_one"}


def test_F16_what_the_job_leaves_out_is_not_profiled(bench: Bench, postgresql: Place) -> None:
    view(postgresql, "people", "SELECT 'x' AS email")
    looked(bench)
    run = looked(bench, exclude=["*.people"], profile={"rows": 5})
    assert "profiled 1, failed 0" in run.output_log
    assert {row[0] for row in profiles(bench)} == {"cities"}


def test_F16_S_the_owner_needs_the_right_to_query_when_the_job_runs(bench: Bench) -> None:
    rights = ("metadata:discover", "metadata:view", "data_sources:view")
    stranger, owner = bench.owner(*rights), bench.owner(*rights, "saved_queries:run")
    for each in (stranger, owner):
        share(bench, each, "manage")
    refused = looked(bench, stranger, profile={})
    assert refused.status == "failed"
    assert "saved_queries:run" in refused.error_log
    assert profiles(bench) == []
    assert looked(bench, owner, profile={}).status == "succeeded"
    assert [row[-1] for row in profiles(bench)] == [owner]


def test_F16_S_the_owner_needs_the_right_to_query_when_the_job_is_saved(bench: Bench) -> None:
    job = {
        "job_type": "metadata_discovery",
        "target_resource_type": "data_source",
        "target_resource_id": bench.source_id,
        "schedule_expression": "0 4 * * *",
    }
    rights = ("metadata:discover", "data_sources:view", "scheduler_jobs:create")
    owner = bench.owner(*rights)
    share(bench, owner, "manage")
    runners = bench.jobs.scheduling.runners
    with bench.engine.connect() as connection:
        caller = caller_of(connection, owner)
        check_job(connection, caller, job, runners=runners)
        with pytest.raises(PermissionDeniedError, match="saved_queries:run"):
            check_job(connection, caller, job | {"job_config": {"profile": {}}}, runners=runners)


@pytest.mark.parametrize(
    ("profile", "place"),
    [({"rows": 0}, "rows"), ({"time_budget_s": 0}, "time_budget_s"), ({"tables": 1}, "tables")],
)
def test_F16_what_a_profile_cannot_be_is_refused_when_the_job_is_saved(
    jobs: Jobs, profile: dict[str, int], place: str
) -> None:
    values = {
        "job_type": "metadata_discovery",
        "target_resource_type": "data_source",
        "job_config": {"profile": profile},
    }
    with pytest.raises(JobInvalidError) as raised:
        check_config(values, jobs.scheduling.runners)
    assert [fault.place for fault in raised.value.faults] == [f"/job_config/profile/{place}"]
