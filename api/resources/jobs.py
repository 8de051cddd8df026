"""Jobs of the scheduler, and their runs."""

from functools import partial
from typing import Final

from api.resources.people import OWNER
from api.resources.resource import Resource, table
from api.schemas.jobs import (
    SchedulerJobCreate,
    SchedulerJobRead,
    SchedulerJobRunRead,
    SchedulerJobUpdate,
)
from dataviz_pipelines.core.crud import Collection, Named
from dataviz_pipelines.core.job_types import RUNNERS
from dataviz_pipelines.core.models.access import ResourceType
from dataviz_pipelines.core.models.tables import SchedulerJob, SchedulerJobRun
from dataviz_pipelines.core.scheduling.checks import CHECKED_COLUMNS, check_job
from dataviz_pipelines.core.security.rows import KINDS, PartOf

SCHEDULER_JOBS: Final = Collection(
    name="scheduler_jobs",
    one="scheduler job",
    table=table(SchedulerJob),
    policy=KINDS[ResourceType.SCHEDULER_JOB],
    hidden=frozenset({"connection_config"}),
    filters=("name", "job_type", "is_active", "target_resource_id", "created_by"),
    sorts=("created_at", "updated_at", "name", "consecutive_failures"),
    search=("name",),
    includes={"owner": OWNER},
    check=partial(check_job, runners=RUNNERS),
    checked=CHECKED_COLUMNS,
)

SCHEDULER_JOB_RUNS: Final = Collection(
    name="scheduler_job_runs",
    one="scheduler job run",
    table=table(SchedulerJobRun),
    policy=PartOf(KINDS[ResourceType.SCHEDULER_JOB], "job_id"),
    filters=("job_id", "run_id", "status", "cause", "skip_reason", "dagster_run_id"),
    ranges=("created_at", "scheduled_for"),
    includes={"job": Named(SCHEDULER_JOBS, "job_id")},
)

RESOURCES: Final = (
    Resource(
        "scheduler-jobs",
        SCHEDULER_JOBS,
        SchedulerJobRead,
        SchedulerJobCreate,
        SchedulerJobUpdate,
        in_bulk=True,
    ),
    Resource("scheduler-job-runs", SCHEDULER_JOB_RUNS, SchedulerJobRunRead, can_delete=False),
)
