"""One run, in the process that does its work. The key is the run's id: it is begun once, by whoever holds its lock.

The lock is held by the session and goes with the process, so that others know that it died.
"""

import logging
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from dataviz_pipelines.core.errors import DatavizError
from dataviz_pipelines.core.models.scheduler import JobRunStatus
from dataviz_pipelines.core.scheduling import store
from dataviz_pipelines.core.scheduling.finishing import Outcome, finish
from dataviz_pipelines.core.scheduling.job_types import JobContext, Runner, Scheduling
from dataviz_pipelines.core.scheduling.rights import owner_of
from dataviz_pipelines.core.scheduling.run_log import RunLog
from dataviz_pipelines.core.scheduling.store import Try

logger = logging.getLogger(__name__)

UNEXPECTED: Final = "An error that nobody expected ({name}). The log of the code server tells more."


def perform(scheduling: Scheduling, batch_id: UUID, run_id: UUID) -> None:
    """Does nothing when the run has ended, is somebody else's, or belongs to another batch by now."""
    with scheduling.engine.connect() as session:
        if not store.lock_run(session, run_id):
            return
        session.commit()
        try:
            _perform(scheduling, batch_id, run_id)
        finally:
            store.unlock_run(session, run_id)
            session.commit()


def _perform(scheduling: Scheduling, batch_id: UUID, run_id: UUID) -> None:
    with scheduling.engine.begin() as connection:
        now = scheduling.clock()
        begun = store.row(connection, "start", run_id=run_id, batch_id=batch_id, now=now)
    if begun is None:
        return
    outcome = _outcome(scheduling, begun)
    with scheduling.engine.begin() as connection:
        this = Try(run_id, begun["attempt"])
        finish(connection, this, outcome, scheduling.clock(), scheduling.runners)


def _outcome(scheduling: Scheduling, begun: Mapping[str, Any]) -> Outcome:
    log = RunLog()
    runner = scheduling.runners.get(begun["job_type"])
    if runner is None:
        error = f"Nothing here runs jobs of the type {begun['job_type']}."
        return Outcome(JobRunStatus.FAILED, error=error)
    try:
        runner.run(_context(scheduling, runner, begun, log))
    except ValidationError:
        error = "Its configuration does not fit its type any more. Save the job again."
    except DatavizError as known:
        error = log.masked(str(known))
    except Exception as unexpected:  # a job's failure is not its worker's
        logger.exception("job %s", begun["name"])
        error = UNEXPECTED.format(name=type(unexpected).__name__)
    else:
        return Outcome(JobRunStatus.SUCCEEDED, log.text)
    return Outcome(JobRunStatus.FAILED, log.text, error)


def _context(
    scheduling: Scheduling, runner: Runner[Any], begun: Mapping[str, Any], log: RunLog
) -> JobContext[Any]:
    """Raises what refuses the owner the work."""
    with scheduling.engine.connect() as connection:
        owner = owner_of(connection, runner, begun)
    return JobContext(
        engine=scheduling.engine,
        settings=scheduling.settings,
        job_id=begun["id"],
        job_name=begun["name"],
        owner=owner,
        target_id=begun["target_resource_id"],
        config=runner.config.model_validate(begun["job_config"]),
        sealed=begun["connection_config"],
        run_key=begun["run_id"],
        slot=begun["scheduled_for"],
        timezone=begun["timezone"],
        log=log,
    )
