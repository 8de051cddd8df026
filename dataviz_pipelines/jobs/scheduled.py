"""Dagster's side of the jobs that people define: one Dagster job for light ones, and one for each pool of heavy ones."""

from collections.abc import Generator
from contextlib import closing
from typing import Any
from uuid import UUID

import dagster as dg

from dataviz_pipelines.core.errors import InvalidInputError
from dataviz_pipelines.core.job_types import RUNNERS
from dataviz_pipelines.core.models.scheduler import JobRunStatus
from dataviz_pipelines.core.scheduling.job_types import Runner
from dataviz_pipelines.core.scheduling.running import run_batch
from dataviz_pipelines.core.scheduling.store import Row
from dataviz_pipelines.failures import as_failure
from dataviz_pipelines.resources import Platform

LIGHT_JOB = "run_jobs"
STAY_S = 10.0
"""As long as a Dagster run may begin before what it is for is due."""
PLATFORM = dg.ResourceDefinition(lambda _: Platform())
"""Bound here: a sensor whose jobs still lack a resource is copied by Dagster, which warns of the copy."""


class BatchConfig(dg.Config):
    """Which runs; the sensor `scheduler` asks for them."""

    batch_id: str


def job_name(runner: Runner[Any] | None) -> str:
    """Of the Dagster job that runs a type of job."""
    if runner is None or not runner.heavy:
        return LIGHT_JOB
    return LIGHT_JOB if runner.pool is None else f"{LIGHT_JOB}_{runner.pool}"


def _job(name: str, pool: str | None) -> dg.JobDefinition:
    @dg.op(name=f"{name}_op", pool=pool, description="Does the runs of a batch, each on its own.")
    def do_runs(
        context: dg.OpExecutionContext, config: BatchConfig, platform: dg.ResourceParam[Platform]
    ) -> None:
        """Key: a run's id; what has been begun is not begun again."""
        with as_failure(), closing(_runs(platform, config, context)) as runs:
            ended = [_logged(context, each) for each in runs]
        failed = [each for each in ended if each["status"] != JobRunStatus.SUCCEEDED.value]
        context.add_output_metadata({"runs": len(ended), "not_succeeded": len(failed)})
        if failed and len(ended) == 1:
            raise dg.Failure(description=failed[0]["error_log"], allow_retries=False)

    @dg.job(
        name=name,
        executor_def=dg.in_process_executor,
        resource_defs={"platform": PLATFORM},
        description="Runs jobs of scheduler_jobs that are due; each has its own row in scheduler_job_runs.",
    )
    def job() -> None:
        do_runs()

    return job


def _runs(
    platform: Platform, config: BatchConfig, context: dg.OpExecutionContext
) -> Generator[Row]:
    try:
        batch_id = UUID(config.batch_id)
    except ValueError as error:
        raise InvalidInputError(f"{config.batch_id!r} is not a batch's id.") from error
    stay_s = STAY_S if context.job_name == LIGHT_JOB else 0.0
    return run_batch(platform.scheduling, batch_id, context.run_id, stay_s=stay_s)


def _logged(context: dg.OpExecutionContext, run: Row) -> Row:
    """The way from Dagster's run to the rows; they have the way back in `dagster_run_id`."""
    context.log.info(
        "%s: %s, /scheduler-job-runs/%s, slot %s",
        run["name"], run["status"], run["id"], run["scheduled_for"],
    )  # fmt: skip
    return run


_POOLS = {job_name(runner): runner.pool for runner in RUNNERS.values() if runner.heavy}
scheduled_jobs = [_job(name, pool) for name, pool in {LIGHT_JOB: None, **_POOLS}.items()]
