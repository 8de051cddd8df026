"""How many Dagster runs of light jobs are let run at once."""

import dagster as dg
from dagster._core.run_coordinator.queued_run_coordinator import RunQueueConfig

from dataviz_pipelines.jobs.scheduled import LIGHT_JOB
from dataviz_pipelines.sensors.scheduler import LIGHT
from tests.jobs.test_discovery import is_blocked, queue

__all__ = ["queue"]


def test_slow_light_jobs_leave_room_for_uploads_and_heavy_jobs(queue: RunQueueConfig) -> None:
    light = dg.DagsterRun(job_name=LIGHT_JOB, tags=LIGHT)
    assert not is_blocked(queue, light, light, light)
    slow = [light] * 3
    assert is_blocked(queue, light, *slow)
    assert not is_blocked(queue, dg.DagsterRun(job_name="load_uploads"), *slow)
    assert not is_blocked(queue, dg.DagsterRun(job_name=LIGHT_JOB), *slow)  # a heavy job's
    assert queue.max_concurrent_runs > len(slow)
