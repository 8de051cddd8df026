"""What Dagster knows of the runs that sensors ask for."""

import dagster as dg

from dataviz_pipelines.core.fates import Fate

RUN_KEY_TAG = "dagster/run_key"


def fate_of_run(instance: dg.DagsterInstance, run_id: str) -> Fate:
    return _fate(instance.get_run_by_id(run_id))


def fate_of_request(instance: dg.DagsterInstance, run_key: str, *, run_id: str | None) -> Fate:
    """Of the run that has begun it, or else of that which was asked for. Without any it is alive: Dagster is about to be asked."""
    if run_id is not None:
        return fate_of_run(instance, run_id)
    asked = instance.get_runs(dg.RunsFilter(tags={RUN_KEY_TAG: run_key}), limit=1)
    return _fate(asked[0]) if asked else Fate.ALIVE


def _fate(run: dg.DagsterRun | None) -> Fate:
    if run is None:
        return Fate.LOST
    if run.status is dg.DagsterRunStatus.CANCELED:
        return Fate.CANCELLED
    return Fate.LOST if run.is_finished else Fate.ALIVE
