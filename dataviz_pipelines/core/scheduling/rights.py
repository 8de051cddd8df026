"""Whose rights a job has: those of its owner whenever it runs. Whoever says what it does must have them too, since they
would otherwise do through somebody else's job what is not theirs to do."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection

from dataviz_pipelines.core.crud.errors import InvalidRowError
from dataviz_pipelines.core.errors import NotFoundError
from dataviz_pipelines.core.scheduling import store
from dataviz_pipelines.core.scheduling.job_types import Runner
from dataviz_pipelines.core.security.caller import Caller
from dataviz_pipelines.core.security.people import caller_of

MAKE_JOBS: Final = "scheduler_jobs:create"
_TARGET: Final = "/target_resource_id"


def owner_of(connection: Connection, runner: Runner[Any], job: Mapping[str, Any]) -> Caller | None:
    """For whom a run works; None: for the platform, whose operator made the job. Raises OwnerGoneError, and what refuses the
    owner the work at this moment."""
    if job["created_by"] is None:
        return None
    owner = caller_of(connection, job["created_by"])
    _require_all(connection, owner, runner, job)
    return owner


def require_rights(
    connection: Connection, caller: Caller, runner: Runner[Any], job: Mapping[str, Any]
) -> None:
    """Of whoever saves a job that then does something else, for somebody else, or tells somebody else. They must be one who
    could have made it: a job may send what it finds, and the platform's secrets. Raises PermissionDeniedError or InvalidRowError."""
    caller.require(MAKE_JOBS)
    try:
        _require_all(connection, caller, runner, job)
    except NotFoundError as error:
        raise InvalidRowError(error.message, place=_TARGET) from error


def _require_all(
    connection: Connection, caller: Caller, runner: Runner[Any], job: Mapping[str, Any]
) -> None:
    for permission in runner.needed(job.get("job_config", {})):
        caller.require(permission)
    target_id = job.get("target_resource_id")
    if runner.admit is not None and target_id is not None:
        runner.admit(connection, caller, target_id)


def says_what_it_does(connection: Connection, job: Mapping[str, Any]) -> bool:
    """Not who only pauses it, plans it or gives it a name. What was sent has its ids as text."""
    before = store.row(connection, "what_it_does", job_id=job.get("id"))
    return before is None or any(
        job[name] != value and str(job[name]) != str(value) for name, value in before.items()
    )
